// Package graphtest holds the reference against which backbones are tested.
package graphtest

import (
	"math"
	"runtime"
	"sync"

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

// conv shares the output channels between the cores.
func conv(l *graph.Conv, in, residual []float64) []float64 {
	s := l.Out.Shape
	out := make([]float64, s.Len())
	channels := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for m := range channels {
				convChannel(l, in, residual, out, m)
			}
		})
	}
	for m := range s.C {
		channels <- m
	}
	close(channels)
	wg.Wait()
	return out
}

// convChannel makes output channel m: for each weight, its product with every
// pixel that it meets.
func convChannel(l *graph.Conv, in, residual, out []float64, m int) {
	is, os := l.In.Shape, l.Out.Shape
	perGroup := is.C / l.Groups
	first := m / (os.C / l.Groups) * perGroup
	out = out[m*os.H*os.W : (m+1)*os.H*os.W]
	for i := range out {
		out[i] = float64(l.Bias[m])
	}
	for k, w := range l.Weight[m*perGroup*l.KH*l.KW : (m+1)*perGroup*l.KH*l.KW] {
		c, ky, kx := k/(l.KH*l.KW), k/l.KW%l.KH, k%l.KW
		plane := in[(first+c)*is.H*is.W : (first+c+1)*is.H*is.W]
		for y := range os.H {
			iy := y*l.StrideH - l.Pad.Top + ky*l.DilationH
			if iy < 0 || iy >= is.H {
				continue
			}
			row := plane[iy*is.W : (iy+1)*is.W]
			ix := kx*l.DilationW - l.Pad.Left
			for x := range out[y*os.W : (y+1)*os.W] {
				if ix >= 0 && ix < len(row) {
					out[y*os.W+x] += float64(w) * row[ix]
				}
				ix += l.StrideW
			}
		}
	}
	for i := range out {
		if residual != nil {
			out[i] += residual[m*len(out)+i]
		}
		out[i] = activate(l.Act, out[i])
	}
}

func maxPool(l *graph.MaxPool, in []float64) []float64 {
	is, os := l.In.Shape, l.Out.Shape
	out := make([]float64, os.Len())
	for i := range out {
		c, y, x := i/(os.H*os.W), i/os.W%os.H, i%os.W
		out[i] = math.Inf(-1)
		for ky := range l.KH {
			for kx := range l.KW {
				iy := y*l.StrideH - l.Pad.Top + ky*l.DilationH
				ix := x*l.StrideW - l.Pad.Left + kx*l.DilationW
				if iy >= 0 && iy < is.H && ix >= 0 && ix < is.W {
					out[i] = max(out[i], in[(c*is.H+iy)*is.W+ix])
				}
			}
		}
	}
	return out
}

func avgPool(l *graph.AvgPool, in []float64) []float64 {
	is, os := l.In.Shape, l.Out.Shape
	out := make([]float64, os.Len())
	for i := range out {
		c, y, x := i/(os.H*os.W), i/os.W%os.H, i%os.W
		n := 0
		for ky := range l.KH {
			for kx := range l.KW {
				iy, ix := y*l.StrideH-l.Pad.Top+ky, x*l.StrideW-l.Pad.Left+kx
				if iy >= 0 && iy < is.H && ix >= 0 && ix < is.W {
					out[i] += in[(c*is.H+iy)*is.W+ix]
					n++
				} else if l.CountPad {
					n++
				}
			}
		}
		out[i] /= float64(n)
	}
	return out
}

func activate(a graph.Activation, x float64) float64 {
	switch a.Kind {
	case graph.Relu:
		return max(x, 0)
	case graph.Clip:
		return min(max(x, float64(a.Lo)), float64(a.Hi))
	case graph.Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case graph.SiLU:
		return x / (1 + math.Exp(-x))
	case graph.HardSigmoid:
		return hardSigmoid(float64(a.Lo), float64(a.Hi), x)
	case graph.HardSwish:
		return x * hardSigmoid(1./6, 0.5, x)
	case graph.GELU:
		return x / 2 * math.Erfc(-x/math.Sqrt2)
	case graph.GELUTanh:
		return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	case graph.Swish:
		return x / (1 + math.Exp(-x*float64(a.Lo)))
	case graph.Erf:
		return math.Erf(x)
	case graph.Exp:
		return math.Exp(x)
	case graph.Tanh:
		return math.Tanh(x)
	case graph.Sqrt:
		return math.Sqrt(x)
	case graph.Abs:
		return math.Abs(x)
	case graph.Reciprocal:
		return 1 / x
	case graph.Power:
		return math.Pow(x, float64(a.Lo))
	case graph.LeakyRelu:
		return max(x, 0) + float64(a.Lo)*min(x, 0)
	case graph.Elu:
		return max(x, 0) + float64(a.Lo)*math.Expm1(min(x, 0))
	case graph.NaNTo:
		if math.IsNaN(x) {
			return float64(a.Lo)
		}
	}
	return x
}

func hardSigmoid(alpha, beta, x float64) float64 { return min(max(alpha*x+beta, 0), 1) }

// RelativeError is the relative L2 error of got, ‖got − want‖ / ‖want‖; 0 when
// they are equal, and NaN when an element is.
func RelativeError[G, W float32 | float64](got []G, want []W) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var num, den float64
	for i := range want {
		d := float64(got[i]) - float64(want[i])
		num += d * d
		den += float64(want[i]) * float64(want[i])
	}
	if num == 0 {
		return 0
	}
	return math.Sqrt(num / den)
}
