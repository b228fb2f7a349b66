package kernel

import (
	"math"

	"featurecache/simd"
)

// Norm is layer normalisation over the channels of each pixel:
//
//	out = (x − mean)/√(variance + Epsilon)·Scale + Shift
type Norm struct {
	In, Out      Layout
	Groups       int       // the channels are normalised in so many equal parts
	Scale, Shift []float32 // [C]; nil for none
	Epsilon      float32
	RMS          bool // divided by the root mean square, and no mean subtracted
}

// NewNorm makes the layer.
func NewNorm(n Norm) *Norm { return &n }

// Run computes the share s of the rows of one image. dst may be src if their layouts are the
// same.
func (n *Norm) Run(_ simd.Level, dst, src []float32, s Share) {
	from, to := s.Of(n.In.H)
	size := n.In.C / n.Groups
	for y := from; y < to; y++ {
		for x := range n.In.W {
			in, out := src[n.In.Offset(0, y, x):], dst[n.Out.Offset(0, y, x):]
			for g := range n.Groups {
				n.pixel(out, in, g*size, (g+1)*size)
			}
		}
	}
}

func (n *Norm) pixel(out, in []float32, first, end int) {
	at := func(l Layout, c int) int { return c/Lanes*l.BlockStride() + c%Lanes }
	var mean float32
	if !n.RMS {
		var acc [Lanes]float32
		for c := first; c < end; c++ {
			acc[c%Lanes] += in[at(n.In, c)]
		}
		mean = foldSum(&acc) / float32(end-first)
	}
	var acc [Lanes]float32
	for c := first; c < end; c++ {
		d := in[at(n.In, c)] - mean
		acc[c%Lanes] = FMA(d, d, acc[c%Lanes])
	}
	factor := 1 / float32(math.Sqrt(float64(foldSum(&acc)/float32(end-first)+n.Epsilon)))
	for c := first; c < end; c++ {
		v := (in[at(n.In, c)] - mean) * factor
		if n.Scale != nil {
			v = FMA(v, n.Scale[c], n.Shift[c])
		}
		out[at(n.Out, c)] = v
	}
}
