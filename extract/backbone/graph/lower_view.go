package graph

import "slices"

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
	if !x.typ.isFloat() || !to.isFloat() {
		return operand{}, unsupported("it casts %s to %s", x.typ, to)
	}
	x.typ = to
	return x, nil
}

// pad lowers Pad with zeros around height and width, to a note for the next layer.
func pad(l *lowering, n *node, in []operand) (operand, error) {
	x, err := image(in, 0)
	if err != nil {
		return operand{}, err
	}
	if mode := n.attrs.text("mode", "constant"); mode != "constant" {
		return operand{}, unsupported("padding mode %q can't run, only zeros", mode)
	}
	value := n.attrs.float("value", 0)
	pads := attribute[[]int64](&n.attrs, "pads", nil)
	if len(in) > 1 && in[1].konst != nil {
		pads, _ = in[1].konst.int64s()
	}
	if len(in) > 2 && in[2].konst != nil {
		if v, ok := in[2].konst.float32s(); ok && len(v) == 1 {
			value = v[0]
		}
	}
	if len(in) > 3 && in[3].konst != nil || value != 0 || len(pads) != 8 {
		return operand{}, unsupported("only zeros around height and width can be padded")
	}
	for i, p := range pads {
		if p < 0 || p > maxWindow || p != 0 && i%4 < 2 {
			return operand{}, unsupported("it pads by %v: only height and width can be padded", pads)
		}
	}
	x.pad.Top += int(pads[2])
	x.pad.Left += int(pads[3])
	x.pad.Bottom += int(pads[6])
	x.pad.Right += int(pads[7])
	s := x.val.Shape
	x.dims = []int64{x.dims[0], x.dims[1], int64(s.H + x.pad.Top + x.pad.Bottom), int64(s.W + x.pad.Left + x.pad.Right)}
	if x.pad.Top > maxWindow || x.pad.Left > maxWindow || x.pad.Bottom > maxWindow || x.pad.Right > maxWindow {
		return operand{}, unsupported("it pads by more than %d", maxWindow)
	}
	return x, nil
}

// reshape lowers the operators that give the same elements another shape. They must keep
// each image's elements together and in order.
func reshape(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) == 0 || in[0].val == nil && in[0].konst == nil {
		return operand{}, invalid("its input is absent: export the model again")
	}
	x := in[0]
	if err := x.unpadded(); err != nil {
		return operand{}, err
	}
	if x.val != nil && x.expanded() {
		return operand{}, unsupported("it reads an expanded activation: only the multiplication with a gain can")
	}
	if n.op == "Transpose" && x.val != nil {
		if p := permutation(n, len(x.dims)); len(p) > 1 && !movesOnlyOnes(x.dims, p) {
			if y, ok, err := l.shuffle(n, x, p); ok || err != nil {
				return y, err
			}
		}
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
	if len(dims) == 0 || dims[0] != x.dims[0] {
		return operand{}, unsupported("it turns the shape %v into %v, which mixes the images of a batch", x.dims, dims)
	}
	x.dims = dims
	return x, nil
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
		if x.val != nil && !movesOnlyOnes(x.dims, p) {
			return nil, unsupported("it reorders the shape %v by %v: only the layout [N,C,H,W] can run", x.dims, p)
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

// movesOnlyOnes reports whether the axes longer than one stay in order.
func movesOnlyOnes(dims, perm []int64) bool {
	var long []int64
	for _, a := range perm {
		if dims[a] != 1 {
			long = append(long, a)
		}
	}
	return slices.IsSorted(long)
}

// shape lowers Shape and Size, which need the dimensions only.
func shape(_ *lowering, n *node, in []operand) (operand, error) {
	if len(in) != 1 || in[0].val == nil && in[0].konst == nil {
		return operand{}, invalid("its input is absent: export the model again")
	}
	t := shapeTensor(n, in[0].dims)
	return operand{konst: t, dims: t.dims, typ: t.typ}, nil
}
