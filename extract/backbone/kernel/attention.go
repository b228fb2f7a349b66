package kernel

import (
	"slices"

	"featurecache/simd"
)

// Attention is out = softmax(Scale·q·kᵀ + Bias)·v for each head of each group of tokens.
type Attention struct {
	Q, K, V, Out Layout
	Heads        int
	D, DV        int // channels of a head in Q and K, and in V

	// The first channel of each head in Q, K and V. Head h's results begin at channel h·DV.
	QFrom, KFrom, VFrom []int

	// For each group the pixels y·W+x of its queries, of its keys and values, and of its
	// results.
	QPixels, KPixels, OutPixels [][]int32

	Scale  float32
	Bias   []float32 // matrices [queries, keys], row-major; nil for none
	BiasAt []int     // where that of group g and head h begins: BiasAt[g·Heads + h]

	plans []*attentionPlan // by group
}

// attentionPlan is what an attention does for one group.
type attentionPlan struct {
	queries, keys int
	q, k, v, out  []int32 // offsets of the tokens' pixels, in channel block 0
	scores, value *multiplication
	rows          int         // queries that are computed together
	bias          [][]float32 // by head, [keys/16][queries][16]
}

// attentionRows bounds the queries of a tile: their scores stay in the second-level cache.
const attentionRows = 4 * tile

// NewAttention plans an attention.
func NewAttention(a Attention) *Attention {
	known := make(map[[3]int]*attentionPlan)
	for g := range a.QPixels {
		p := &attentionPlan{queries: len(a.QPixels[g]), keys: len(a.KPixels[g])}
		p.rows = min(attentionRows, (p.queries+tile-1)/tile*tile)
		p.q, p.k, p.v = pixelOffsets(a.Q, a.QPixels[g]), pixelOffsets(a.K, a.KPixels[g]), pixelOffsets(a.V, a.KPixels[g])
		p.out = pixelOffsets(a.Out, a.OutPixels[g])
		key := [3]int{p.rows, p.keys}
		if same := known[key]; same != nil {
			p.scores, p.value = same.scores, same.value
		} else {
			known[key] = p
			res := Layout{}
			if a.Bias != nil {
				res = oneRow(p.keys, p.rows)
			}
			p.scores = newMultiplication(p.rows, a.D, oneRow(p.keys, p.rows), res, nil)
			p.value = newMultiplication(p.rows, Blocks(p.keys)*Lanes, oneRow(a.DV, p.rows), Layout{}, nil)
		}
		a.plans = append(a.plans, p)
	}
	return &a
}

// pixelOffsets are where pixels lie in a layout, in channel block 0.
func pixelOffsets(l Layout, pixels []int32) []int32 {
	at := make([]int32, len(pixels))
	for i, p := range pixels {
		at[i] = int32(l.Offset(0, int(p)/l.W, int(p)%l.W))
	}
	return at
}

// Bytes is the size of what the layer holds.
func (a *Attention) Bytes() int { return 4 * len(a.Bias) }

// AttentionScratch is the memory that one goroutine needs for an [Attention].
type AttentionScratch struct {
	keys, values, queries, scores, bias, out []float32
}

// NewScratch makes memory for one goroutine.
func (a *Attention) NewScratch() *AttentionScratch {
	s := &AttentionScratch{}
	for _, p := range a.plans {
		grow := func(v []float32, n int) []float32 { return slices.Grow(v[:0], max(n, cap(v)))[:max(n, cap(v))] }
		s.keys = grow(s.keys, p.scores.packed())
		s.values = grow(s.values, p.value.packed())
		s.queries = grow(s.queries, Blocks(a.D)*Lanes*p.rows)
		s.scores = grow(s.scores, Blocks(p.keys)*Lanes*p.rows)
		s.out = grow(s.out, Blocks(a.DV)*Lanes*p.rows)
		if a.Bias != nil {
			s.bias = grow(s.bias, Blocks(p.keys)*Lanes*p.rows)
		}
	}
	return s
}

// Run computes the share s of the groups and heads of one image.
func (a *Attention) Run(level simd.Level, dst, q, k, v []float32, scratch *AttentionScratch, s Share) {
	from, to := s.Of(len(a.plans) * a.Heads)
	for i := from; i < to; i++ {
		a.head(level, dst, q, k, v, scratch, i/a.Heads, i%a.Heads)
	}
}

// head computes one head of a group.
func (a *Attention) head(level simd.Level, dst, q, k, v []float32, s *AttentionScratch, g, h int) {
	p := a.plans[g]
	clear(s.keys[:p.scores.packed()])
	for i, at := range p.k {
		for c := range a.D {
			ch := a.KFrom[h] + c
			s.keys[p.scores.place(c, i)] = k[int(at)+ch/Lanes*a.K.BlockStride()+ch%Lanes]
		}
	}
	clear(s.values[:p.value.packed()])
	for i, at := range p.v {
		for c := range a.DV {
			ch := a.VFrom[h] + c
			s.values[p.value.place(i, c)] = v[int(at)+ch/Lanes*a.V.BlockStride()+ch%Lanes]
		}
	}
	for first := 0; first < p.queries; first += p.rows {
		n := min(p.rows, p.queries-first)
		for i := range p.rows {
			at := p.q[first+min(i, n-1)]
			for c := range a.D {
				ch := a.QFrom[h] + c
				s.queries[(c/Lanes*p.rows+i)*Lanes+c%Lanes] = q[int(at)+ch/Lanes*a.Q.BlockStride()+ch%Lanes] * a.Scale
			}
		}
		var bias []float32
		if a.Bias != nil {
			bias = s.bias
			m := a.Bias[a.BiasAt[g*a.Heads+h]:]
			for i := range p.rows {
				row := m[(first+min(i, n-1))*p.keys:][:p.keys]
				for c, x := range row {
					bias[(c/Lanes*p.rows+i)*Lanes+c%Lanes] = x
				}
			}
		}
		p.scores.run(level, s.scores, s.queries, s.keys, bias)
		soft := Softmax{In: oneRow(p.keys, p.rows), Out: oneRow(p.keys, p.rows)}
		soft.Run(s.scores, s.scores, Share{})
		for c := p.keys; c < Blocks(p.keys)*Lanes; c++ {
			for i := range p.rows {
				s.scores[(c/Lanes*p.rows+i)*Lanes+c%Lanes] = 0
			}
		}
		p.value.run(level, s.out, s.scores, s.values, nil)
		for i := range n {
			at := int(p.out[first+i])
			for c := range a.DV {
				ch := h*a.DV + c
				dst[at+ch/Lanes*a.Out.BlockStride()+ch%Lanes] = s.out[(c/Lanes*p.rows+i)*Lanes+c%Lanes]
			}
		}
	}
}
