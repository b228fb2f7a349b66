package kernel

import (
	"fmt"

	"featurecache/simd"
)

// Window is the geometry of a pooling layer. Padding is not read: windows are cut
// off at the image's edge.
type Window struct {
	KH, KW               int
	StrideH, StrideW     int
	DilationH, DilationW int
	PadTop, PadLeft      int
	PadBottom, PadRight  int // only an average that counts padding asks for these
	Average, CountPad    bool
}

// Pool is a maximum or average over windows. An average adds in float32 from +0, in
// the order ky, kx, and divides by the number of elements. It is immutable.
type Pool struct {
	in, out Layout
	average bool
	rows    []span
	cols    []span
	divisor []float32 // [out.H, out.W]
	step    [2]int    // floats between a window's rows and columns
}

// A span is the part of a window that lies in the image, along one axis.
type span struct{ first, count int32 }

// NewPool makes the pooling layer for activations in the layouts in and out. Every
// window must contain a pixel of the image.
func NewPool(w Window, in, out Layout) *Pool {
	p := &Pool{in: in, out: out, average: w.Average}
	p.step = [2]int{w.DilationH * in.RowStride(), w.DilationW * Lanes}
	var counted [2][]int
	p.rows, counted[0] = spans(out.H, in.H, w.KH, w.StrideH, w.DilationH, w.PadTop, w.PadBottom)
	p.cols, counted[1] = spans(out.W, in.W, w.KW, w.StrideW, w.DilationW, w.PadLeft, w.PadRight)
	for y := range out.H {
		for x := range out.W {
			n := int(p.rows[y].count) * int(p.cols[x].count)
			if n == 0 {
				panic(fmt.Sprintf("kernel: window (%d,%d) of %+v lies outside %dx%d", y, x, w, in.H, in.W))
			}
			if w.CountPad {
				n = counted[0][y] * counted[1][x]
			}
			p.divisor = append(p.divisor, float32(n))
		}
	}
	return p
}

// spans clips n windows of k elements to [0, size), and counts the elements in
// [−before, size+after).
func spans(n, size, k, stride, dilation, before, after int) (s []span, counted []int) {
	for i := range n {
		first, count, c := 0, 0, 0
		for j := range k {
			at := i*stride - before + j*dilation
			if at < size+after {
				c++
			}
			if at < 0 || at >= size {
				continue
			}
			if count == 0 {
				first = at
			}
			count++
		}
		s = append(s, span{int32(first), int32(count)})
		counted = append(counted, c)
	}
	return s, counted
}

// Run pools the share s of the channels of n images at the given strides. dst must share
// no memory with src.
func (p *Pool) Run(level simd.Level, dst, src []float32, n, dstStride, srcStride int, s Share) {
	from, to := s.Of(Blocks(p.in.C))
	for i := range n {
		in, out := src[i*srcStride:][:p.in.Len()], dst[i*dstStride:][:p.out.Len()]
		for cb := from; cb < to; cb++ {
			for y := range p.out.H {
				p.row(level, out[p.out.Offset(cb, y, 0):], in[p.in.Offset(cb, int(p.rows[y].first), 0):], y)
			}
		}
	}
}

// rowGeneric defines what the assembly computes: one row of one channel block. in
// starts at the first input row, column 0.
func (p *Pool) rowGeneric(out, in []float32, y int) {
	for x, c := range p.cols {
		o := out[x*Lanes:][:Lanes]
		first := in[int(c.first)*Lanes:]
		clear(o)
		if !p.average {
			copy(o, first)
		}
		for ky := range int(p.rows[y].count) {
			for kx := range int(c.count) {
				v := first[ky*p.step[0]+kx*p.step[1]:][:Lanes]
				if p.average {
					for l := range o {
						o[l] += v[l]
					}
					continue
				}
				for l := range o {
					if v[l] > o[l] {
						o[l] = v[l]
					}
				}
			}
		}
		if p.average {
			d := p.divisor[y*p.out.W+x]
			for l := range o {
				o[l] /= d
			}
		}
	}
}
