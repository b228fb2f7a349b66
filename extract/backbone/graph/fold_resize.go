package graph

import (
	"math"
	"slices"
)

// foldResize resizes a table, most often position embeddings, one axis after the other:
// nearest, linear or cubic. Float64 within an axis, float32 between.
func foldResize(f *folding, x *tensor) ([]*tensor, error) {
	if !x.typ.isFloat() {
		return nil, cannotFold("it resizes %s", x.typ)
	}
	out := &tensor{typ: x.typ, dims: x.dims, reals: x.reals}
	all, err := f.allTaps(x.dims)
	if err != nil {
		return nil, err
	}
	for axis, taps := range all {
		if taps == nil {
			continue
		}
		if out, err = f.resample(out, axis, taps); err != nil {
			return nil, err
		}
	}
	return []*tensor{out}, nil
}

// allTaps lists the taps of each axis of a tensor that a Resize changes.
func (f *folding) allTaps(dims []int64) ([][][]tap, error) {
	if f.l.opset < 11 || f.attrs.text("keep_aspect_ratio_policy", "stretch") != "stretch" {
		return nil, cannotFold("it resizes in a way that is not computed")
	}
	axes := attribute[[]int64](&f.attrs, "axes", nil)
	if axes == nil {
		for i := range dims {
			axes = append(axes, int64(i))
		}
	}
	all := make([][][]tap, len(dims))
	for i, a := range axes {
		axis, err := axisOf(a, dims)
		if err != nil {
			return nil, err
		}
		size := dims[axis]
		var to int64
		var scale float64
		switch {
		case len(f.in) > 3 && f.in[3] != nil && len(f.in[3].ints) == len(axes):
			to = f.in[3].ints[i]
			scale = float64(to) / float64(size)
		case len(f.in) > 2 && f.in[2] != nil && len(f.in[2].reals) == len(axes):
			scale = float64(f.in[2].reals[i])
			to = int64(math.Floor(float64(size) * scale))
		default:
			return nil, invalid("its scales or sizes don't fit the shape %v: export the model again", dims)
		}
		if to == size && scale == 1 {
			continue
		}
		if to < 1 || size < 1 || to > 1<<20 || !(scale > 0) {
			return nil, cannotFold("it resizes %d elements to %d", size, to)
		}
		if all[axis], err = f.taps(int(size), int(to), scale); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// resample makes each element along an axis the weighted sum of its taps.
func (f *folding) resample(x *tensor, axis int, taps [][]tap) (*tensor, error) {
	dims := slices.Clone(x.dims)
	dims[axis] = int64(len(taps))
	if err := f.spend(dims); err != nil {
		return nil, err
	}
	n, _ := count(dims)
	outer, _ := count(x.dims[:axis])
	inner, _ := count(x.dims[axis+1:])
	out := &tensor{typ: x.typ, dims: dims, reals: make([]float32, 0, n)}
	for o := range int(outer) {
		for _, list := range taps {
			for i := range int(inner) {
				sum := 0.0
				for _, t := range list {
					sum += float64(float64(x.reals[(o*int(x.dims[axis])+t.at)*int(inner)+i]) * t.weight)
				}
				out.reals = append(out.reals, float32(sum))
			}
		}
	}
	return out, nil
}
