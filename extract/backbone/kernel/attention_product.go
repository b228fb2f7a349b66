package kernel

import (
	"math"
)

// An attentionProduct is a product of a few queries, in tiles of one size, with packed
// weights.
type attentionProduct struct {
	in            []float32 // tiles, [depth/16][size][16]
	weights       []float32 // [blocks][depth][16]
	out           []float32
	at            []int32   // by query: its row of add, or where its results go
	add           []float32 // biases [row][16·blocks] of scores, else nil
	factors       []float32 // what the query's results are multiplied by, else nil
	size, tiles   int
	depth, blocks int // depth is a multiple of 8
	inTile        int // floats of a tile
	outTile       int // of scores, whose tiles lie as [blocks][size][16]
	outBlock      int // of results: floats between blocks
}

// scoresOf computes q·kᵀ and adds the biases.
func (r *attentionRun) scoresOf(g *attentionGroup, biases []float32, t attentionTiling, from int) {
	channels, keys := Blocks(r.D)*Lanes, g.keyBlocks()*Lanes
	t.each(func(size, tiles, first int) {
		p := attentionProduct{
			in: r.queries[first*channels:], weights: r.keys, out: r.scores[first*keys:],
			at: g.bias[from+first:], add: biases,
			size: size, tiles: tiles, depth: whole(r.D, attentionLane), blocks: g.keyBlocks(),
			inTile: channels * size, outTile: keys * size,
		}
		p.run(r.level)
	})
}

// exponentials replaces scores by e to their power, to be multiplied by the factors.
func (r *attentionRun) exponentials(g *attentionGroup, t attentionTiling) {
	t.each(func(size, tiles, first int) {
		exponentials(r.level, r.scores[first*g.keyBlocks()*Lanes:], r.factors[first:], tiles, size, g.keyBlocks())
	})
}

// results computes the products with v, which go to dst+at.
func (r *attentionRun) results(dst []float32, outBlock int, g *attentionGroup, t attentionTiling, at []int32) {
	keys := g.keyBlocks() * Lanes
	t.each(func(size, tiles, first int) {
		p := attentionProduct{
			in: r.scores[first*keys:], weights: r.values, out: dst, at: at[first:], factors: r.factors[first:],
			size: size, tiles: tiles, depth: whole(g.keys, attentionLane), blocks: Blocks(r.DV),
			inTile: keys * size, outBlock: outBlock,
		}
		p.run(r.level)
	})
}

// generic defines what the assembly computes.
func (p *attentionProduct) generic() {
	for i := range p.tiles * p.size {
		tile, row := i/p.size, i%p.size
		in := p.in[tile*p.inTile:]
		for b := range p.blocks {
			var acc [Lanes]float32
			for k := range p.depth {
				x := in[(k/Lanes*p.size+row)*Lanes+k%Lanes]
				for l, w := range p.weights[(b*p.depth+k)*Lanes:][:Lanes] {
					acc[l] = FMA(x, w, acc[l])
				}
			}
			if p.add != nil {
				out, add := p.out[tile*p.outTile+(b*p.size+row)*Lanes:][:Lanes], p.add[int(p.at[i])+b*Lanes:]
				for l := range out {
					out[l] = acc[l] + add[l]
				}
				continue
			}
			out := p.out[int(p.at[i])+b*p.outBlock:][:Lanes]
			for l := range out {
				out[l] = acc[l] * p.factors[i]
			}
		}
	}
}

// exponentialsGeneric defines [exponentials]: of tiles of scores [blocks][size][16], for each
// query e^(score − the largest), and the reciprocal of their sum.
func exponentialsGeneric(scores, factors []float32, tiles, size, blocks int) {
	for i := range tiles * size {
		row := scores[i/size*size*blocks*Lanes+i%size*Lanes:]
		var m, sum lanes
		for l := range m {
			m[l] = float32(math.Inf(-1))
		}
		for b := range blocks {
			for l, x := range row[b*size*Lanes:][:Lanes] {
				m[l] = larger(m[l], x)
			}
		}
		top := m.fold(larger)
		for b := range blocks {
			row := row[b*size*Lanes:][:Lanes]
			for l, x := range row {
				row[l] = expBelow(top - x)
				sum[l] += row[l]
			}
		}
		factors[i] = 1 / sum.sum()
	}
}

// expBelow is e^−x for x of 0 and more: 0 where that is less than 2^−125.
func expBelow(x float32) float32 {
	if x > expLimit {
		return 0
	}
	return expNeg(x)
}

// larger is MAXPS: y if one of them is NaN.
func larger(x, y float32) float32 {
	if x > y {
		return x
	}
	return y
}

// A tile's size where there are no kernels.
func genericTiles(n int) attentionTiling {
	return attentionTiling{size: attentionUnit, tiles: whole(n, attentionUnit) / attentionUnit}
}
