package beside

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"featurecache/extract/view"
)

// parseTransformers reads a preprocessor_config.json. It returns nil for one that is about
// sound.
func parseTransformers(o *object) (*Settings, error) {
	name := o.text("image_processor_type")
	if name == "" {
		name = o.text("feature_extractor_type")
	}
	p, known := lookUp(name)
	switch {
	case o.err != nil:
		return nil, o.err
	case o.has(timmMark): // transformers' wrapper of timm
		return parseTimmConfig(o)
	case known:
	case name == "" && (o.has("size") || o.has("image_mean")):
		p = &processor{edge: true, resample: unsaid, mean: unknown, std: unknown} // no defaults
	case o.has("sampling_rate") && !o.has("image_mean"):
		return nil, nil
	case name == "":
		return nil, &FieldError{Field: "image_processor_type", Reason: "missing, and so is size: the file does not say how images are prepared"}
	default:
		return nil, &FieldError{Field: "image_processor_type", Reason: fmt.Sprintf("%q is not one whose steps this program knows", name)}
	}
	o.refuseSteps()
	s := p.frame(o)
	p.colours(o, s)
	if o.err != nil {
		return nil, o.err
	}
	return s, nil
}

// unknown stands for numbers that the file must give.
var unknown = [3]float64{math.NaN(), math.NaN(), math.NaN()}

// steps are the fields that name a step and are understood, or change no pixel here.
var steps = map[string]bool{
	"do_resize": true, "do_center_crop": true, "do_rescale": true, "do_normalize": true, "do_flip_channel_order": true,
	"do_convert_rgb": true, "do_reduce_labels": true,
}

// refuseSteps refuses steps that can't be done.
func (o *object) refuseSteps() {
	for _, name := range o.names() {
		if strings.HasPrefix(name, "do_") && !steps[name] && o.flag(name, false) {
			o.fail(name, "true, a step that can't be done")
		}
	}
	if o.flag("keep_aspect_ratio", false) {
		o.fail("keep_aspect_ratio", "true, which makes images that are not square")
	}
}

// frame reads the size, the resize and the crop.
func (p *processor) frame(o *object) *Settings {
	s := &Settings{Interpolation: p.interpolation(o)}
	if !o.flag("do_resize", true) {
		o.fail("do_resize", "false, but images of all sizes must become one size: set --resize")
	}
	s.Evaluation.RoundDown = true
	s.Evaluation.Resize, s.Evaluation.Squash = p.readSize(o)
	if p.resized != nil && o.err == nil {
		p.resized(p, o, s)
	}
	crop, silent := 0, p.size == 0
	if o.flag("do_center_crop", p.crop > 0 || silent && o.has("crop_size")) && s.Size == 0 {
		crop = p.readCrop(o)
	}
	switch {
	case s.Size > 0:
	case crop > 0:
		s.Size = crop
	case s.Evaluation.Squash:
		s.Size = s.Evaluation.Resize
	default:
		o.fail("do_center_crop", "false, but the resize leaves images that are not square")
	}
	if s.Evaluation.Squash && s.Size == s.Evaluation.Resize {
		s.Evaluation.RoundDown = false // nothing is cropped
	}
	return s
}

// readSize reads the field size: a number, shortest_edge, or height and width.
func (p *processor) readSize(o *object) (size int, squash bool) {
	if !o.has("size") {
		if p.size == 0 {
			o.fail("size", "missing")
		}
		return p.size, !p.edge
	}
	var bare float64
	if json.Unmarshal(o.fields["size"], &bare) == nil {
		return o.pixels("size", bare), !p.edge
	}
	return o.sides("size")
}

// readCrop reads the field crop_size: a number, or height and width.
func (p *processor) readCrop(o *object) int {
	const name = "crop_size"
	if !o.has(name) {
		if p.crop == 0 {
			o.fail(name, "missing")
		}
		return p.crop
	}
	var bare float64
	if json.Unmarshal(o.fields[name], &bare) == nil {
		return o.pixels(name, bare)
	}
	size, square := o.sides(name)
	if !square {
		o.fail(name, "%s, want height and width", o.shown(name))
	}
	return size
}

// sides reads an object with shortest_edge, or with height and width.
func (o *object) sides(name string) (size int, square bool) {
	const want = "a number, shortest_edge, or height and width"
	var all map[string]float64
	if !o.read(name, &all, want) {
		return 0, false
	}
	edge, hasEdge := all["shortest_edge"]
	height, hasHeight := all["height"]
	width, hasWidth := all["width"]
	switch {
	case hasEdge && len(all) == 1:
		return o.pixels(name, edge), false
	case hasHeight && hasWidth && len(all) == 2:
		if height != width {
			o.fail(name, "%s, but images are made square", o.shown(name))
		}
		return o.pixels(name, height), true
	}
	o.fail(name, "%s, want %s", o.shown(name), want)
	return 0, false
}

// pixels is a length.
func (o *object) pixels(name string, x float64) int {
	n, ok := side(x)
	if !ok {
		o.fail(name, "%s, want whole numbers of 1 to %d", o.shown(name), maxSide)
		return 0
	}
	return n
}

// interpolation reads the field resample, Pillow's number or a name.
func (p *processor) interpolation(o *object) view.Interpolation {
	const name = "resample"
	if o.has(name) && strings.HasPrefix(string(o.fields[name]), `"`) {
		return o.interpolationName(name)
	}
	switch code := o.number(name, p.resample); code {
	case pillowLanczos:
		return view.Lanczos
	case pillowBilinear:
		return view.Bilinear
	case pillowBicubic:
		return view.Bicubic
	case unsaid:
		o.fail(name, "missing")
	default:
		o.fail(name, "%v can't be done, only 1 (Lanczos), 2 (bilinear) and 3 (bicubic): choose one with --interpolation", code)
	}
	return 0
}

// colours reads the normalisation: (p·factor − offset − mean)/std of a sample p of 0 to 255.
func (p *processor) colours(o *object, s *Settings) {
	mean, std := [3]float64{}, [3]float64{1, 1, 1}
	if o.flag("do_normalize", !p.raw) {
		mean, std = o.three("image_mean", p.mean), o.three("image_std", p.std)
		if math.IsNaN(mean[0]) || math.IsNaN(std[0]) {
			o.fail("image_mean", "image_mean or image_std is missing")
		}
	}
	factor, offset := 1., 0.
	if o.flag("do_rescale", true) {
		factor = o.number("rescale_factor", 1./255)
		if o.flag("rescale_offset", false) {
			offset = 1
		}
	}
	if !(factor > 0) {
		o.fail("rescale_factor", "%v, want more than 0", factor)
	}
	unit := 255 * factor
	if math.Abs(unit-1) < 1e-6 {
		unit = 1
	}
	for c := range 3 {
		s.Mean[c], s.Std[c] = float32((mean[c]+offset)/unit), float32(std[c]/unit)
	}
	s.BGR = o.flag("do_flip_channel_order", p.flips)
}
