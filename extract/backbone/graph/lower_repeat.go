package graph

import "slices"

// The rules of operators that repeat elements, or move blocks of them.

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
	if err := l.room(to); err != nil {
		return operand{}, err
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
		if err := l.spendTable(2 * d); err != nil {
			return operand{}, err
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
		if err := l.spendTable(2 * r * x.dims[axis]); err != nil {
			return operand{}, err
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
