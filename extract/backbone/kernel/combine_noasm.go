//go:build !amd64 || purego

package kernel

import "featurecache/simd"

func arithmeticRow(_ simd.Level, op Combination, out, a, b []float32) {
	arithmeticRowGeneric(op, out, a, b)
}
