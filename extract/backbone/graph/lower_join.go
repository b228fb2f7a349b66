package graph

import "slices"

// scale lowers Mul of an activation [N,C,H,W] with one number per channel that is
// itself computed from the image, [N,C,1,1] in ONNX and on either side.
func (l *lowering) scale(n *node, a, b operand) (operand, error) {
	if !isGain(b, a) {
		a, b = b, a
	}
	if !isGain(b, a) {
		return operand{}, unsupported("it multiplies the shapes %v (%s) and %v (%s): of two activations, only x·sigmoid(x) or a product with a gain [N,C,1,1] can run (no attention)",
			b.dims, b.typ, a.dims, a.typ)
	}
	y, err := l.elementwise(n, a)
	if err == nil {
		l.add(&Scale{In: a.val, Gain: b.val, Out: y.val})
	}
	return y, err
}

// isGain reports whether g holds one number for each channel of the image x, and x is the
// unchanged output of a layer. A gain may have been expanded to x's shape.
func isGain(g, x operand) bool {
	s, t := g.val.Shape, x.val.Shape
	if s.H*s.W != 1 || s.C != t.C || g.typ != x.typ || len(g.dims) != len(x.dims) || x.expanded() {
		return false
	}
	if len(x.dims) == 2 { // vectors
		return slices.Equal(g.dims, x.dims) && t.H*t.W == 1
	}
	whole := []int64{x.dims[0], int64(t.C), int64(t.H), int64(t.W)}
	return slices.Equal(x.dims, whole) && (slices.Equal(g.dims, x.dims) || slices.Equal(g.dims, []int64{x.dims[0], int64(t.C), 1, 1}))
}

// expanded reports whether Expand made the view larger than its value.
func (x operand) expanded() bool {
	n, ok := count(x.dims[min(1, len(x.dims)):])
	return x.pad == (Pads{}) && (!ok || n != int64(x.val.Shape.Len()))
}

// expand lowers Expand. Exporters write it before a multiplication, from a gain [N,C,1,1]
// to [N,C,H,W]; it becomes a note for that multiplication. An Expand of a tensor to its own
// shape is dropped.
func expand(_ *lowering, _ *node, in []operand) (operand, error) {
	if len(in) != 2 || in[0].val == nil || in[1].konst == nil {
		return operand{}, unsupported("only activations can be expanded, and to a constant shape")
	}
	x := in[0]
	if err := x.unpadded(); err != nil {
		return operand{}, err
	}
	shape, ok := in[1].konst.int64s()
	if !ok || len(shape) != len(x.dims) || len(shape) < 2 {
		return operand{}, unsupported("it expands the shape %v to %v: only [N,C,1,1] to [N,C,H,W] can run", x.dims, shape)
	}
	dims := slices.Clone(x.dims)
	for i, d := range shape {
		switch {
		case d == dims[i] || d == 1:
		case dims[i] == 1 && i >= 2 && d > 0:
			dims[i] = d
		default:
			return operand{}, unsupported("it expands the shape %v to %v: only [N,C,1,1] to [N,C,H,W] can run", x.dims, shape)
		}
	}
	if n, ok := count(dims); !ok || n/max(dims[0], 1) > maxElements {
		return operand{}, unsupported("its result would have the shape %v", dims)
	}
	x.dims = dims
	return x, nil
}

// concat lowers Concat of activations along the axis after the batch. Axis 1 of a view is the outermost axis of an image's data,
// so a concatenation there concatenates the values.
func concat(l *lowering, n *node, in []operand) (operand, error) {
	layer := &Concat{In: make([]*Value, 0, len(in))}
	var out operand
	for i, x := range in {
		if x.val == nil {
			return operand{}, unsupported("it joins activations and a constant")
		}
		if err := x.unpadded(); err != nil {
			return operand{}, err
		}
		if i == 0 {
			out = x
			out.dims = slices.Clone(x.dims)
		} else if err := joins(out, x); err != nil {
			return operand{}, err
		} else {
			out.dims[1] += x.dims[1]
		}
		if x.expanded() {
			return operand{}, unsupported("it joins an expanded activation: only the multiplication with a gain can read that")
		}
		layer.In = append(layer.In, x.val)
	}
	rank := int64(len(out.dims))
	axis := n.attrs.integer("axis", 1)
	if axis < 0 {
		axis += rank
	}
	if axis != 1 || rank < 2 {
		return operand{}, unsupported("it joins activations of the shape %v along axis %d: only channels can be joined", in[0].dims, n.attrs.integer("axis", 1))
	}
	if len(in) == 1 {
		return in[0], nil
	}
	s := in[0].val.Shape
	s.C = 0
	for _, v := range layer.In {
		s.C += v.Shape.C
	}
	y, err := l.value(n, s, out.typ, out.dims...)
	if err != nil {
		return operand{}, err
	}
	layer.Out = y.val
	l.add(layer)
	return y, nil
}

// joins returns the reason why x can't follow a in a concatenation.
func joins(a, x operand) error {
	s, t := a.val.Shape, x.val.Shape
	same := len(a.dims) == len(x.dims) && len(a.dims) >= 2 && a.dims[0] == x.dims[0] && slices.Equal(a.dims[2:], x.dims[2:])
	if !same || s.H != t.H || s.W != t.W || a.typ != x.typ {
		return unsupported("it joins the shapes %v (%s) and %v (%s), which differ in more than channels", a.dims, a.typ, x.dims, x.typ)
	}
	return nil
}
