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
	if err := l.spendTable(n); err != nil {
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
		p = make([]int64, rank)
		for i := range p {
			p[i] = int64(rank - 1 - i)
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
