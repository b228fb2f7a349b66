package kernel

import (
	"math"

	"featurecache/simd"
)

// Norm is layer normalisation over the channels of each pixel:
//
//	out = (x − mean)/√(variance + Epsilon)·Scale + Shift
//
// The variance is the mean of the squares of x − mean. The channels may be in several
// groups with a mean and variance each (group normalisation of each pixel by itself).
//
// The order of the sums is fixed, so every instruction set gives the same bits: there are
// 16, each over the channels of one lane in their order, and they are added as
// lanes.sum says. In is not planar, nor is Out.
type Norm struct {
	In, Out Layout
	Groups  int // equal parts of the channels; they divide C
	// Scale and Shift are [C]; nil is 1 and 0.
	Scale, Shift []float32
	Epsilon      float32
	// RMS means that the mean is taken as 0, so that x is divided by its root mean square.
	RMS bool
}

// Run computes the share s of the pixels of one image. dst may be src if their layouts
// are the same. If groups don't consist of whole blocks of channels, all levels are plain
// Go.
func (n *Norm) Run(level simd.Level, dst, src []float32, s Share) {
	width, height := n.In.W, n.In.H
	if n.In.Cols == width && n.Out.Cols == width { // the rows touch
		width, height = width*height, 1
	}
	size := n.In.C / n.Groups
	if n.Groups > 1 && size%Lanes != 0 {
		level = simd.Generic
	}
	from, to := s.Of(width * height)
	for from < to {
		y, x := from/width, from%width
		pixels := min(width-x, to-from)
		in, out := src[n.In.Offset(0, y, x):], dst[n.Out.Offset(0, y, x):]
		for g := range n.Groups {
			n.row(level, out, in, pixels, g*size, size)
		}
		from += pixels
	}
}

// rowGeneric defines what the assembly computes: the channels first, …, first+size−1 of
// adjacent pixels. out and in start at the first pixel's first block.
func (n *Norm) rowGeneric(out, in []float32, pixels, first, size int) {
	inBlock, outBlock := n.In.BlockStride(), n.Out.BlockStride()
	count := float32(size)
	for p := range pixels {
		x, o := in[p*Lanes:], out[p*Lanes:]
		var sum lanes
		var mean float32
		if !n.RMS {
			for c := first; c < first+size; c++ {
				sum[c%Lanes] += x[c/Lanes*inBlock+c%Lanes]
			}
			mean = sum.sum() / count
		}
		sum = lanes{}
		for c := first; c < first+size; c++ {
			d := x[c/Lanes*inBlock+c%Lanes] - mean
			sum[c%Lanes] = FMA(d, d, sum[c%Lanes])
		}
		variance := sum.sum()/count + n.Epsilon
		factor := 1 / float32(math.Sqrt(float64(variance))) // the root in float64 rounds to that in float32
		for c := first; c < first+size; c++ {
			scale, shift := float32(1), float32(0)
			if n.Scale != nil {
				scale = n.Scale[c]
			}
			if n.Shift != nil {
				shift = n.Shift[c]
			}
			d := x[c/Lanes*inBlock+c%Lanes] - mean
			o[c/Lanes*outBlock+c%Lanes] = FMA(float32(d*factor), scale, shift)
		}
	}
	if last := first + size; last == n.In.C && last%Lanes != 0 {
		for p := range pixels {
			clear(out[last/Lanes*outBlock+p*Lanes:][last%Lanes : Lanes])
		}
	}
}
