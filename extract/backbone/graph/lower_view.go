package graph

import "slices"

// The rules of operators that only move elements. They make views, and no layer.

// identity lowers operators that change nothing at inference. It refuses a Dropout that is
// in training mode, which would.
func identity(_ *lowering, n *node, in []operand) (operand, error) {
	if len(in) > 2 && in[2].konst != nil {
		if training, ok := in[2].konst.int64s(); !ok || len(training) != 1 || training[0] != 0 {
			return operand{}, unsupported("it is in training mode: call model.eval() before exporting")
		}
	}
	if len(in) == 0 {
		return operand{}, invalid("its input is absent: export the model again")
	}
	return in[0], nil
}

// cast lowers Cast of an activation between float types, all of which are computed in
// float32.
func cast(_ *lowering, n *node, in []operand) (operand, error) {
	to := dataType(n.attrs.integer("to", 0))
	if len(in) == 0 {
		return operand{}, invalid("its input is absent: export the model again")
	}
	x := in[0]
	if n.op == "CastLike" && len(in) > 1 {
		to = in[1].typ
	}
	if !x.typ.isFloat() || !to.isFloat() {
		return operand{}, unsupported("it casts %s to %s", x.typ, to)
	}
	x.typ = to
	return x, nil
}

// moved is an operand of an operator that moves elements.
func (l *lowering) moved(in []operand) (operand, error) {
	if len(in) == 0 || in[0].val == nil {
		return operand{}, unsupported("its first input is not computed from the image")
	}
	return l.settle(in[0]), nil
}

// reshape lowers the operators that give the same elements another shape or order.
func reshape(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) == 0 || in[0].val == nil && in[0].konst == nil {
		return operand{}, invalid("its input is absent: export the model again")
	}
	x := in[0]
	if x.val != nil {
		x = l.settle(x)
	}
	if n.op == "Transpose" && x.val != nil {
		p := permutation(n, len(x.dims))
		if p == nil {
			return operand{}, invalid("its perm doesn't fit the shape %v: export the model again", x.dims)
		}
		return l.turn(x, p), nil
	}
	dims, err := newDims(n, in, x)
	if err != nil {
		return operand{}, err
	}
	before, _ := count(x.dims)
	if after, ok := count(dims); !ok || after != before || len(dims) > maxRank {
		return operand{}, invalid("it turns the shape %v into %v, which has not as many elements: the input size may be wrong, or the export", x.dims, dims)
	}
	if x.konst != nil {
		x.konst, x.dims = x.konst.withDims(dims), dims
		return x, nil
	}
	return l.reshaped(x, dims)
}

// turn makes axis perm[i] the i-th.
func (l *lowering) turn(x operand, perm []int64) operand {
	dims := make([]int64, len(perm))
	for i, a := range perm {
		dims[i] = x.dims[a]
	}
	return l.look(x, x.viewed().transpose(x.dims, perm), dims)
}

// reshaped gives x another shape of as many elements.
func (l *lowering) reshaped(x operand, dims []int64) (operand, error) {
	if x.view == nil {
		x.dims = dims
		return x, nil
	}
	n, _ := count(dims)
	if err := l.spendTable(n / 16); err != nil {
		return operand{}, err
	}
	return l.look(x, x.view.reshape(x.dims, dims), dims), nil
}

// newDims is the shape that the node gives to x.
func newDims(n *node, in []operand, x operand) ([]int64, error) {
	switch n.op {
	case "Flatten":
		return flattenDims(n.attrs.integer("axis", 1), x.dims)
	case "Reshape":
		if len(in) < 2 || in[1].konst == nil {
			return nil, unsupported("its shape is not a constant: export the model with a fixed input size")
		}
		shape, ok := in[1].konst.int64s()
		if !ok {
			return nil, invalid("its shape is not a list of integers: export the model again")
		}
		return reshapeDims(shape, x.dims, n.attrs.integer("allowzero", 0) != 0)
	case "Transpose":
		p := permutation(n, len(x.dims))
		if p == nil {
			return nil, invalid("its perm doesn't fit the shape %v: export the model again", x.dims)
		}
		dims := make([]int64, len(p))
		for i, a := range p {
			dims[i] = x.dims[a]
		}
		return dims, nil
	}
	axes := attribute[[]int64](&n.attrs, "axes", nil)
	if len(in) > 1 && in[1].konst != nil {
		axes, _ = in[1].konst.int64s()
	}
	if n.op == "Squeeze" {
		if axes == nil && x.konst != nil { // which has no batch to keep
			return slices.DeleteFunc(slices.Clone(x.dims), func(d int64) bool { return d == 1 }), nil
		}
		return squeezeDims(axes, x.dims)
	}
	return unsqueezeDims(axes, x.dims)
}

// permutation is Transpose's, reversed axes by default; nil when it is not a permutation.
func permutation(n *node, rank int) []int64 {
	p := attribute[[]int64](&n.attrs, "perm", nil)
	if p == nil {
		for i := range rank {
			p = append(p, int64(rank-1-i))
		}
	}
	seen := make([]bool, rank)
	for _, a := range p {
		if a < 0 || a >= int64(rank) || seen[a] {
			return nil
		}
		seen[a] = true
	}
	if len(p) != rank {
		return nil
	}
	return p
}

// shape lowers Shape and Size, which need the dimensions only.
func shape(_ *lowering, n *node, in []operand) (operand, error) {
	if len(in) != 1 || in[0].val == nil && in[0].konst == nil {
		return operand{}, invalid("its input is absent: export the model again")
	}
	t := shapeTensor(n, in[0].dims)
	return operand{konst: t, dims: t.dims, typ: t.typ}, nil
}

// picked takes from an axis of x the elements that list names.
func (l *lowering) picked(x operand, axis int, list []int) (operand, error) {
	dims := slices.Clone(x.dims)
	dims[axis] = int64(len(list))
	total, ok := count(dims)
	if len(list) == 0 && ok { // nothing is left, which a concatenation takes
		empty := &tensor{typ: x.typ, dims: dims, reals: []float32{}}
		return operand{konst: empty, dims: dims, typ: x.typ}, nil
	}
	if !ok || total/l.batch > maxElements {
		return operand{}, tooLarge(dims)
	}
	if err := l.spendTable(int64(len(list))); err != nil {
		return operand{}, err
	}
	return l.look(x, x.viewed().pick(x.dims, axis, list), dims), nil
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
		if x, err = l.picked(x, axis, list); err != nil {
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
		y, err := l.picked(x, axis, list)
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

// expand lowers Expand.
func expand(l *lowering, n *node, in []operand) (operand, error) {
	x, err := l.moved(in)
	if err != nil {
		return operand{}, err
	}
	if len(in) != 2 || in[1].konst == nil {
		return operand{}, unsupported("its shape is not a constant: export the model with a fixed input size")
	}
	shape, ok := in[1].konst.int64s()
	if !ok {
		return operand{}, invalid("its shape is not a list of integers: export the model again")
	}
	to, err := broadcast(x.dims, shape)
	if err != nil {
		return operand{}, err
	}
	return l.expanded(x, to)
}

// expanded repeats the axes of one element that are longer in to.
func (l *lowering) expanded(x operand, to []int64) (operand, error) {
	if len(to) > maxRank {
		return operand{}, unsupported("its result would have %d dimensions", len(to))
	}
	if extra := len(to) - len(x.dims); extra > 0 {
		dims := slices.Concat(slices.Repeat([]int64{1}, extra), x.dims)
		var err error
		if x, err = l.reshaped(x, dims); err != nil {
			return operand{}, err
		}
	}
	for axis, d := range to {
		if x.dims[axis] == d {
			continue
		}
		if d > maxElements {
			return operand{}, tooLarge(to)
		}
		var err error
		if x, err = l.picked(x, axis, make([]int, d)); err != nil {
			return operand{}, err
		}
	}
	return x, nil
}

// tile lowers Tile.
func tile(l *lowering, n *node, in []operand) (operand, error) {
	x, err := l.moved(in)
	if err != nil {
		return operand{}, err
	}
	repeats, err := integersOf(n, in, "repeats", 1)
	if err != nil || len(repeats) != len(x.dims) {
		return operand{}, unsupported("its repeats %v are not one for each axis of %v", repeats, x.dims)
	}
	for axis, r := range repeats {
		if r == 1 {
			continue
		}
		if r < 1 || r > maxElements/x.dims[axis] {
			return operand{}, unsupported("it repeats the shape %v by %v", x.dims, repeats)
		}
		list := make([]int, r*x.dims[axis])
		for i := range list {
			list[i] = i % int(x.dims[axis])
		}
		if x, err = l.picked(x, axis, list); err != nil {
			return operand{}, err
		}
	}
	return x, nil
}

// blocks lowers DepthToSpace and SpaceToDepth, which move blocks of pixels into channels
// and back.
func blocks(l *lowering, n *node, in []operand) (operand, error) {
	x, err := l.moved(in)
	if err != nil {
		return operand{}, err
	}
	b := n.attrs.integer("blocksize", 0)
	if len(x.dims) != 4 || b < 1 || b > maxWindow {
		return operand{}, unsupported("its input of shape %v is no image [N,C,H,W], or its blocks are of %d", x.dims, b)
	}
	c, h, w := x.dims[1], x.dims[2], x.dims[3]
	var split, perm, to []int64
	switch {
	case n.op == "SpaceToDepth":
		split, perm, to = []int64{x.dims[0], c, h / b, b, w / b, b}, []int64{0, 3, 5, 1, 2, 4}, []int64{x.dims[0], c * b * b, h / b, w / b}
	case n.attrs.text("mode", "DCR") == "CRD":
		split, perm, to = []int64{x.dims[0], c / (b * b), b, b, h, w}, []int64{0, 1, 4, 2, 5, 3}, []int64{x.dims[0], c / (b * b), h * b, w * b}
	default:
		split, perm, to = []int64{x.dims[0], b, b, c / (b * b), h, w}, []int64{0, 3, 4, 1, 5, 2}, []int64{x.dims[0], c / (b * b), h * b, w * b}
	}
	before, _ := count(x.dims)
	if after, ok := count(split); !ok || before != after {
		return operand{}, invalid("blocks of %d don't divide the shape %v: export the model again", b, x.dims)
	}
	if x, err = l.reshaped(x, split); err != nil {
		return operand{}, err
	}
	return l.reshaped(l.turn(x, perm), to)
}
