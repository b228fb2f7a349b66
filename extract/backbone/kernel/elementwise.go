package kernel

import "featurecache/simd"

// Elementwise layers go through the pixels of two or three layouts of the same C, H and
// W, row by row. Missing channels of the last block stay zero.

// Affine computes out = min(max(in·scale + shift, lo), hi), the product and sum as
// one fused multiply-add. It is immutable.
type Affine struct {
	in, out      Layout
	scale, shift []float32 // [16·Blocks(C)]
	lo, hi       float32
}

// NewAffine makes the layer with scale [C] and shift [C] for activations in the layouts
// in and out.
func NewAffine(scale, shift []float32, lo, hi float32, in, out Layout) *Affine {
	a := &Affine{in: in, out: out, lo: lo, hi: hi}
	a.scale, a.shift = make([]float32, Blocks(in.C)*Lanes), make([]float32, Blocks(in.C)*Lanes)
	copy(a.scale, scale)
	copy(a.shift, shift)
	return a
}

// Run computes the share s of the channels of one image. dst may be src if their layouts
// are the same.
func (a *Affine) Run(level simd.Level, dst, src []float32, s Share) {
	from, to := s.Of(Blocks(a.in.C))
	for cb := from; cb < to; cb++ {
		scale, shift := a.scale[cb*Lanes:][:Lanes], a.shift[cb*Lanes:][:Lanes]
		for y := range a.in.H {
			n := a.in.W * Lanes
			affineRow(level, dst[a.out.Offset(cb, y, 0):][:n], src[a.in.Offset(cb, y, 0):][:n], scale, shift, a.lo, a.hi)
		}
	}
}

func affineRowGeneric(out, in, scale, shift []float32, lo, hi float32) {
	for i := 0; i < len(out); i += Lanes {
		o, v := out[i:][:Lanes], in[i:][:Lanes]
		for l := range o {
			o[l] = clamp(FMA(v[l], scale[l], shift[l]), lo, hi)
		}
	}
}

// Add computes out = min(max(a + b, Lo), Hi).
type Add struct {
	A, B, Out Layout
	Lo, Hi    float32
}

// Run computes a part of the channels of one image. dst may be a or b if their layouts
// are the same.
func (s *Add) Run(level simd.Level, dst, a, b []float32, part Share) {
	from, to := part.Of(Blocks(s.A.C))
	for cb := from; cb < to; cb++ {
		for y := range s.A.H {
			n := s.A.W * Lanes
			addRow(level, dst[s.Out.Offset(cb, y, 0):][:n], a[s.A.Offset(cb, y, 0):][:n], b[s.B.Offset(cb, y, 0):][:n], s.Lo, s.Hi)
		}
	}
}

func addRowGeneric(out, a, b []float32, lo, hi float32) {
	for i := range out {
		out[i] = clamp(a[i]+b[i], lo, hi)
	}
}
