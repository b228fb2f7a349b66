//go:build amd64 && !purego

package kernel

import "featurecache/simd"

// attentionArgs is what the products' assembly reads; asm/attention.go knows its offsets.
// Steps are in bytes.
type attentionArgs struct {
	in, weights, out *float32
	add, factors     *float32
	at               *int32
	tiles, units     int // units of 8 inputs
	weightBlock      int
	inTile, outTile  int
	outBlock         int
}

// The kernels are [attentionProduct.generic] for one or two blocks, with tiles of 12 queries
// (AVX-512) or 6 (AVX2), and tails of 4.

//go:noescape
func attentionScoresAVX512x2(a *attentionArgs)

//go:noescape
func attentionScoresAVX512x1(a *attentionArgs)

//go:noescape
func attentionScoresAVX512x2Tail(a *attentionArgs)

//go:noescape
func attentionScoresAVX512x1Tail(a *attentionArgs)

//go:noescape
func attentionScoresAVX2(a *attentionArgs)

//go:noescape
func attentionScoresAVX2Tail(a *attentionArgs)

//go:noescape
func attentionResultsAVX512x2(a *attentionArgs)

//go:noescape
func attentionResultsAVX512x1(a *attentionArgs)

//go:noescape
func attentionResultsAVX512x2Tail(a *attentionArgs)

//go:noescape
func attentionResultsAVX512x1Tail(a *attentionArgs)

//go:noescape
func attentionResultsAVX2(a *attentionArgs)

//go:noescape
func attentionResultsAVX2Tail(a *attentionArgs)

// attentionTailRows is the size of the small tiles.
const attentionTailRows = 4

// attentionTiles divides n queries. A rest of up to two thirds of a tile is faster in small
// tiles: a window of 49 queries is 4 tiles of 12 and 1 query.
func attentionTiles(level simd.Level, n int) attentionTiling {
	t := attentionTiling{small: attentionTailRows}
	switch level {
	case simd.AVX512:
		t.size = 12
	case simd.AVX2:
		t.size = 6
	default:
		return genericTiles(n)
	}
	t.tiles = n / t.size
	if rest := n % t.size; rest > t.size*2/3 {
		t.tiles++
	} else {
		t.tails = (rest + t.small - 1) / t.small
	}
	return t
}

func (p *attentionProduct) run(level simd.Level) {
	if level == simd.Generic {
		p.generic()
		return
	}
	a := attentionArgs{
		in: &p.in[0], at: &p.at[0], tiles: p.tiles, units: p.depth / attentionLane,
		weightBlock: 4 * p.depth * Lanes, inTile: 4 * p.inTile, outTile: 4 * p.outTile, outBlock: 4 * p.outBlock,
	}
	together := 1
	if level == simd.AVX512 {
		together = 2
	}
	for b := 0; b < p.blocks; b += together {
		a.weights = &p.weights[b*p.depth*Lanes]
		if p.add != nil {
			a.out, a.add = &p.out[b*p.size*Lanes], &p.add[b*Lanes]
			p.scores(level, &a, min(together, p.blocks-b))
			continue
		}
		a.out, a.factors = &p.out[b*p.outBlock], &p.factors[0]
		p.results(level, &a, min(together, p.blocks-b))
	}
}

func (p *attentionProduct) scores(level simd.Level, a *attentionArgs, blocks int) {
	tail := p.size == attentionTailRows
	switch {
	case level == simd.AVX2 && tail:
		attentionScoresAVX2Tail(a)
	case level == simd.AVX2:
		attentionScoresAVX2(a)
	case blocks == 2 && tail:
		attentionScoresAVX512x2Tail(a)
	case blocks == 2:
		attentionScoresAVX512x2(a)
	case tail:
		attentionScoresAVX512x1Tail(a)
	default:
		attentionScoresAVX512x1(a)
	}
}

func (p *attentionProduct) results(level simd.Level, a *attentionArgs, blocks int) {
	tail := p.size == attentionTailRows
	switch {
	case level == simd.AVX2 && tail:
		attentionResultsAVX2Tail(a)
	case level == simd.AVX2:
		attentionResultsAVX2(a)
	case blocks == 2 && tail:
		attentionResultsAVX512x2Tail(a)
	case blocks == 2:
		attentionResultsAVX512x2(a)
	case tail:
		attentionResultsAVX512x1Tail(a)
	default:
		attentionResultsAVX512x1(a)
	}
}

// The kernels are [exponentialsGeneric]; table is [expTable].

//go:noescape
func exponentialsAVX512(scores, factors *float32, tiles, size, blocks int, table *float32)

//go:noescape
func exponentialsAVX2(scores, factors *float32, tiles, size, blocks int, table *float32)

func exponentials(level simd.Level, scores, factors []float32, tiles, size, blocks int) {
	switch level {
	case simd.AVX512:
		exponentialsAVX512(&scores[0], &factors[0], tiles, size, blocks, &expTable[0])
	case simd.AVX2:
		exponentialsAVX2(&scores[0], &factors[0], tiles, size, blocks, &expTable[0])
	default:
		exponentialsGeneric(scores, factors, tiles, size, blocks)
	}
}

// transposeRows writes [8·units][16]: of 16 pixels at src+pixels each 8 channels that begin
// at a channel of the list.
//
//go:noescape
func transposeRows(dst, src *float32, pixels, channels *int32, units int)

// scaleRows writes units of 8 channels of n pixels: [units/2][n][16] with block bytes between
// blocks, times scale.
//
//go:noescape
func scaleRows(dst, src *float32, pixels, channels *int32, n, units, block int, scale float32)

// transposeKeys is packKeys for one block, if the level has a kernel for it.
func transposeKeys(level simd.Level, dst, src []float32, pixels, channels []int32) bool {
	if level == simd.Generic {
		return false
	}
	transposeRows(&dst[0], &src[0], &pixels[0], &channels[0], len(channels)/attentionLane)
	return true
}

// copyRows copies channels of pixels into blocks of block floats, times scale, if the level has
// a kernel for it.
func copyRows(level simd.Level, dst, src []float32, pixels, channels []int32, block int, scale float32) bool {
	if level == simd.Generic {
		return false
	}
	scaleRows(&dst[0], &src[0], &pixels[0], &channels[0], len(pixels), len(channels)/attentionLane, 4*block, scale)
	return true
}
