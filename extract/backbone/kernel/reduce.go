package kernel

import (
	"math"

	"featurecache/simd"
)

// runLen is the number of adjacent pixels whose channels are summed side by side.
const runLen = 32

// runs calls f for the share s of the pixels of an image, for at most runLen adjacent
// ones of a row at a time: n from (y, x) on.
func (l Layout) runs(s Share, f func(y, x, n int)) {
	for p, to := s.Of(l.H * l.W); p < to; {
		x := p % l.W
		n := min(runLen, l.W-x, to-p)
		f(p/l.W, x, n)
		p += n
	}
}

// A sum over the channels of a pixel has 16 lanes: lane l adds the channels l, l+16, … in
// order, from +0. Then the lanes are added: l and l+8, l and l+4, l and l+2, and the last
// two. Other reductions go the same way.
type lanes [Lanes]float32

// fold makes one number of the lanes.
func (v *lanes) fold(f func(a, b float32) float32) float32 {
	for n := Lanes / 2; n > 0; n /= 2 {
		for l := range n {
			v[l] = f(v[l], v[l+n])
		}
	}
	return v[0]
}

// sum adds the lanes.
func (v *lanes) sum() float32 {
	for n := Lanes / 2; n > 0; n /= 2 {
		for l := range n {
			v[l] += v[l+n]
		}
	}
	return v[0]
}

// runLanes are the lanes of a run of pixels.
type runLanes [runLen * Lanes]float32

// of are the lanes of pixel i.
func (v *runLanes) of(i int) *lanes { return (*lanes)(v[i*Lanes:]) }

// fill sets the lanes of pixel i.
func (v *runLanes) fill(i int, x float32) {
	lane := v.of(i)
	for l := range lane {
		lane[l] = x
	}
}

// A Reduction is what a [Reduce] makes of the channels of a pixel.
type Reduction uint8

// The reductions. That of channels with a NaN is NaN.
const (
	Sum        Reduction = iota
	Mean                 // Σx / n
	Largest              // max x
	Smallest             // min x
	SumSquares           // Σx²
	Length               // √Σx²
	SumAbs               // Σ|x|
)

// Reduce makes one number of the channels of each pixel.
type Reduce struct {
	In, Out Layout // Out has one channel
	Op      Reduction
}

// Run computes the share s of the pixels of one image. dst must share no memory with src.
func (r *Reduce) Run(level simd.Level, dst, src []float32, s Share) {
	r.In.runs(s, func(y, x, n int) {
		var all runLanes
		switch r.Op {
		case Largest, Smallest:
			r.extremes(&all, src, y, x, n)
		default:
			r.sums(level, &all, src, y, x, n)
		}
		for i := range n {
			out := dst[r.Out.Offset(0, y, x+i):][:Lanes]
			clear(out)
			out[0] = r.end(all.of(i))
		}
	})
}

// sums adds the channels of n pixels. Missing ones are zeros.
func (r *Reduce) sums(level simd.Level, all *runLanes, src []float32, y, x, n int) {
	var other runLanes
	sum, terms := all[:n*Lanes], other[:n*Lanes]
	for cb := range Blocks(r.In.C) {
		in := src[r.In.Offset(cb, y, x):][:n*Lanes]
		switch r.Op {
		case SumSquares, Length:
			combineRow(level, Times, terms, in, in)
			in = terms
		case SumAbs:
			for i, v := range in {
				terms[i] = max(v, -v)
			}
			in = terms
		}
		combineRow(level, Plus, sum, sum, in)
	}
}

// extremes finds the largest or smallest channels of n pixels in each lane.
func (r *Reduce) extremes(all *runLanes, src []float32, y, x, n int) {
	start := inf
	if r.Op == Largest {
		start = -inf
	}
	for i := range n {
		all.fill(i, start)
	}
	for cb := range Blocks(r.In.C) {
		have := min(Lanes, r.In.C-cb*Lanes)
		in := src[r.In.Offset(cb, y, x):][:n*Lanes]
		for i := range n {
			v, lane := in[i*Lanes:][:Lanes][:have], all[i*Lanes:][:Lanes]
			for l, x := range v {
				if r.Op == Largest {
					lane[l] = max(lane[l], x)
				} else {
					lane[l] = min(lane[l], x)
				}
			}
		}
	}
}

// end makes one number of the lanes of a pixel.
func (r *Reduce) end(v *lanes) float32 {
	switch r.Op {
	case Mean:
		return v.sum() / float32(r.In.C)
	case Largest:
		return v.fold(func(a, b float32) float32 { return max(a, b) })
	case Smallest:
		return v.fold(func(a, b float32) float32 { return min(a, b) })
	case Length:
		return float32(math.Sqrt(float64(v.sum())))
	}
	return v.sum()
}
