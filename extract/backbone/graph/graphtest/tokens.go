package graphtest

import (
	"math"

	"featurecache/extract/backbone/graph"
)

func tokens(l graph.Layer, values map[*graph.Value][]float64) []float64 {
	switch l := l.(type) {
	case *graph.Constant:
		out := make([]float64, len(l.Data))
		for i, x := range l.Data {
			out[i] = float64(x)
		}
		return out
	case *graph.Gather:
		var all []float64
		for _, v := range l.In {
			all = append(all, values[v]...)
		}
		out := make([]float64, len(l.From))
		for i, at := range l.From {
			if at >= 0 {
				out[i] = all[at]
			}
		}
		return out
	case *graph.Norm:
		return norm(l, values[l.In])
	case *graph.Softmax:
		return perPixel(l.In.Shape, values[l.In], func(x []float64) []float64 { softmax(x); return x })
	case *graph.Reduce:
		return perPixel(l.In.Shape, values[l.In], func(x []float64) []float64 { return []float64{reduce(l.Op, x)} })
	case *graph.Combine:
		a, b := read(l.A, values), read(l.B, values)
		out := make([]float64, len(a))
		for i := range a {
			out[i] = combine(l.Op, a[i], b[i])
		}
		return out
	case *graph.Product:
		return product(l, read(l.A, values), read(l.B, values))
	case *graph.Attention:
		return attention(l, values[l.Q], values[l.K], values[l.V])
	}
	panic("graphtest: unknown layer")
}

// perPixel applies f to the channels of each pixel.
func perPixel(s graph.Shape, in []float64, f func(x []float64) []float64) []float64 {
	plane := s.H * s.W
	var out []float64
	for p := range plane {
		x := make([]float64, s.C)
		for c := range x {
			x[c] = in[c*plane+p]
		}
		y := f(x)
		if out == nil {
			out = make([]float64, len(y)*plane)
		}
		for c, v := range y {
			out[c*plane+p] = v
		}
	}
	return out
}

func norm(l *graph.Norm, in []float64) []float64 {
	return perPixel(l.In.Shape, in, func(x []float64) []float64 {
		n := len(x) / l.Groups
		for g := range l.Groups {
			part := x[g*n:][:n]
			mean, square := 0.0, 0.0
			for _, v := range part {
				mean += v / float64(n)
			}
			if l.RMS {
				mean = 0
			}
			for _, v := range part {
				square += (v - mean) * (v - mean) / float64(n)
			}
			for i := range part {
				part[i] = (part[i] - mean) / math.Sqrt(square+float64(l.Epsilon))
				if l.Scale != nil {
					part[i] = part[i]*float64(l.Scale[g*n+i]) + float64(l.Shift[g*n+i])
				}
			}
		}
		return x
	})
}

func softmax(x []float64) {
	top, sum := math.Inf(-1), 0.0
	for _, v := range x {
		top = max(top, v)
	}
	for i, v := range x {
		x[i] = math.Exp(v - top)
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
}

func reduce(op graph.ReduceOp, x []float64) float64 {
	sum, squares, abs, lo, hi := 0.0, 0.0, 0.0, math.Inf(1), math.Inf(-1)
	for _, v := range x {
		sum += v
		squares += v * v
		abs += math.Abs(v)
		lo, hi = min(lo, v), max(hi, v)
	}
	switch op {
	case graph.Sum:
		return sum
	case graph.Mean:
		return sum / float64(len(x))
	case graph.Largest:
		return hi
	case graph.Smallest:
		return lo
	case graph.SumSquares:
		return squares
	case graph.Length:
		return math.Sqrt(squares)
	case graph.SumAbs:
		return abs
	}
	panic("graphtest: unknown reduction")
}

func combine(op graph.CombineOp, a, b float64) float64 {
	switch op {
	case graph.Plus:
		return a + b
	case graph.Minus:
		return a - b
	case graph.Times:
		return a * b
	case graph.Over:
		return a / b
	case graph.Minimum:
		return min(a, b)
	case graph.Maximum:
		return max(a, b)
	}
	panic("graphtest: unknown operation")
}
