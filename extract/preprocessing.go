package extract

import (
	"fmt"
	"strings"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/beside"
	"featurecache/extract/view"
)

// Preprocessing says how a decoded image becomes the network's input, and why so.
type Preprocessing struct {
	Framing Framing
	Colours Colours
}

// PreprocessingOptions are what the user says. The zero value leaves all to the model and to
// the files beside it.
type PreprocessingOptions struct {
	Framing FramingOptions
	Colours ColourOptions
}

// String is all but the doubt, in one line.
func (p Preprocessing) String() string { return p.Framing.String() + "; " + p.Colours.String() }

// Doubt says why it may be wrong; "" if nothing is known against it.
func (p Preprocessing) Doubt() string {
	var all []string
	for _, doubt := range []string{p.Framing.Doubt, p.Colours.Doubt} {
		if doubt != "" {
			all = append(all, doubt)
		}
	}
	return strings.Join(all, "; ")
}

// transform returns the transform that makes the network's input.
func (p Preprocessing) transform(decode view.DecodeOptions) view.Transform {
	f, c := p.Framing, p.Colours
	return view.Transform{
		Size: f.Size, Interpolation: f.Interpolation, Evaluation: f.Evaluation,
		Mean: c.Mean, Std: c.Std, BGR: c.BGR, Decode: decode,
	}.WithDefaults()
}

// PreprocessingOf decides how the images of a model are prepared. Each part is as opt says,
// else as the model's metadata say, else as a file beside the model says, see
// [beside.Read]. Without any of them, the framing is torchvision's usual one, and the
// colours are as [ColoursOf] concludes from the network. It fails if what decides can't be
// understood or done. file is the model's.
func PreprocessingOf(model *graph.Graph, file string, opt PreprocessingOptions) (Preprocessing, error) {
	var p Preprocessing
	in := model.Input.Shape
	if in.C != 3 || in.H != in.W {
		return p, fmt.Errorf("the model reads [%d,%d,%d]: images are made as [3,S,S]", in.C, in.H, in.W)
	}
	said, err := beside.Read(file)
	if err != nil && !decided(model, opt) {
		return p, fmt.Errorf("%w; set --interpolation, --resize, --mean and --std instead, or move the file away", err)
	}
	if p.Framing, err = framingOf(model, said, opt.Framing); err != nil {
		return p, err
	}
	p.Colours, err = ColoursOf(model, said, opt.Colours)
	if said != nil && said.Doubt != "" && (p.Framing.from(said) || p.Colours.from(said)) {
		p.Framing.Doubt = strings.TrimPrefix(p.Framing.Doubt+"; "+said.Doubt, "; ")
	}
	return p, err
}

// decided reports whether the flags and the metadata leave nothing to a file.
func decided(model *graph.Graph, opt PreprocessingOptions) bool {
	framing, framingErr := model.Framing()
	colours, coloursErr := model.Colours()
	return framingErr == nil && coloursErr == nil &&
		(opt.Framing.Interpolation != "" || framing.Interpolation != "") &&
		(opt.Framing.Resize != 0 || framing.Resize != 0) &&
		(opt.Colours.Std != [3]float32{} || colours.Std != [3]float32{})
}

// fromFile is where a file's settings come from, in words.
func fromFile(said *beside.Settings) string {
	return "from " + said.File + " beside the model"
}

// ModelOptions are the options with which a model is read for its image's size: the size that
// was asked for, or 0, else as the model says, else as a file beside it says. A file that
// can't be read is left to [PreprocessingOf].
func ModelOptions(file, feature string, size int) graph.Options {
	opt := graph.Options{Feature: feature, Height: size, Width: size}
	if said, err := beside.Read(file); err == nil && said != nil {
		opt.Side = said.Size
	}
	return opt
}
