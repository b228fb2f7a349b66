package graph

import (
	"fmt"
	"math"
	"slices"
)

// An attention of queries, keys and values that were found, wherever they lie.

// heads are the operands of an attention of one image: q is [batch,m,d], k is [batch,n,d]
// and v is [batch,n,e]. bias is as in scores.
type heads struct {
	q, k, v operand
	scale   float64
	bias    []float64
}

// attend adds an attention. Its result is [batch,m,e].
func (l *lowering) attend(n *node, h heads) (operand, error) {
	batch := int(h.q.dims[0])
	var reads [3]reads
	for _, x := range []operand{h.q, h.k, h.v} {
		size, _ := count(x.dims)
		if err := l.spendTable(4 * size); err != nil {
			return operand{}, err
		}
	}
	for _, x := range []*operand{&h.q, &h.k} { // a factor of all is one of the scores
		from, by := l.source(*x)
		*x, h.scale = from, h.scale*by
	}
	if from, by := l.source(h.v); by == 1 {
		h.v = from
	}
	for i, x := range []*operand{&h.q, &h.k, &h.v} {
		var ok bool
		if reads[i], ok = x.reads(); !ok {
			y, err := l.byToken(n, *x, 2)
			if err != nil {
				return operand{}, err
			}
			*x = y
			if reads[i], ok = x.reads(); !ok {
				return operand{}, unsupported("its matrices of shape %v lie in an order that can't run", x.dims)
			}
		}
	}
	groups, count, ok := divided(reads, batch)
	if !ok {
		// Each matrix by itself.
		for i, x := range []*operand{&h.q, &h.k, &h.v} {
			if err := l.separate(n, x); err != nil {
				return operand{}, err
			}
			reads[i], _ = x.reads()
		}
		if groups, count, ok = divided(reads, batch); !ok {
			return operand{}, unsupported("its heads lie in an order that can't run")
		}
	}
	a := &Attention{Q: h.q.val, K: h.k.val, V: h.v.val, D: int(h.q.dims[2]), DV: int(h.v.dims[2]), Scale: float32(h.scale)}
	return l.placed(n, a, h, reads, groups, count)
}

// source follows an operand back, as long as its tokens stay pixels of one value, through
// layers that only pick, and through factors of all elements. It returns the factor.
func (l *lowering) source(x operand) (from operand, factor float64) {
	factor = 1
	for {
		y := x
		switch m := l.maker[x.val].(type) {
		case *affine:
			if m.act.Kind != None || !uniform(m.scale) || !uniform(m.shift) || m.shift[0] != 0 {
				return x, factor
			}
			factor *= m.scale[0]
			y.val = m.In
		case *Gather:
			size, _ := count(x.dims)
			if len(m.In) != 1 || l.spendTable(2*size) != nil {
				return x, factor
			}
			at := x.viewed().table(x.dims)
			all := part{axes: []int{0, 1, 2}, at: make([]int32, len(at))}
			for i, k := range at {
				all.at[i] = nowhere
				if k != nowhere && m.From[k] >= 0 {
					all.at[i] = m.From[k]
				}
			}
			y.val, y.view = m.In[0], view{all}
			if _, ok := y.reads(); !ok {
				return x, factor
			}
		default:
			return x, factor
		}
		x = y
	}
}

// reads are where the matrices of a [batch,tokens,size] operand lie: the first channel, and
// the tokens' pixels, of each.
type reads struct {
	from   []int
	pixels [][]int32
}

// reads finds matrices each of whose tokens is one pixel, and whose features are channels
// in order.
func (x operand) reads() (reads, bool) {
	batch, tokens, size := int(x.dims[0]), int(x.dims[1]), int(x.dims[2])
	plane := x.val.Shape.H * x.val.Shape.W
	r := reads{make([]int, batch), make([][]int32, batch)}
	table := x.viewed().table(x.dims)
	for b := range batch {
		m := table[b*tokens*size:][:tokens*size]
		if m[0] == nowhere {
			return reads{}, false
		}
		r.from[b] = int(m[0]) / plane
		r.pixels[b] = make([]int32, tokens)
		for t := range tokens {
			row := m[t*size:][:size]
			for c, at := range row {
				if at == nowhere || int(at)/plane != r.from[b]+c || int(at)%plane != int(row[0])%plane {
					return reads{}, false
				}
			}
			r.pixels[b][t] = row[0] % int32(plane)
		}
	}
	return r, true
}

// divided divides the matrices into groups, which share their tokens, and heads, which share
// their channels: matrix b is head heads[b] of group groups[b]. It reports false unless
// each head is once in each group.
func divided(r [3]reads, batch int) (groups, heads []int, ok bool) {
	groups, heads = make([]int, batch), make([]int, batch)
	known := [2]map[string]int{{}, {}}
	number := func(of map[string]int, key string) int {
		if _, ok := of[key]; !ok {
			of[key] = len(of)
		}
		return of[key]
	}
	for b := range batch {
		if !slices.Equal(r[1].pixels[b], r[2].pixels[b]) {
			return nil, nil, false
		}
		groups[b] = number(known[0], fmt.Sprint(r[0].pixels[b], r[1].pixels[b]))
		heads[b] = number(known[1], fmt.Sprint(r[0].from[b], r[1].from[b], r[2].from[b]))
	}
	g, h := slices.Max(groups)+1, slices.Max(heads)+1
	if g*h != batch {
		return nil, nil, false
	}
	seen := make([]bool, batch)
	for b := range batch {
		i := groups[b]*h + heads[b]
		if seen[i] {
			return nil, nil, false
		}
		seen[i] = true
	}
	return groups, heads, true
}

// separate makes each matrix of x a group of pixels of its own.
func (l *lowering) separate(n *node, x *operand) error {
	s := Shape{int(x.dims[2]), int(x.dims[0]), int(x.dims[1])}
	perm := []int64{2, 0, 1}
	turned := l.turn(*x, perm)
	from, err := l.table(turned)
	if err != nil {
		return err
	}
	v, err := l.gather(n, *x, s, from)
	if err != nil {
		return err
	}
	*x = l.turn(operand{val: v, dims: turned.dims, typ: x.typ}, inverse(perm))
	return nil
}

// placed completes an attention: where its groups and heads lie, and its result.
func (l *lowering) placed(n *node, a *Attention, h heads, r [3]reads, groups, order []int) (operand, error) {
	batch, m, keys := int(h.q.dims[0]), int(h.q.dims[1]), int(h.k.dims[1])
	g, count := slices.Max(groups)+1, slices.Max(order)+1
	a.QFrom, a.KFrom, a.VFrom = make([]int, count), make([]int, count), make([]int, count)
	a.QPixels, a.KPixels, a.OutPixels = make([][]int32, g), make([][]int32, g), make([][]int32, g)
	for b := range batch {
		a.QFrom[order[b]], a.KFrom[order[b]], a.VFrom[order[b]] = r[0].from[b], r[1].from[b], r[2].from[b]
		a.QPixels[groups[b]], a.KPixels[groups[b]] = r[0].pixels[b], r[1].pixels[b]
	}
	if !isFinite([]float32{a.Scale}) {
		return operand{}, invalid("its scale is not finite: the file is damaged")
	}
	// The results lie as the queries do if they are all of their value's pixels.
	s := Shape{count * a.DV, 1, g * m}
	if all := slices.Concat(a.QPixels...); permutes(all, h.q.val.Shape.H*h.q.val.Shape.W) {
		s.H, s.W = h.q.val.Shape.H, h.q.val.Shape.W
		copy(a.OutPixels, a.QPixels)
	} else {
		for i := range g {
			a.OutPixels[i] = make([]int32, m)
			for t := range m {
				a.OutPixels[i][t] = int32(i*m + t)
			}
		}
	}
	if h.bias != nil {
		if err := l.spendTable(int64(batch) * int64(m) * int64(keys)); err != nil {
			return operand{}, err
		}
		a.BiasAt = make([]int, batch)
		a.Bias = make([]float32, batch*m*keys)
		for b := range batch {
			at := (groups[b]*count + order[b]) * m * keys
			a.BiasAt[groups[b]*count+order[b]] = at
			for i := range m {
				for k := range keys {
					x := h.bias[k*batch*m+b*m+i]
					if math.IsNaN(x) || math.Abs(x) > math.MaxFloat32 {
						return operand{}, invalid("its mask is beyond float32: the file is damaged")
					}
					a.Bias[at+i*keys+k] = float32(x)
				}
			}
		}
	}
	y, err := l.value(n, s, h.q.typ)
	if err != nil {
		return operand{}, err
	}
	a.Out = y.val
	l.add(a)
	plane := int32(s.H * s.W)
	tokens := part{[]int{0, 1}, make([]int32, batch*m)}
	for b := range batch {
		for t := range m {
			tokens.at[b*m+t] = int32(order[b]*a.DV)*plane + a.OutPixels[groups[b]][t]
		}
	}
	size := part{[]int{2}, make([]int32, a.DV)}
	for c := range size.at {
		size.at[c] = int32(c) * plane
	}
	y.dims = []int64{int64(batch), int64(m), int64(a.DV)}
	y.view = view{tokens, size}.factor(y.dims)
	return y, nil
}
