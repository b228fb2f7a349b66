package kernel

import (
	"fmt"
	"math"
	"slices"
)

// An attentionGroup says where a group's tokens lie. A list that kernels read in tiles ends
// with repetitions of its last entry.
type attentionGroup struct {
	queries, keys int
	q, k, v, out  []int32 // offsets of pixels in channel block 0
	bias          []int32 // offsets of the queries' rows
}

func (g *attentionGroup) units() int { return (g.queries + attentionUnit - 1) / attentionUnit }

// keyBlocks is the number of vectors that a query's scores take.
func (g *attentionGroup) keyBlocks() int { return Blocks(g.keys) }

// An attentionHead says where a head's channels lie, as offsets from a pixel in block 0.
type attentionHead struct {
	q, k, v, out []int32
	qWhole       bool // whether each 8 channels of q lie side by side
	kWhole       bool
	vWhole       bool
	direct       bool // whether results fill whole blocks
}

// attentionLane is the number of channels or keys that the products' sums take at a time.
const attentionLane = 8

func whole(n, of int) int { return (n + of - 1) / of * of }

// NewAttention plans an attention. It takes what the exported fields say.
func NewAttention(a Attention) *Attention {
	a.check()
	for h := range a.Heads {
		var head attentionHead
		head.q, head.qWhole = channelOffsets(a.Q, a.QFrom[h], a.D)
		head.k, head.kWhole = channelOffsets(a.K, a.KFrom[h], a.D)
		head.v, head.vWhole = channelOffsets(a.V, a.VFrom[h], a.DV)
		head.out, _ = channelOffsets(a.Out, h*a.DV, a.DV)
		head.out = head.out[:a.DV]
		head.direct = a.DV%Lanes == 0
		a.heads = append(a.heads, head)
		a.bytes += 4 * (len(head.q) + len(head.k) + len(head.v) + len(head.out))
	}
	for g := range a.QPixels {
		n := attentionGroup{queries: len(a.QPixels[g]), keys: len(a.KPixels[g])}
		n.q, n.out = pixelOffsets(a.Q, a.QPixels[g], attentionUnit), pixelOffsets(a.Out, a.OutPixels[g], attentionUnit)
		n.k, n.v = pixelOffsets(a.K, a.KPixels[g], Lanes), pixelOffsets(a.V, a.KPixels[g], 1)
		for i := range n.q {
			row := min(i, n.queries-1) * n.keyBlocks() * Lanes
			if a.Bias == nil {
				row = 0
			}
			n.bias = append(n.bias, int32(row))
		}
		a.groups = append(a.groups, n)
		a.bytes += 4 * (len(n.q) + len(n.k) + len(n.v) + len(n.out) + len(n.bias))
	}
	a.packBiases()
	a.plan()
	a.Bias, a.BiasAt = nil, nil
	return &a
}

// check panics if the plan is wrong, which only a bug can cause.
func (a *Attention) check() {
	n := len(a.QPixels)
	if len(a.KPixels) != n || len(a.OutPixels) != n || len(a.QFrom) != a.Heads || len(a.KFrom) != a.Heads || len(a.VFrom) != a.Heads ||
		a.Bias != nil && len(a.BiasAt) != n*a.Heads || a.Q.Planar || a.K.Planar || a.V.Planar || a.Out.Planar || a.Out.C != a.Heads*a.DV {
		panic(fmt.Sprintf("kernel: attention of %d heads and %d groups from %v, %v and %v to %v", a.Heads, n, a.Q, a.K, a.V, a.Out))
	}
	for g := range n {
		if len(a.QPixels[g]) == 0 || len(a.KPixels[g]) == 0 || len(a.QPixels[g]) != len(a.OutPixels[g]) {
			panic(fmt.Sprintf("kernel: attention of %d queries and %d keys", len(a.QPixels[g]), len(a.KPixels[g])))
		}
	}
}

// pixelOffsets are where pixels lie in a layout, in channel block 0. The last is repeated up to
// a multiple of of.
func pixelOffsets(l Layout, pixels []int32, of int) []int32 {
	at := make([]int32, whole(len(pixels), of))
	for i := range at {
		p := int(pixels[min(i, len(pixels)-1)])
		at[i] = int32(l.Offset(0, p/l.W, p%l.W))
	}
	return at
}

// channelOffsets are where n channels lie, from the first on, and whether each 8 of them lie
// side by side. If so, the list goes on to a multiple of 8.
func channelOffsets(l Layout, first, n int) (at []int32, eights bool) {
	eights = first%attentionLane == 0
	if eights {
		n = whole(n, attentionLane)
	}
	for c := first; c < first+n; c++ {
		at = append(at, int32(c/Lanes*l.BlockStride()+c%Lanes))
	}
	return at, eights
}

// packBiases lays the biases out as the scores lie, in rows of whole vectors. Keys that don't
// exist are masked; that is all there is without a bias. Equal matrices are kept once.
func (a *Attention) packBiases() {
	known := make(map[[3]int][]float32)  // by place and size
	packed := make(map[uint64][]float32) // by a hash of all
	for g := range a.groups {
		n := &a.groups[g]
		for h := range a.Heads {
			rows, at := 1, 0
			if a.Bias != nil {
				rows, at = n.queries, a.BiasAt[g*a.Heads+h]
			}
			key := [3]int{at, rows, n.keys}
			b := known[key]
			if b == nil {
				b = a.packBias(at, rows, n.keys)
				hash := hashOf(b)
				if old := packed[hash]; slices.Equal(old, b) {
					b = old
				} else {
					packed[hash] = b
					a.bytes += 4 * len(b)
				}
				known[key] = b
			}
			a.biases = append(a.biases, b)
		}
	}
}

func (a *Attention) packBias(at, rows, keys int) []float32 {
	stride := Blocks(keys) * Lanes
	b := Alloc(rows * stride)
	for i := range rows {
		row := b[i*stride:][:stride]
		if a.Bias != nil {
			copy(row, a.Bias[at+i*keys:][:keys])
		}
		for j := keys; j < stride; j++ {
			row[j] = float32(math.Inf(-1))
		}
	}
	return b
}

// hashOf is FNV's hash of numbers.
func hashOf(v []float32) uint64 {
	h := uint64(14695981039346656037)
	for _, x := range v {
		h = (h ^ uint64(math.Float32bits(x))) * 1099511628211
	}
	return h
}
