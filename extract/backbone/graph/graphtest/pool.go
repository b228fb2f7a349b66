package graphtest

import (
	"math"

	"featurecache/extract/backbone/graph"
)

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
