//go:build !amd64 || purego

package kernel

import "featurecache/simd"

func attentionTiles(_ simd.Level, n int) attentionTiling { return genericTiles(n) }

func (p *attentionProduct) run(simd.Level) { p.generic() }

func exponentials(_ simd.Level, scores, factors []float32, tiles, size, blocks int) {
	exponentialsGeneric(scores, factors, tiles, size, blocks)
}

func transposeKeys(simd.Level, []float32, []float32, []int32, []int32) bool { return false }

func copyRows(simd.Level, []float32, []float32, []int32, []int32, int, float32) bool { return false }
