package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
)

// attentionCase is an attention of groups of queries and keys. gap is the number of channels
// between heads, and before the first.
type attentionCase struct {
	groups, queries, keys int
	heads, d, dv, gap     int
	bias                  int // 0: none; else the number of different matrices
	packed                bool
	level                 float64 // how far scores lie from 0
}

// attentionData is an attention and what it reads.
type attentionData struct {
	Attention
	q, k, v []float32
}

func (tc attentionCase) data(rng *rand.Rand) *attentionData {
	a := &attentionData{Attention: Attention{Heads: tc.heads, D: tc.d, DV: tc.dv, Scale: float32(1 / math.Sqrt(float64(tc.d)))}}
	layout := func(channels, pixels int) Layout {
		l := Layout{C: channels, H: 3, W: (pixels+2)/3 + 1, Top: 1, Left: 2}
		l.Rows, l.Cols = l.H+2, l.W+3
		return l
	}
	choose := func(l Layout, n int) (groups [][]int32) { // every pixel at most once
		all := rng.Perm(l.H * l.W)
		for range tc.groups {
			var pixels []int32
			for _, p := range all[:n] {
				pixels = append(pixels, int32(p))
			}
			groups, all = append(groups, pixels), all[n:]
		}
		return groups
	}
	from := func(first, size int) (at []int) {
		for h := range tc.heads {
			at = append(at, first+tc.gap+h*(size+tc.gap))
		}
		return at
	}
	span := func(size int) int { return tc.gap + tc.heads*(size+tc.gap) }
	switch {
	case tc.packed: // q, k and v are channels of one value
		n := max(tc.queries, tc.keys) * tc.groups
		a.Q = layout(2*span(tc.d)+span(tc.dv), n)
		a.K, a.V = a.Q, a.Q
		a.QFrom, a.KFrom, a.VFrom = from(0, tc.d), from(span(tc.d), tc.d), from(2*span(tc.d), tc.dv)
	default:
		a.Q, a.K, a.V = layout(span(tc.d), tc.queries*tc.groups), layout(span(tc.d), tc.keys*tc.groups), layout(span(tc.dv), tc.keys*tc.groups)
		a.V.H, a.V.W = a.K.H, a.K.W
		a.QFrom, a.KFrom, a.VFrom = from(0, tc.d), from(0, tc.d), from(0, tc.dv)
	}
	a.Out = layout(tc.heads*tc.dv, tc.queries*tc.groups)
	a.QPixels, a.KPixels, a.OutPixels = choose(a.Q, tc.queries), choose(a.K, tc.keys), choose(a.Out, tc.queries)
	size := tc.queries * tc.keys
	a.Bias = nil
	if tc.bias > 0 {
		a.Bias = draw(rng, tc.bias*size)
		for i := range a.Bias {
			if rng.IntN(5) == 0 && i%tc.keys > 0 {
				a.Bias[i] = -inf32
			}
			a.Bias[i] += float32(tc.level)
		}
		for i := range tc.groups * tc.heads {
			a.BiasAt = append(a.BiasAt, i%tc.bias*size)
		}
	}
	value := func(l Layout) []float32 {
		v, _ := guarded(l.Len())
		fill(rng, v, l, 1)
		return v
	}
	a.q, a.k, a.v = value(a.Q), value(a.K), value(a.V)
	if tc.packed {
		a.k, a.v = a.q, a.q
	}
	if tc.level > 0 {
		for i := range a.q {
			a.q[i] *= float32(tc.level)
		}
	}
	return a
}

// want computes with float64: [Heads·DV] for each pixel of Out, nil for those that are not
// written.
func (a *attentionData) want() [][]float64 {
	out := make([][]float64, a.Out.H*a.Out.W)
	value := func(v []float32, l Layout, c int, p int32) float64 {
		return float64(at(v, l, 0, c, int(p)/l.W, int(p)%l.W))
	}
	for g := range a.QPixels {
		for i, p := range a.QPixels[g] {
			row := make([]float64, a.Heads*a.DV)
			for h := range a.Heads {
				keys := a.KPixels[g]
				score := make([]float64, len(keys))
				for j, k := range keys {
					for c := range a.D {
						score[j] += value(a.q, a.Q, a.QFrom[h]+c, p) * value(a.k, a.K, a.KFrom[h]+c, k)
					}
					score[j] *= float64(a.Scale)
					if a.Bias != nil {
						score[j] += float64(a.Bias[a.BiasAt[g*a.Heads+h]+i*len(keys)+j])
					}
				}
				top, sum := slices.Max(score), 0.0
				for j := range score {
					score[j] = math.Exp(score[j] - top)
					sum += score[j]
				}
				for j, k := range keys {
					for c := range a.DV {
						row[h*a.DV+c] += score[j] / sum * value(a.v, a.V, a.VFrom[h]+c, k)
					}
				}
			}
			out[a.OutPixels[g][i]] = row
		}
	}
	return out
}
