package graph

import "slices"

// reduceOps are the operators that reduce axes.
var reduceOps = map[string]ReduceOp{
	"ReduceMean": Mean, "ReduceSum": Sum, "ReduceMax": Largest, "ReduceMin": Smallest,
	"ReduceL1": SumAbs, "ReduceL2": Length, "ReduceSumSquare": SumSquares,
}

// reduce lowers the reductions, with their axes as an attribute (mostly to opset 17) or as
// an input.
func reduce(l *lowering, n *node, in []operand) (operand, error) {
	x, err := l.moved(in)
	if err != nil {
		return operand{}, err
	}
	list, err := integersOf(n, in, "axes", 1)
	if err != nil {
		return operand{}, err
	}
	if len(list) == 0 {
		if n.attrs.integer("noop_with_empty_axes", 0) != 0 {
			return x, nil
		}
		for a := range x.dims {
			list = append(list, int64(a))
		}
	}
	var axes []int
	for _, a := range list {
		axis, err := axisOf(a, x.dims)
		if err != nil {
			return operand{}, err
		}
		axes = append(axes, axis)
	}
	slices.Sort(axes)
	axes = slices.Compact(axes)
	if l.batch > 1 && axes[0] == 0 {
		return operand{}, unsupported("it reduces the axes %v, which mixes the images of a batch", list)
	}
	if x, err = l.one(x); err != nil {
		return operand{}, err
	}
	y, err := l.reduced(n, x, axes, reduceOps[n.op])
	if err != nil {
		return operand{}, err
	}
	if n.attrs.integer("keepdims", 1) == 0 {
		var dims []int64
		for a, d := range y.dims {
			if !slices.Contains(axes, a) {
				dims = append(dims, d)
			}
		}
		y = l.all(y)
		if l.batch > 1 && len(dims) > 0 {
			dims[0] = y.dims[0]
		}
		return l.reshaped(y, dims)
	}
	return l.all(y), nil
}

// reduced reduces axes of x, of one image, to one element each.
func (l *lowering) reduced(n *node, x operand, axes []int, op ReduceOp) (operand, error) {
	dims := slices.Clone(x.dims)
	for _, a := range axes {
		dims[a] = 1
	}
	if op == Mean {
		if y, ok, err := l.averaged(n, x, axes, dims); ok || err != nil {
			return y, err
		}
	}
	// The reduced axes together become the channels of new pixels.
	perm := make([]int64, 0, len(dims))
	for a := range x.dims {
		if !slices.Contains(axes, a) {
			perm = append(perm, int64(a))
		}
	}
	kept := len(perm)
	for _, a := range axes {
		perm = append(perm, int64(a))
	}
	flat := l.turn(x, perm)
	total, _ := count(flat.dims[kept:])
	flat, err := l.reshaped(flat, append(slices.Clone(flat.dims[:kept]), total))
	if err != nil {
		return operand{}, err
	}
	if flat, err = l.byToken(n, flat, kept); err != nil {
		return operand{}, err
	}
	s := flat.val.Shape
	y, err := l.value(n, Shape{1, s.H, s.W}, x.typ)
	if err != nil {
		return operand{}, err
	}
	l.add(&Reduce{In: flat.val, Out: y.val, Op: op})
	// The pixels lie as before.
	v := flat.viewed().pick(flat.dims, kept, []int{0})
	flat.dims[kept] = 1
	return y.seen(v.reshape(flat.dims, dims), dims, 1), nil
}

// averaged is the mean over all pixels: a pool. It reports false for a mean over other axes.
func (l *lowering) averaged(n *node, x operand, axes []int, dims []int64) (operand, bool, error) {
	if !x.pixelsAre(axes) {
		return operand{}, false, nil
	}
	x, err := l.compact(n, x)
	if err != nil {
		return operand{}, false, err
	}
	if !x.pixelsAre(axes) { // it had to be made anew, with other channels
		return operand{}, false, nil
	}
	g, _ := x.grid()
	s := x.val.Shape
	y, err := l.value(n, Shape{s.C, 1, 1}, x.typ)
	if err != nil {
		return operand{}, false, err
	}
	l.add(&AvgPool{In: x.val, Out: y.val, KH: s.H, KW: s.W, StrideH: 1, StrideW: 1})
	return y.seen(view{g.channels}.covering(len(dims)), dims, 1), true, nil
}

// pixelsAre reports whether the axes are all that x's pixels are along, and no channels.
func (x operand) pixelsAre(axes []int) bool {
	g, ok := x.grid()
	if !ok {
		return false
	}
	among := func(a int) bool { return slices.Contains(axes, a) }
	pixels := g.pixels.long(x.dims)
	if slices.ContainsFunc(g.channels.long(x.dims), among) || slices.ContainsFunc(pixels, func(a int) bool { return !among(a) }) {
		return false
	}
	return len(pixels) > 0 || x.val.Shape.H*x.val.Shape.W == 1
}

// softmax lowers Softmax. Up to opset 12 it takes all axes from axis on together.
func softmax(l *lowering, n *node, in []operand) (operand, error) {
	x, err := l.moved(in)
	if err != nil {
		return operand{}, err
	}
	otherwise := int64(-1)
	if l.opset < 13 {
		otherwise = 1
	}
	axis, err := axisOf(n.attrs.integer("axis", otherwise), x.dims)
	if err != nil {
		return operand{}, err
	}
	if l.batch > 1 && axis == 0 {
		return operand{}, unsupported("it runs over the images of a batch")
	}
	if x, err = l.one(x); err != nil {
		return operand{}, err
	}
	dims := x.dims
	if l.opset < 13 && axis < len(dims)-1 {
		rest, _ := count(dims[axis:])
		if x, err = l.reshaped(x, append(slices.Clone(dims[:axis]), rest)); err != nil {
			return operand{}, err
		}
	}
	if x, err = l.byToken(n, x, axis); err != nil {
		return operand{}, err
	}
	y, err := l.like(n, x)
	if err != nil {
		return operand{}, err
	}
	l.add(&Softmax{In: x.val, Out: y.val})
	if y, err = l.reshaped(y, dims); err != nil {
		return operand{}, err
	}
	return l.all(y), nil
}
