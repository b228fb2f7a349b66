package graph

import "slices"

// The rules of operators that take elements of an axis: Slice, Split, Gather.

// picked takes from an axis of x the elements that list names, of which there is at least
// one.
func (l *lowering) picked(x operand, axis int, list []int) (operand, error) {
	dims := slices.Clone(x.dims)
	dims[axis] = int64(len(list))
	if err := l.room(dims); err != nil {
		return operand{}, err
	}
	size := int64(len(list))
	if x.view != nil {
		size += int64(len(x.view[x.view.partOf(axis)].at)) / x.dims[axis] * size
	}
	if err := l.spendTable(4 * size); err != nil {
		return operand{}, err
	}
	return l.look(x, x.viewed().pick(x.dims, axis, list), dims), nil
}

// room reports that a shape can't be one of an activation.
func (l *lowering) room(dims []int64) error {
	if total, ok := count(dims); !ok || total == 0 || total/l.batch > maxElements {
		return tooLarge(dims)
	}
	return nil
}

// part is picked, but of nothing it makes a constant without elements, which a
// concatenation takes.
func (l *lowering) part(x operand, axis int, list []int) (operand, error) {
	if len(list) > 0 {
		return l.picked(x, axis, list)
	}
	dims := slices.Clone(x.dims)
	dims[axis] = 0
	empty := &tensor{typ: x.typ, dims: dims, reals: []float32{}}
	return operand{konst: empty, dims: dims, typ: x.typ}, nil
}

// slice lowers Slice.
func slice(l *lowering, n *node, in []operand) (operand, error) {
	x, err := l.moved(in)
	if err != nil {
		return operand{}, err
	}
	r, err := sliceRanges(n, in, x.dims)
	if err != nil {
		return operand{}, err
	}
	for axis, list := range r {
		if list == nil || x.val == nil {
			continue
		}
		if x, err = l.part(x, axis, list); err != nil {
			return operand{}, err
		}
	}
	return x, nil
}

// sliceRanges lists, for each axis that a Slice cuts, the elements that stay.
func sliceRanges(n *node, in []operand, dims []int64) ([][]int, error) {
	var lists [4][]int64 // starts, ends, axes, steps
	for i, name := range []string{"starts", "ends", "axes", "steps"} {
		var err error
		if lists[i], err = integersOf(n, in, name, i+1); err != nil {
			return nil, err
		}
	}
	ranges := make([][]int, len(dims))
	for i, start := range lists[0] {
		axis, by := int64(i), int64(1)
		if i < len(lists[2]) {
			axis = lists[2][i]
		}
		if axis < 0 {
			axis += int64(len(dims))
		}
		if i < len(lists[3]) {
			by = lists[3][i]
		}
		if axis < 0 || axis >= int64(len(dims)) || i >= len(lists[1]) || by == 0 {
			return nil, invalid("its starts, ends, axes and steps don't fit the shape %v: export the model again", dims)
		}
		from, length := sliceExtent(start, lists[1][i], by, dims[axis])
		list := make([]int, 0, length)
		for k := range length {
			list = append(list, int(from+k*by))
		}
		ranges[axis] = list
	}
	return ranges, nil
}

// sliceExtent is where a slice of an axis begins, and how many elements it has.
func sliceExtent(start, end, by, size int64) (from, n int64) {
	if by > 0 {
		from = fromEnd(start, size)
		end = fromEnd(end, size)
		return from, max(0, (end-from+by-1)/by)
	}
	from = min(fromEnd(start, size), size-1)
	if end < -size {
		end = -1
	} else {
		end = min(fromEnd(end, size), size-1)
	}
	return from, max(0, (from-end-by-1)/-by)
}

// integersOf are the integers of an attribute or, in newer operator sets, of input i; nil
// if there is neither.
func integersOf(n *node, in []operand, name string, i int) ([]int64, error) {
	if i < len(in) && in[i].val != nil {
		return nil, unsupported("its %s are computed from the image", name)
	}
	if i < len(in) && in[i].konst != nil {
		list, ok := in[i].konst.int64s()
		if !ok {
			return nil, invalid("its %s are no integers: export the model again", name)
		}
		return list, nil
	}
	return attribute[[]int64](&n.attrs, name, nil), nil
}

// axisOf is an axis of a shape, counted from the end if negative.
func axisOf(a int64, dims []int64) (int, error) {
	if a < 0 {
		a += int64(len(dims))
	}
	if a < 0 || a >= int64(len(dims)) {
		return 0, invalid("axis %d does not fit the shape %v: export the model again", a, dims)
	}
	return int(a), nil
}

// split lowers Split. Its outputs after the first become known here.
func split(l *lowering, n *node, in []operand) (operand, error) {
	x, err := l.moved(in)
	if err != nil {
		return operand{}, err
	}
	axis, err := axisOf(n.attrs.integer("axis", 0), x.dims)
	if err != nil {
		return operand{}, err
	}
	sizes, err := integersOf(n, in, "split", 1)
	if err != nil {
		return operand{}, err
	}
	if sizes == nil {
		sizes = evenParts(x.dims[axis], int64(max(1, len(n.out))))
	}
	var first operand
	from := int64(0)
	for i, size := range sizes {
		if size < 0 || size > x.dims[axis]-from || i >= len(n.out) {
			return operand{}, invalid("it splits %d into %v: export the model again", x.dims[axis], sizes)
		}
		list := make([]int, size)
		for k := range list {
			list[k] = int(from) + k
		}
		y, err := l.part(x, axis, list)
		if err != nil {
			return operand{}, err
		}
		if i == 0 {
			first = y
		} else {
			l.known[n.out[i]] = y
		}
		from += size
	}
	return first, nil
}

// evenParts divides n into parts, the last of which may be smaller.
func evenParts(n, parts int64) []int64 {
	var sizes []int64
	for each := (n + parts - 1) / parts; parts > 0; parts-- {
		sizes = append(sizes, min(each, n))
		n -= sizes[len(sizes)-1]
	}
	return sizes
}

// pick lowers Gather of an activation by constant indices.
func pick(l *lowering, n *node, in []operand) (operand, error) {
	x, err := l.moved(in)
	if err != nil {
		return operand{}, err
	}
	if len(in) != 2 || in[1].konst == nil {
		return operand{}, unsupported("its indices are not constants")
	}
	axis, err := axisOf(n.attrs.integer("axis", 0), x.dims)
	if err != nil {
		return operand{}, err
	}
	indices, ok := in[1].konst.integers(in[1].konst.len())
	if !ok || len(indices) > maxElements/16 {
		return operand{}, invalid("its indices are no short list of integers: export the model again")
	}
	list := make([]int, len(indices))
	for i, at := range indices {
		if at < 0 {
			at += x.dims[axis]
		}
		if at < 0 || at >= x.dims[axis] {
			return operand{}, invalid("its index %d is outside %d elements: export the model again", indices[i], x.dims[axis])
		}
		list[i] = int(at)
	}
	y, err := l.picked(x, axis, list)
	if err != nil {
		return operand{}, err
	}
	dims := slices.Concat(x.dims[:axis], in[1].dims, x.dims[axis+1:])
	if len(dims) > maxRank {
		return operand{}, unsupported("its result would have %d dimensions", len(dims))
	}
	return l.reshaped(y, dims)
}
