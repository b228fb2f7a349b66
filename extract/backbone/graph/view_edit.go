package graph

import "slices"

// What operators make of a view.

// transpose makes perm[i] the i-th axis.
func (v view) transpose(dims []int64, perm []int64) view {
	out := make(view, len(v))
	for i, p := range v {
		own := steps(axesOf(p, dims))
		moved := make([]int, 0, len(p.axes))
		var step []int
		var sizes []int64
		for to, from := range perm {
			if k := slices.Index(p.axes, int(from)); k >= 0 {
				moved = append(moved, to)
				step = append(step, own[k])
				sizes = append(sizes, dims[from])
			}
		}
		out[i] = part{moved, p.at}
		if !slices.Equal(step, own) {
			out[i].at = pickAll(p.at, walk(sizes, step, 0))
		}
	}
	return out
}

// reshape gives the same elements in the same order another shape, of as many elements.
func (v view) reshape(from, to []int64) view {
	type group struct{ from, fromEnd, to, toEnd int }
	var groups []group
	for i, j := 0, 0; i < len(from) || j < len(to); {
		g := group{from: i, to: j}
		a, b := int64(1), int64(1)
		if i < len(from) {
			a, i = from[i], i+1
		}
		if j < len(to) {
			b, j = to[j], j+1
		}
		for a != b {
			if a < b {
				a, i = a*from[i], i+1
			} else {
				b, j = b*to[j], j+1
			}
		}
		g.fromEnd, g.toEnd = i, j
		groups = append(groups, g)
	}
	for _, g := range groups {
		var parts []int
		for a := g.from; a < g.fromEnd; a++ {
			parts = append(parts, v.partOf(a))
		}
		v = v.join(parts, from)
	}
	out := make(view, 0, len(v))
	for _, p := range v {
		q := part{at: p.at}
		for _, g := range groups {
			if g.from < g.fromEnd && slices.Contains(p.axes, g.from) {
				for a := g.to; a < g.toEnd; a++ {
					q.axes = append(q.axes, a)
				}
			}
		}
		out = append(out, q)
	}
	for _, g := range groups { // an axis of one element, from nothing
		if g.from == g.fromEnd {
			for a := g.to; a < g.toEnd; a++ {
				out = append(out, part{[]int{a}, []int32{0}})
			}
		}
	}
	return out.tidy().factor(to)
}

// factor takes axes out of the parts that give them the same number whatever the part's
// other axes are.
func (v view) factor(dims []int64) view {
	var out view
	for _, p := range v {
		for k := 0; k < len(p.axes) && len(p.axes) > 1; {
			alone, rest, ok := p.without(k, dims)
			if !ok {
				k++
				continue
			}
			out = append(out, alone)
			p = rest
		}
		out = append(out, p)
	}
	return out
}

// without takes the k-th axis out of a part. It reports false if the other axes matter to
// it.
func (p part) without(k int, dims []int64) (alone, rest part, ok bool) {
	sizes := axesOf(p, dims)
	n := int(sizes[k])
	inner, _ := count(sizes[k+1:])
	outer := len(p.at) / n / int(inner)
	alone = part{p.axes[k : k+1], make([]int32, n)}
	rest = part{slices.Delete(slices.Clone(p.axes), k, k+1), make([]int32, 0, len(p.at)/n)}
	for o := range outer {
		for j := range int(inner) {
			first := p.at[o*n*int(inner)+j]
			if first == nowhere {
				return alone, rest, false
			}
			rest.at = append(rest.at, first)
			for i := range n {
				at := p.at[(o*n+i)*int(inner)+j]
				if at == nowhere {
					return alone, rest, false
				}
				if o == 0 && j == 0 {
					alone.at[i] = at - first
				} else if alone.at[i] != at-first {
					return alone, rest, false
				}
			}
		}
	}
	return alone, rest, true
}

// covering adds the axes that no part has, of one element each, to a view of rank axes.
func (v view) covering(rank int) view {
	for a := range rank {
		if v.partOf(a) < 0 {
			v = append(v, part{[]int{a}, []int32{0}})
		}
	}
	return v.tidy()
}

// tidy adds parts without axes to others.
func (v view) tidy() view {
	for i, p := range v {
		if len(p.axes) > 0 || len(v) == 1 {
			continue
		}
		rest := slices.Delete(slices.Clone(v), i, i+1)
		to := rest[0]
		to.at = slices.Clone(to.at)
		for k := range to.at {
			to.at[k] = both(to.at[k], p.at[0])
		}
		rest[0] = to
		return rest.tidy()
	}
	return v
}

// pick takes the elements of an axis that list names; nowhere makes zeros.
func (v view) pick(dims []int64, axis int, list []int) view {
	i := v.partOf(axis)
	p := v[i]
	sizes := axesOf(p, dims)
	k := slices.Index(p.axes, axis)
	outer, _ := count(sizes[:k])
	inner, _ := count(sizes[k+1:])
	at := make([]int32, 0, int(outer)*len(list)*int(inner))
	for o := range int(outer) {
		for _, from := range list {
			for j := range int(inner) {
				if from == nowhere {
					at = append(at, nowhere)
					continue
				}
				at = append(at, p.at[(o*int(sizes[k])+from)*int(inner)+j])
			}
		}
	}
	out := slices.Clone(v)
	out[i] = part{p.axes, at}
	return out
}

// append joins two views of one value along an axis. It reports false if they differ in
// more than that axis.
func (v view) append(w view, vDims, wDims []int64, axis int) (view, bool) {
	i, j := v.partOf(axis), w.partOf(axis)
	if !slices.Equal(v[i].axes, w[j].axes) || len(v) != len(w) {
		return nil, false
	}
	p, q := v[i], w[j]
	shift := int32(0)
	for _, a := range v {
		if slices.Contains(a.axes, axis) {
			continue
		}
		b := w[w.partOf(a.axes[0])]
		if !slices.Equal(a.axes, b.axes) || len(a.at) != len(b.at) {
			return nil, false
		}
		d := b.at[0] - a.at[0]
		for k := range a.at {
			if (a.at[k] == nowhere || b.at[k] == nowhere) && (a.at[k] != b.at[k] || d != 0) || b.at[k]-a.at[k] != d {
				return nil, false
			}
		}
		shift += d
	}
	k := slices.Index(p.axes, axis)
	outer, _ := count(axesOf(p, vDims)[:k])
	out := slices.Clone(v)
	at := make([]int32, 0, len(p.at)+len(q.at))
	na, nb := len(p.at)/int(outer), len(q.at)/int(outer)
	for o := range int(outer) {
		at = append(at, p.at[o*na:(o+1)*na]...)
		for _, x := range q.at[o*nb : (o+1)*nb] {
			if x != nowhere {
				x += shift
			}
			at = append(at, x)
		}
	}
	out[i] = part{p.axes, at}
	return out, true
}
