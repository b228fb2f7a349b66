//go:build !amd64 || purego

package kernel

import "featurecache/simd"

func (n *Norm) row(_ simd.Level, out, in []float32, pixels, first, size int) {
	n.rowGeneric(out, in, pixels, first, size)
}
