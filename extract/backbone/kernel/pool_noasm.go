//go:build !amd64 || purego

package kernel

import "featurecache/simd"

func (p *Pool) row(_ simd.Level, out, in []float32, y int) { p.rowGeneric(out, in, y) }
