package graph

import (
	"math"
	"slices"
)

// foldBatchNorm standardises weights, as networks without normalisation layers do: per
// channel of axis 1, by their own statistics in training mode, else by the inputs'.
func foldBatchNorm(f *folding, x *tensor) ([]*tensor, error) {
	var p [4][]float32 // γ, β, μ, σ²
	for i := range p {
		t, err := f.required(i + 1)
		if err != nil {
			return nil, err
		}
		if len(x.dims) < 2 || int64(len(t.reals)) != x.dims[1] || len(x.reals) == 0 {
			return nil, invalid("input %d does not fit the shape %v: export the model again", i+1, x.dims)
		}
		p[i] = t.reals
	}
	if err := f.spend(x.dims); err != nil {
		return nil, err
	}
	inner, _ := count(x.dims[2:])
	channels := int(x.dims[1])
	channel := func(i int) int { return i / int(inner) % channels }
	mean, variance := make([]float64, channels), make([]float64, channels)
	for c := range channels {
		mean[c], variance[c] = float64(p[2][c]), float64(p[3][c])
	}
	if f.attrs.integer("training_mode", 0) != 0 {
		clear(mean)
		clear(variance)
		n := float64(len(x.reals) / channels)
		for i, v := range x.reals {
			mean[channel(i)] += float64(v)
		}
		for c := range mean {
			mean[c] /= n
		}
		for i, v := range x.reals {
			d := float64(v) - mean[channel(i)]
			variance[channel(i)] += float64(d * d)
		}
		for c := range variance {
			variance[c] /= n
		}
	}
	epsilon := float64(f.attrs.float("epsilon", 1e-5))
	out := &tensor{typ: x.typ, dims: x.dims, reals: make([]float32, len(x.reals))}
	for i, v := range x.reals {
		c := channel(i)
		scale := float64(p[0][c]) / math.Sqrt(variance[c]+epsilon)
		out.reals[i] = float32(float64((float64(v)-mean[c])*scale) + float64(p[1][c]))
	}
	return []*tensor{out}, nil
}

// foldSoftmax computes Softmax and LogSoftmax. Up to opset 12 they take all axes from axis
// on together.
func foldSoftmax(f *folding, _ *tensor) ([]*tensor, error) {
	x, err := f.floats(0)
	if err != nil {
		return nil, err
	}
	otherwise := int64(-1)
	if f.l.opset < 13 {
		otherwise = 1
	}
	axis, err := axisOf(f.attrs.integer("axis", otherwise), x.dims)
	if err != nil {
		return nil, err
	}
	out, err := f.made(x.typ, x.dims)
	if err != nil {
		return nil, err
	}
	dims := x.dims
	if f.l.opset < 13 {
		rest, _ := count(dims[axis:])
		dims = append(slices.Clone(dims[:axis]), rest)
	}
	size := int(dims[axis])
	eachLane(dims, axis, func(start, step int) {
		top := math.Inf(-1)
		for k := range size {
			top = max(top, float64(x.reals[start+k*step]))
		}
		sum := 0.0
		for k := range size {
			sum += exp(float64(x.reals[start+k*step]) - top)
		}
		for k := range size {
			at := start + k*step
			d := float64(x.reals[at]) - top
			if f.op == "Softmax" {
				out.reals[at] = float32(exp(d) / sum)
			} else {
				out.reals[at] = float32(d - log(sum))
			}
		}
	})
	return []*tensor{out}, nil
}

// foldLayerNorm computes LayerNormalization and RMSNormalization.
func foldLayerNorm(f *folding, _ *tensor) ([]*tensor, error) {
	x, err := f.floats(0)
	if err != nil {
		return nil, err
	}
	axis, err := axisOf(f.attrs.integer("axis", -1), x.dims)
	if err != nil {
		return nil, err
	}
	var given [2]*tensor // scale and shift
	for i := range given {
		if i+1 >= len(f.in) || f.in[i+1] == nil {
			continue
		}
		if given[i], err = f.floats(i + 1); err != nil {
			return nil, err
		}
		if given[i], err = f.spread(given[i], x.dims[axis:]); err != nil {
			return nil, err
		}
		if !slices.Equal(given[i].dims, x.dims[axis:]) {
			return nil, invalid("input %d does not fit the shape %v: export the model again", i+1, x.dims)
		}
	}
	out, err := f.made(x.typ, x.dims)
	if err != nil {
		return nil, err
	}
	epsilon, centred := float64(f.attrs.float("epsilon", 1e-5)), f.op == "LayerNormalization"
	size, _ := count(x.dims[axis:])
	for start := 0; start < len(x.reals); start += int(size) {
		part := x.reals[start : start+int(size)]
		mean, variance := 0.0, 0.0
		for _, v := range part {
			mean += float64(v)
		}
		if mean /= float64(size); !centred {
			mean = 0
		}
		for _, v := range part {
			d := float64(v) - mean
			variance += float64(d * d)
		}
		scale := 1 / math.Sqrt(variance/float64(size)+epsilon)
		for i, v := range part {
			y := float64((float64(v) - mean) * scale)
			if given[0] != nil {
				y = float64(y * float64(given[0].reals[i]))
			}
			if given[1] != nil {
				y += float64(given[1].reals[i])
			}
			out.reals[start+i] = float32(y)
		}
	}
	return []*tensor{out}, nil
}
