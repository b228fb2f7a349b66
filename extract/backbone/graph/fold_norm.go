package graph

import "math"

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
