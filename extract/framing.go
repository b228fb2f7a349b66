package extract

import (
	"cmp"
	"fmt"
	"strings"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/beside"
	"featurecache/extract/view"
)

// Framing says how a photograph is brought to the size of the network's input, and why so.
type Framing struct {
	Size          int // side of a view in pixels
	Interpolation view.Interpolation
	Evaluation    view.Evaluation
	Why           string // where the last two come from
	Doubt         string // why they may be wrong; "" if nothing is known against them
}

// FramingOptions are what the user says of the framing. The zero value leaves all to the
// model.
type FramingOptions struct {
	Size          int    // side of a view; 0: not given
	Interpolation string // bilinear, bicubic, lanczos, or "": not given
	// Resize is the length of the evaluation's shorter side before the crop of its middle;
	// 0: not given. Squash resizes both sides to it.
	Resize int
	Squash bool
}

// String is all but the doubt, in one line.
func (f Framing) String() string {
	e := f.Evaluation
	evaluation := fmt.Sprintf("the shorter side resized to %d and the middle cropped", e.Resize)
	switch {
	case e.Squash && e.Resize == f.Size:
		evaluation = "the whole image squashed"
	case e.Squash:
		evaluation = fmt.Sprintf("the image squashed to %d×%d and its middle cropped", e.Resize, e.Resize)
	}
	if e.RoundDown {
		evaluation += ", the position rounded down"
	}
	return fmt.Sprintf("views of %d×%d by %v interpolation, for evaluation %s: %s", f.Size, f.Size, f.Interpolation, evaluation, f.Why)
}

// from reports whether a file has decided something.
func (f Framing) from(said *beside.Settings) bool { return strings.Contains(f.Why, fromFile(said)) }

const (
	byDefault  = "the default"
	byMetadata = "from the model's metadata"
)

// framingOf decides the framing of a model's images.
func framingOf(model *graph.Graph, said *beside.Settings, opt FramingOptions) (Framing, error) {
	f := Framing{Size: model.Input.Shape.H}
	meta, err := model.Framing()
	if err != nil && (opt.Interpolation == "" || opt.Resize == 0) {
		return f, fmt.Errorf("%w; set --interpolation and --resize", err)
	}
	filter, err := f.chooseFilter(meta, said, opt)
	if err != nil {
		return f, err
	}
	evaluation := f.chooseEvaluation(meta, said, opt)
	f.Why = evaluation
	if !strings.HasPrefix(evaluation, filter) {
		f.Why = fmt.Sprintf("the interpolation is %s, the rest %s", filter, evaluation)
	}
	if f.Evaluation.Resize < f.Size {
		return f, fmt.Errorf("images resized to %d, %s, are smaller than the views of %d that are cut out of them: set --resize to %d or more",
			f.Evaluation.Resize, evaluation, f.Size, f.Size)
	}
	f.compare(said, opt)
	return f, nil
}

// chooseFilter sets the interpolation and returns where it comes from.
func (f *Framing) chooseFilter(meta graph.Framing, said *beside.Settings, opt FramingOptions) (why string, err error) {
	name := cmp.Or(opt.Interpolation, meta.Interpolation)
	switch {
	case opt.Interpolation != "":
		why = "from --interpolation"
	case meta.Interpolation != "":
		why = byMetadata
	case said != nil:
		f.Interpolation = said.Interpolation
		return fromFile(said), nil
	default:
		return byDefault, nil
	}
	if f.Interpolation, err = view.ParseInterpolation(name); err != nil {
		err = fmt.Errorf("%s: %w; set --interpolation", strings.TrimPrefix(why, "from "), err)
	}
	return why, err
}

// chooseEvaluation sets the resize and the crop and returns where they come from. What is
// said for views of another size is scaled.
func (f *Framing) chooseEvaluation(meta graph.Framing, said *beside.Settings, opt FramingOptions) (why string) {
	size := 0 // for which the resize is meant; 0: for this one
	switch {
	case opt.Resize != 0:
		f.Evaluation, why = view.Evaluation{Resize: opt.Resize, Squash: opt.Squash}, "from --resize"
	case meta.Resize != 0:
		f.Evaluation, why = view.Evaluation{Resize: meta.Resize, Squash: meta.Squash, RoundDown: meta.RoundDown}, byMetadata
		size = meta.Size
	case said != nil:
		f.Evaluation, why = said.Evaluation, fromFile(said)
		size = said.Size
	default:
		f.Evaluation, why = view.Transform{Size: f.Size}.WithDefaults().Evaluation, byDefault
	}
	if size != 0 && size != f.Size {
		why += fmt.Sprintf(", scaled from a resize to %d for views of %d", f.Evaluation.Resize, size)
		f.Evaluation.Resize = view.Scaled(f.Evaluation.Resize, size, f.Size)
	}
	return why
}

// compare notes what a file beside the model says against the framing.
func (f *Framing) compare(said *beside.Settings, opt FramingOptions) {
	if said == nil {
		return
	}
	wanted := said.Evaluation
	wanted.RoundDown = f.Evaluation.RoundDown
	wanted.Resize = view.Scaled(wanted.Resize, said.Size, f.Size)
	switch {
	case said.Interpolation != f.Interpolation || wanted != f.Evaluation:
		f.Doubt = fmt.Sprintf("%s beside the model says otherwise: %s", said.File, said.Framing())
	case said.Size != f.Size && opt.Size == 0:
		f.Doubt = fmt.Sprintf("%s beside the model is for views of %d×%d, and this network reads %d×%d", said.File, said.Size, said.Size, f.Size, f.Size)
	}
}
