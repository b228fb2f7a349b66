package kernel

import "featurecache/simd"

// Activation functions that are not a clamp, each with the [Function] of its rows. Their
// arithmetic is single float32 operations and [FMA], which round the same everywhere; Go's
// math package is in assembly on some machines, and rounds differently. The errors that
// they state were measured at every 61st float32 and rounded up.

// HardSigmoid is min(max(a·x+b, 0), 1).
func HardSigmoid(x, a, b float32) float32 { return clamp(float32(a*x)+b, 0, 1) }

// HardSwish is x·min(max(x/6+1/2, 0), 1).
func HardSwish(x float32) float32 { return float32(x * HardSigmoid(x, 1.0/6, 0.5)) }

// A Function applies a function of one number to a row of whole pixels; out may be in.
type Function func(level simd.Level, out, in []float32)

// FunctionOf is any function, applied in plain Go.
func FunctionOf(f func(float32) float32) Function {
	return func(_ simd.Level, out, in []float32) { mapRow(out, in, f) }
}

func mapRow(out, in []float32, f func(float32) float32) {
	for i, x := range in {
		out[i] = f(x)
	}
}

// Map computes out = F(in).
type Map struct {
	In, Out Layout
	F       Function
}

// Run computes the share s of the channels of one image. dst may be src if their layouts
// are the same.
func (m *Map) Run(level simd.Level, dst, src []float32, s Share) {
	from, to := s.Of(Blocks(m.In.C))
	rows, n := m.In.H, m.In.W*Lanes
	if m.In.Cols == m.In.W && m.Out.Cols == m.Out.W { // the rows touch
		rows, n = 1, rows*n
	}
	for cb := from; cb < to; cb++ {
		missing := max(0, (cb+1)*Lanes-m.In.C)
		for y := range rows {
			out := dst[m.Out.Offset(cb, y, 0):][:n]
			m.F(level, out, src[m.In.Offset(cb, y, 0):][:n])
			clearMissing(out, missing)
		}
	}
}

// clearMissing sets the last channels of a row of pixels to zero.
func clearMissing(row []float32, missing int) {
	for i := Lanes - missing; missing > 0 && i < len(row); i += Lanes {
		clear(row[i:][:missing])
	}
}
