package graph

import "slices"

// How a value gets another order, where a layer needs one.

// gather makes a value of the shape s whose elements x, of one image, gives in the order of
// table.
func (l *lowering) gather(n *node, x operand, s Shape, from []int32) (*Value, error) {
	if len(from) != s.Len() {
		return nil, unsupported("its input of shape %v is read in an order that can't run", x.dims)
	}
	asSources(from, 0)
	for _, g := range l.gathers[x.val] {
		if g.Out.Shape == s && slices.Equal(g.From, from) {
			return g.Out, nil
		}
	}
	y, err := l.value(n, s, x.typ)
	if err != nil {
		return nil, err
	}
	if conv := l.pickChannels(x.val, y.val, from); conv != nil {
		l.add(conv)
		return y.val, l.spend(int64(len(conv.Weight)))
	}
	if err := l.spendTable(int64(len(from))); err != nil {
		return nil, err
	}
	g := &Gather{In: []*Value{x.val}, Out: y.val, From: from}
	l.gathers[x.val] = append(l.gathers[x.val], g)
	l.add(g)
	return y.val, nil
}

// asSources makes a table what a [Gather] lists, for a value whose elements are counted from
// first on.
func asSources(table []int32, first int32) {
	for i, at := range table {
		if at == nowhere {
			table[i] = -1
		} else {
			table[i] = at + first
		}
	}
}

// pickChannels is a gather that picks channels of the network's image, as a 1×1 convolution
// with weights of 0 and 1, which the convolutions around it can take in; nil for others.
// torchvision's GoogLeNet and Inception v3 split the image this way, and some models turn
// RGB into BGR.
func (l *lowering) pickChannels(in, out *Value, from []int32) *Conv {
	plane := in.Shape.H * in.Shape.W
	if in != l.pixelsIn || in.Shape.H != out.Shape.H || in.Shape.W != out.Shape.W {
		return nil
	}
	c := &Conv{In: in, Out: out, Weight: make([]float32, out.Shape.C*in.Shape.C), Bias: make([]float32, out.Shape.C), Groups: 1,
		KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}
	for i, at := range from {
		first := from[i/plane*plane]
		if at < 0 || int(first)%plane != 0 || int(at) != int(first)+i%plane {
			return nil
		}
		c.Weight[i/plane*in.Shape.C+int(first)/plane] = 1
	}
	return c
}

// spendTable accounts for a list of indices.
func (l *lowering) spendTable(n int64) error {
	if l.tables -= n; l.tables < 0 {
		return unsupported("it reorders its activations so often that lists of their elements take too much memory")
	}
	return nil
}

// inOrder makes x, of one image, a value in its own order: [C,H,W] of its last three axes,
// which are all but the batch of an image.
func (l *lowering) inOrder(n *node, x operand) (operand, error) {
	x = l.settle(x)
	s := shapeOf(x.dims)
	if x.val.Shape == s && (x.view == nil || x.view.strided(x.dims, steps(x.dims))) {
		x.view = nil
		return x, nil
	}
	from, err := l.table(x)
	if err != nil {
		return operand{}, err
	}
	v, err := l.gather(n, x, s, from)
	return operand{val: v, dims: x.dims, typ: x.typ}, err
}

// shapeOf is the shape of a value that holds elements of dims, the batch first, row-major.
func shapeOf(dims []int64) Shape {
	s := Shape{1, 1, 1}
	for i, d := range dims[min(1, len(dims)):] {
		switch {
		case i == 0:
			s.C = int(d)
		case i == len(dims)-2:
			s.W = int(d)
		default:
			s.H *= int(d)
		}
	}
	if len(dims) > 0 {
		s.C *= int(dims[0])
	}
	return s
}

// byToken makes x, of one image, a value whose channels are the axis and whose pixels are
// the other axes, unless it is one.
func (l *lowering) byToken(n *node, x operand, axis int) (operand, error) {
	x = l.settle(x)
	if err := l.spendTable(int64(x.val.Shape.H * x.val.Shape.W)); err != nil {
		return operand{}, err
	}
	if x.tokens(axis) {
		return x, nil
	}
	perm := axisFirst(axis, len(x.dims))
	turned := l.turn(x, perm)
	from, err := l.table(turned)
	if err != nil {
		return operand{}, err
	}
	v, err := l.gather(n, x, tokenShape(turned.dims), from)
	if err != nil {
		return operand{}, err
	}
	return l.turn(operand{val: v, dims: turned.dims, typ: x.typ}, inverse(perm)), nil
}

// axisFirst is the permutation of rank axes that puts one before the others.
func axisFirst(axis, rank int) []int64 {
	perm := []int64{int64(axis)}
	for a := range rank {
		if a != axis {
			perm = append(perm, int64(a))
		}
	}
	return perm
}

// whole is the first image of x, compact.
func (l *lowering) whole(n *node, x operand) (operand, error) {
	x, err := l.one(x)
	if err != nil {
		return operand{}, err
	}
	return l.compact(n, x)
}

// compact makes x, of one image, the whole of a value: it drops what x does not read. The
// channels and pixels keep their order.
func (l *lowering) compact(n *node, x operand) (operand, error) {
	x = l.settle(x)
	if err := l.spendView(x); err != nil {
		return operand{}, err
	}
	if x.complete() {
		return x, nil
	}
	g, ok := x.grid()
	if !ok {
		return l.byToken(n, x, len(x.dims)-1)
	}
	channels, pixels := slices.Sorted(slices.Values(g.channels.at)), slices.Sorted(slices.Values(g.pixels.at))
	c, p := slices.Compact(slices.Clone(channels)), slices.Compact(slices.Clone(pixels))
	if len(c) < len(channels) || len(p) < len(pixels) { // some are read twice
		return l.byToken(n, x, len(x.dims)-1)
	}
	s := Shape{len(c), 1, len(p)}
	if old := x.val.Shape; len(p) == old.H*old.W {
		s.H, s.W = old.H, old.W
	}
	plane := int32(x.val.Shape.H * x.val.Shape.W)
	if err := l.spendTable(int64(len(c)) * int64(len(p))); err != nil {
		return operand{}, err
	}
	from := make([]int32, 0, len(c)*len(p))
	for _, i := range c {
		for _, j := range p {
			from = append(from, i*plane+j)
		}
	}
	v, err := l.gather(n, x, s, from)
	if err != nil {
		return operand{}, err
	}
	g.channels.at, g.pixels.at = ranks(g.channels.at, c), ranks(g.pixels.at, p)
	y := operand{val: v, typ: x.typ}
	return y.seen(g.view(len(p)), x.dims, 1), nil
}

// ranks are the places of at's numbers in a sorted list.
func ranks(at, sorted []int32) []int32 {
	out := make([]int32, len(at))
	for i, k := range at {
		rank, _ := slices.BinarySearch(sorted, k)
		out[i] = int32(rank)
	}
	return out
}
