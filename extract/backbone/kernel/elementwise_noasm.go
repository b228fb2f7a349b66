//go:build !amd64 || purego

package kernel

import "featurecache/simd"

func affineRow(_ simd.Level, out, in, scale, shift []float32, lo, hi float32) {
	affineRowGeneric(out, in, scale, shift, lo, hi)
}

func addRow(_ simd.Level, out, a, b []float32, lo, hi float32) { addRowGeneric(out, a, b, lo, hi) }
