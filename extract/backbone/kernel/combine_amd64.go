//go:build amd64 && !purego

package kernel

import "featurecache/simd"

// The kernels are arithmeticRowGeneric, for rows of whole pixels.

//go:noescape
func minusRowAVX512(out, a, b *float32, pixels int)

//go:noescape
func minusRowAVX2(out, a, b *float32, pixels int)

//go:noescape
func timesRowAVX512(out, a, b *float32, pixels int)

//go:noescape
func timesRowAVX2(out, a, b *float32, pixels int)

//go:noescape
func overRowAVX512(out, a, b *float32, pixels int)

//go:noescape
func overRowAVX2(out, a, b *float32, pixels int)

func arithmeticRow(level simd.Level, op Combination, out, a, b []float32) {
	pixels := len(out) / Lanes
	switch {
	case level == simd.Generic:
		arithmeticRowGeneric(op, out, a, b)
	case op == Minus && level == simd.AVX512:
		minusRowAVX512(&out[0], &a[0], &b[0], pixels)
	case op == Minus:
		minusRowAVX2(&out[0], &a[0], &b[0], pixels)
	case op == Times && level == simd.AVX512:
		timesRowAVX512(&out[0], &a[0], &b[0], pixels)
	case op == Times:
		timesRowAVX2(&out[0], &a[0], &b[0], pixels)
	case level == simd.AVX512:
		overRowAVX512(&out[0], &a[0], &b[0], pixels)
	default:
		overRowAVX2(&out[0], &a[0], &b[0], pixels)
	}
}
