//go:build amd64 && !purego

package kernel

import "featurecache/simd"

// The kernels are affineRowGeneric and addRowGeneric, for rows of whole pixels.

//go:noescape
func affineRowAVX512(out, in, scale, shift *float32, pixels int, lo, hi float32)

//go:noescape
func affineRowAVX2(out, in, scale, shift *float32, pixels int, lo, hi float32)

//go:noescape
func addRowAVX512(out, a, b *float32, pixels int, lo, hi float32)

//go:noescape
func addRowAVX2(out, a, b *float32, pixels int, lo, hi float32)

func affineRow(level simd.Level, out, in, scale, shift []float32, lo, hi float32) {
	switch level {
	case simd.AVX512:
		affineRowAVX512(&out[0], &in[0], &scale[0], &shift[0], len(out)/Lanes, lo, hi)
	case simd.AVX2:
		affineRowAVX2(&out[0], &in[0], &scale[0], &shift[0], len(out)/Lanes, lo, hi)
	default:
		affineRowGeneric(out, in, scale, shift, lo, hi)
	}
}

func addRow(level simd.Level, out, a, b []float32, lo, hi float32) {
	switch level {
	case simd.AVX512:
		addRowAVX512(&out[0], &a[0], &b[0], len(out)/Lanes, lo, hi)
	case simd.AVX2:
		addRowAVX2(&out[0], &a[0], &b[0], len(out)/Lanes, lo, hi)
	default:
		addRowGeneric(out, a, b, lo, hi)
	}
}
