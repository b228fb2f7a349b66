package kernel

import (
	"math"

	"featurecache/simd"
)

// Softmax is e^x divided by its sum, over the channels of each pixel. The largest channel
// is subtracted first, which changes nothing but that no e^x overflows.
type Softmax struct{ In, Out Layout }

// Run computes the share s of the pixels of one image. dst may be src if their layouts are
// the same.
func (m *Softmax) Run(level simd.Level, dst, src []float32, s Share) {
	m.In.runs(s, func(y, x, n int) {
		var top [runLen]float32
		m.largest(&top, src, y, x, n)
		var sums [runLen]lanes
		for cb := range Blocks(m.In.C) {
			in, out := src[m.In.Offset(cb, y, x):][:n*Lanes], dst[m.Out.Offset(cb, y, x):][:n*Lanes]
			for i := range n {
				v, o := (*[Lanes]float32)(in[i*Lanes:]), (*[Lanes]float32)(out[i*Lanes:])
				for l := range o {
					o[l] = v[l] - top[i]
				}
			}
			expRow(level, out, out)
			clearMissing(out, max(0, (cb+1)*Lanes-m.In.C))
			for i := range n {
				o, sum := (*[Lanes]float32)(out[i*Lanes:]), &sums[i]
				for l := range sum {
					sum[l] += o[l]
				}
			}
		}
		for i := range n {
			top[i] = sums[i].sum()
		}
		for cb := range Blocks(m.In.C) {
			out := dst[m.Out.Offset(cb, y, x):][:n*Lanes]
			for i := range n {
				o, sum := (*[Lanes]float32)(out[i*Lanes:]), top[i]
				for l := range o {
					o[l] /= sum
				}
			}
			clearMissing(out, max(0, (cb+1)*Lanes-m.In.C)) // of a sum that is NaN
		}
	})
}

// largest finds the largest channel of each of n pixels. It passes over NaN, which the
// difference keeps.
func (m *Softmax) largest(top *[runLen]float32, src []float32, y, x, n int) {
	var all [runLen]lanes
	for i := range n {
		for l := range all[i] {
			all[i][l] = float32(math.Inf(-1))
		}
	}
	for cb := range Blocks(m.In.C) {
		have := min(Lanes, m.In.C-cb*Lanes)
		in := src[m.In.Offset(cb, y, x):][:n*Lanes]
		for i := range n {
			v, all := in[i*Lanes:][:Lanes][:have], &all[i]
			for l, x := range v {
				if x > all[l] {
					all[l] = x
				}
			}
		}
	}
	for i := range n {
		top[i] = all[i].fold(func(a, b float32) float32 {
			if b > a {
				return b
			}
			return a
		})
	}
}

func expRow(_ simd.Level, out, in []float32) {
	for i, x := range in {
		out[i] = expNeg(clamp(-x, -expLimit, expLimit))
	}
}
