package graph

import (
	"math"
	"slices"
)

// nowhere marks an element that is in no value: it is zero.
const nowhere = math.MinInt32

// A view says where the elements of an operand lie in its value, so that what only moves
// elements (Transpose, Reshape, Slice, a roll, a partition into windows) costs nothing
// until a layer needs another order. An element's index in the value, whose elements
// [C,H,W] are counted row-major and image after image, is the sum of what the parts give
// for it. Each axis belongs to one part, so a view of an image of C channels and P pixels
// takes C + P numbers, not C·P, as long as it keeps the two apart.
type view []part

// A part is a table over some of an operand's axes.
type part struct {
	axes []int   // in ascending order
	at   []int32 // row-major over those axes; a sum with nowhere is nowhere
}

// natural is the view of a value in its own order.
func natural(dims []int64) view {
	v := make(view, len(dims))
	for i, step := range steps(dims) {
		p := part{axes: []int{i}, at: make([]int32, dims[i])}
		for k := range p.at {
			p.at[k] = int32(k * step)
		}
		v[i] = p
	}
	return v
}

// viewed is an operand's view.
func (x operand) viewed() view {
	if x.view != nil {
		return x.view
	}
	return natural(x.dims)
}

// look gives an operand a view and its shape. A view in the value's own order becomes nil,
// which is how most layers want it.
func (l *lowering) look(x operand, v view, dims []int64) operand {
	return x.seen(v, dims, l.batch)
}

// seen is look for an operand of a number of images.
func (x operand) seen(v view, dims []int64, images int64) operand {
	x.dims, x.view = dims, v
	n, _ := count(dims)
	if n == int64(x.val.Shape.Len())*images && v.strided(dims, steps(dims)) {
		x.view = nil
	}
	return x
}

// axesOf are the sizes of a part's axes.
func axesOf(p part, dims []int64) []int64 {
	sizes := make([]int64, len(p.axes))
	for i, a := range p.axes {
		sizes[i] = dims[a]
	}
	return sizes
}

// strided reports whether the view is Σ index·step, from 0 on.
func (v view) strided(dims []int64, step []int) bool {
	start := int32(0)
	for _, p := range v {
		own := make([]int, len(p.axes))
		for i, a := range p.axes {
			own[i] = step[a]
		}
		if len(p.at) == 0 || p.at[0] == nowhere {
			return false
		}
		start += p.at[0]
		if !isStrided(p.at, axesOf(p, dims), own) {
			return false
		}
	}
	return start == 0
}

// isStrided reports whether at is at[0] + Σ index·step over dims.
func isStrided(at []int32, dims []int64, step []int) bool {
	for i, k := range walk(dims, step, int(at[0])) {
		if int(at[i]) != k {
			return false
		}
	}
	return true
}

// partOf is the part that an axis belongs to.
func (v view) partOf(axis int) int {
	return slices.IndexFunc(v, func(p part) bool { return slices.Contains(p.axes, axis) })
}

// join makes one part of several.
func (v view) join(parts []int, dims []int64) view {
	slices.Sort(parts)
	parts = slices.Compact(parts)
	if len(parts) < 2 {
		return v
	}
	var all part
	var out view
	for i, p := range v {
		if slices.Contains(parts, i) {
			all.axes = append(all.axes, p.axes...)
		} else {
			out = append(out, p)
		}
	}
	slices.Sort(all.axes)
	n, _ := count(axesOf(all, dims))
	all.at = make([]int32, n)
	for _, i := range parts {
		p := v[i]
		own, spread := steps(axesOf(p, dims)), make([]int, len(all.axes))
		for k, a := range p.axes {
			spread[slices.Index(all.axes, a)] = own[k]
		}
		for k, at := range walk(axesOf(all, dims), spread, 0) {
			all.at[k] = both(all.at[k], p.at[at])
		}
	}
	return append(out, all)
}

// both adds two indices.
func both(a, b int32) int32 {
	if a == nowhere || b == nowhere {
		return nowhere
	}
	return a + b
}

// table lists the indices of all elements, row-major.
func (v view) table(dims []int64) []int32 {
	all := make([]int, len(v))
	for i := range all {
		all[i] = i
	}
	if len(v) == 0 {
		return []int32{0}
	}
	return v.join(all, dims)[0].at
}

// maxCompared bounds the elements that are compared one by one.
const maxCompared = 1 << 21

// same reports whether two views of one shape are equal; of large ones that are made in
// different ways it does not find out.
func (v view) same(w view, dims []int64) bool {
	equal := len(v) == len(w)
	shift := int32(0)
	for _, p := range v {
		if equal = equal && len(p.axes) > 0; !equal {
			break
		}
		q := w[max(0, w.partOf(p.axes[0]))]
		equal = slices.Equal(p.axes, q.axes) && len(p.at) > 0 && len(p.at) == len(q.at)
		if !equal {
			break
		}
		d := q.at[0] - p.at[0]
		shift += d
		for k := range p.at {
			equal = equal && q.at[k]-p.at[k] == d && (q.at[k] != nowhere || p.at[k] == nowhere) && (p.at[k] != nowhere || q.at[k] == nowhere)
		}
	}
	if equal && shift == 0 {
		return true
	}
	if n, _ := count(dims); n > maxCompared {
		return false
	}
	return slices.Equal(v.table(dims), w.table(dims))
}
