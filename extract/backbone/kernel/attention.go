package kernel

import (
	"fmt"

	"featurecache/simd"
)

// Attention is out = softmax(Scale·q·kᵀ + Bias)·v for each head of each group of tokens.
// Tokens are pixels, and their features are channels. It is immutable once made.
//
// # Numerics
//
// A score is one chain of fused multiply-adds in float32 that starts at +0 and runs over the
// head's channels, of which q has been multiplied by Scale; the channels that are missing to
// a multiple of 8 take part as zeros. Then the bias is added, or 0. With m the largest score
// of a query, e = e^−(m − score) as [Sigmoid] computes it, and 0 if m − score > 87. The sum
// of e runs over 16 lanes, key j in lane j mod 16, each in order; then lanes l and l+8 are
// added, then l and l+4, and so on. A result is a chain of fused multiply-adds of e and v
// over the keys, to a multiple of 8 with zeros, times the reciprocal of the sum.
//
// A bias of −Inf masks a key. A query with nothing but masked keys has NaN as its results,
// as in PyTorch, and so has one with a score of NaN or +Inf.
type Attention struct {
	Q, K, V, Out Layout // not planar; Q, K and V may be of one value
	Heads        int
	D, DV        int // channels of a head in Q and K, and in V

	// The first channel of each head in Q, K and V; multiples of 8 are fast. Head h's results
	// begin at channel h·DV.
	QFrom, KFrom, VFrom []int

	// For each group the pixels y·W+x of its queries, of its keys and values, and of its
	// results.
	QPixels, KPixels, OutPixels [][]int32

	Scale  float32
	Bias   []float32 // matrices [queries, keys], row-major; nil for none
	BiasAt []int     // where that of group g and head h begins: BiasAt[g·Heads + h]

	groups  []attentionGroup
	heads   []attentionHead
	biases  [][]float32 // by g·Heads + h, [queries][16·Blocks(keys)], or one row for all queries
	bytes   int
	rows    int     // queries that are computed together
	inOrder []int32 // offsets of their results in memory of their own
	scratch attentionScratch
}

// attentionUnit is a multiple of the number of queries that every level computes together.
const attentionUnit = tile

// Scratch is the number of floats that [Attention.Run] needs to work in, which a goroutine's
// layers may share.
func (a *Attention) Scratch() int { return a.scratch.total() }

// Bytes is the size of the packed biases and of the lists of tokens.
func (a *Attention) Bytes() int { return a.bytes }

// Run computes the share s of one image. scratch has [Attention.Scratch] floats; dst must share
// no memory with what is read. Heads are shared, and the queries of a head where a share
// ends within one.
func (a *Attention) Run(level simd.Level, dst, q, k, v, scratch []float32, s Share) {
	if len(dst) < a.Out.Len() || len(q) < a.Q.Len() || len(k) < a.K.Len() || len(v) < a.V.Len() || len(scratch) < a.Scratch() {
		panic(fmt.Sprintf("kernel: attention on buffers of %d, %d, %d, %d and %d floats", len(dst), len(q), len(k), len(v), len(scratch)))
	}
	units := 0
	for i := range a.groups {
		units += a.groups[i].units() * a.Heads
	}
	from, to := s.Of(units)
	run := attentionRun{Attention: a, level: level, dst: dst, q: q, k: k, v: v, attentionMemory: a.scratch.cut(scratch)}
	first := 0
	for g := range a.groups {
		n := a.groups[g].units()
		for h := range a.Heads {
			if lo, hi := max(from-first, 0), min(to-first, n); lo < hi {
				run.head(g, h, lo*attentionUnit, min(hi*attentionUnit, a.groups[g].queries))
			}
			first += n
		}
	}
}

// attentionRun is a run of an attention.
type attentionRun struct {
	*Attention
	level        simd.Level
	dst, q, k, v []float32
	attentionMemory
}

// head computes the queries from, …, to−1 of a head of a group. Keys and values become the
// weights of matrix products. The scores of a few queries stay in the cache.
func (r *attentionRun) head(g, h, from, to int) {
	group, head := &r.groups[g], &r.heads[h]
	r.packKeys(group, head)
	r.packValues(group, head)
	for ; from < to; from += r.rows {
		t := attentionTiles(r.level, min(r.rows, to-from))
		r.packQueries(group, head, t, from)
		r.scoresOf(group, r.biases[g*r.Heads+h], t, from)
		r.exponentials(group, t)
		if head.direct {
			r.results(r.dst[head.out[0]:], r.Out.BlockStride(), group, t, group.out[from:])
			continue
		}
		r.results(r.result, r.rows*Lanes, group, t, r.inOrder)
		r.spread(group, head, from, min(r.rows, to-from))
	}
}

// spread writes results of a head whose channels don't fill blocks of the output.
func (r *attentionRun) spread(group *attentionGroup, head *attentionHead, from, n int) {
	for i := range n {
		out := r.dst[group.out[from+i]:]
		if r.DV%attentionLane == 0 { // 8 channels lie side by side, here and there
			for c := 0; c < r.DV; c += attentionLane {
				*(*[attentionLane]float32)(out[head.out[c]:]) = [attentionLane]float32(r.result[(c/Lanes*r.rows+i)*Lanes+c%Lanes:])
			}
			continue
		}
		for c, at := range head.out {
			out[at] = r.result[(c/Lanes*r.rows+i)*Lanes+c%Lanes]
		}
	}
}

// An attentionTiling divides queries: into tiles of size, and then into small ones. A tile
// lies as [channels/16][queries][16].
type attentionTiling struct {
	size, tiles  int
	small, tails int // of small queries each
}

// each calls f for all tiles of a size, first being the number of queries before them.
func (t attentionTiling) each(f func(size, tiles, first int)) {
	if t.tiles > 0 {
		f(t.size, t.tiles, 0)
	}
	if t.tails > 0 {
		f(t.small, t.tails, t.size*t.tiles)
	}
}
