// Package graphtest holds the reference against which backbones are tested.
package graphtest

import (
	"math"

	"featurecache/extract/backbone/graph"
)

// Eval computes the features of one image, row-major [3,H,W], in float64 by the
// definition of each layer: direct sums, no reordering, no fast algorithm. It
// returns [C,H,W] elements. It is slow, and meant to be right at a glance.
func Eval(g *graph.Graph, image []float32) []float64 {
	x := make([]float64, len(image))
	for i, v := range image {
		x[i] = float64(v)
	}
	values := map[*graph.Value][]float64{g.Input: x}
	for _, l := range g.Layers {
		values[l.Output()] = layer(l, values)
	}
	return values[g.Features]
}

func layer(l graph.Layer, values map[*graph.Value][]float64) []float64 {
	switch l := l.(type) {
	case *graph.Conv:
		return conv(l, values[l.In], values[l.Residual])
	case *graph.Affine:
		return mapChannels(l.In.Shape, values[l.In], func(c int, x float64) float64 {
			return activate(l.Act, x*float64(l.Scale[c])+float64(l.Shift[c]))
		})
	case *graph.Add:
		a, b := values[l.A], values[l.B]
		out := make([]float64, len(a))
		for i := range out {
			out[i] = activate(l.Act, a[i]+b[i])
		}
		return out
	case *graph.Scale:
		gain := values[l.Gain]
		return mapChannels(l.In.Shape, values[l.In], func(c int, x float64) float64 { return activate(l.Act, x*gain[c]) })
	case *graph.Concat:
		var out []float64
		for _, v := range l.In {
			out = append(out, values[v]...)
		}
		return out
	case *graph.LRN:
		return localNorm(l, values[l.In])
	case *graph.Activate:
		return mapChannels(l.In.Shape, values[l.In], func(_ int, x float64) float64 { return activate(l.Act, x) })
	case *graph.MaxPool:
		return maxPool(l, values[l.In])
	case *graph.AvgPool:
		return avgPool(l, values[l.In])
	}
	return tokens(l, values)
}

func localNorm(l *graph.LRN, in []float64) []float64 {
	s := l.In.Shape
	plane := s.H * s.W
	out := make([]float64, len(in))
	for i, x := range in {
		c, sum := i/plane, 0.0
		for k := max(0, c-(l.Size-1)/2); k <= min(s.C-1, c+l.Size/2); k++ {
			v := in[k*plane+i%plane]
			sum += v * v
		}
		out[i] = x / math.Pow(float64(l.Bias)+float64(l.Alpha)/float64(l.Size)*sum, float64(l.Beta))
	}
	return out
}

func mapChannels(s graph.Shape, in []float64, f func(c int, x float64) float64) []float64 {
	out := make([]float64, len(in))
	for i, x := range in {
		out[i] = f(i/(s.H*s.W), x)
	}
	return out
}
