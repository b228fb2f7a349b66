package beside

import (
	"math"

	"featurecache/extract/view"
)

// timmMark is the field with timm's settings.
const timmMark = "pretrained_cfg"

// parseTimmConfig reads timm's config.json: its pretrained_cfg, or what older files have at
// the top. A config.json of another program is no error: nearly all models have one.
func parseTimmConfig(o *object) (*Settings, error) {
	switch {
	case o.has(timmMark):
		inner := o.object(timmMark)
		if o.err != nil {
			return nil, o.err
		}
		return parseTimm(inner)
	case o.has("input_size") && o.has("mean") && o.has("std"):
		return parseTimm(o)
	}
	return nil, nil
}

// parseTimm follows timm's resolve_data_config and transforms_imagenet_eval, which
// torchvision's Resize and CenterCrop carry out.
func parseTimm(o *object) (*Settings, error) {
	s := &Settings{Interpolation: view.Bicubic, Size: 224}
	if o.has("input_size") {
		s.Size = o.inputSize()
	}
	if o.has("interpolation") {
		s.Interpolation = o.interpolationName("interpolation")
	}
	share := o.number("crop_pct", 0.875)
	if !(share > 0 && share <= 1) {
		o.fail("crop_pct", "%v, want more than 0 and at most 1", share)
	}
	switch mode := o.text("crop_mode"); mode {
	case "", "center":
	case "squash":
		s.Evaluation.Squash = true
	default:
		o.fail("crop_mode", "%q can't be done, only center and squash: choose one with --resize, as in --resize 256 or --resize 224x224", mode)
	}
	if o.number("crop_border_pixels", 0) != 0 {
		o.fail("crop_border_pixels", "cutting off a border can't be done")
	}
	mean := o.three("mean", widened(view.ImageNetMean))
	std := o.three("std", widened(view.ImageNetStd))
	if o.err != nil {
		return nil, o.err
	}
	s.Evaluation.Resize = int(min(math.Floor(float64(s.Size)/share), maxSide+1))
	s.Mean, s.Std = narrowed(mean), narrowed(std)
	return s, nil
}

// inputSize reads [3, S, S].
func (o *object) inputSize() int {
	const name = "input_size"
	var dims []float64
	o.read(name, &dims, "three numbers")
	if o.err != nil {
		return 0
	}
	if len(dims) != 3 || dims[0] != 3 || dims[1] != dims[2] {
		o.fail(name, "%s, want [3, S, S]: images are made with three colours, and square", o.shown(name))
		return 0
	}
	n, ok := side(dims[1])
	if !ok {
		o.fail(name, "%s, want sides of 1 to %d", o.shown(name), maxSide)
	}
	return n
}

// interpolationName reads the name of a filter.
func (o *object) interpolationName(name string) view.Interpolation {
	i, err := view.ParseInterpolation(o.text(name))
	if err != nil {
		o.fail(name, "%s can't be done, only bilinear, bicubic and lanczos: choose one with --interpolation", o.shown(name))
	}
	return i
}

func widened(v [3]float32) [3]float64 {
	return [3]float64{float64(v[0]), float64(v[1]), float64(v[2])}
}

func narrowed(v [3]float64) [3]float32 {
	return [3]float32{float32(v[0]), float32(v[1]), float32(v[2])}
}
