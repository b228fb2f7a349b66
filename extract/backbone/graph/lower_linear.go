package graph

// gemm lowers Gemm, α·A·B + β·C, where A comes from the image.
func gemm(l *lowering, n *node, in []operand) (operand, error) {
	alpha, beta := n.attrs.float("alpha", 1), n.attrs.float("beta", 1)
	if n.attrs.integer("transA", 0) != 0 {
		return operand{}, unsupported("transA is set, which would mix the images of a batch")
	}
	y, c, err := l.linear(n, in, n.attrs.integer("transB", 0) != 0)
	if err != nil {
		return operand{}, err
	}
	bias := make([]float32, y.val.Shape.C)
	if len(in) > 2 && (in[2].konst != nil || in[2].val != nil) {
		b, err := l.weights(in, 2, y.typ)
		if err != nil {
			return operand{}, err
		}
		if !perChannel(in[2].dims, y.dims, len(bias)) {
			return operand{}, unsupported("its bias has the shape %v, not one number an output", in[2].dims)
		}
		for i := range bias {
			bias[i] = beta * b[i%len(b)]
		}
	}
	if alpha != 1 {
		for i := range c.Weight {
			c.Weight[i] *= alpha
		}
	}
	c.Bias = bias
	if !isFinite(bias) || alpha != 1 && !isFinite(c.Weight) {
		return operand{}, invalid("it multiplies by infinity or NaN: the file is damaged")
	}
	return y, nil
}

// matMul lowers MatMul of an activation and a constant matrix.
func matMul(l *lowering, n *node, in []operand) (operand, error) {
	y, _, err := l.linear(n, in, false)
	return y, err
}

// linear lowers the product of a [N,K] activation with a matrix, [M,K] if transposed and
// [K,M] otherwise, to a convolution whose window is its whole input. A flattened [C,H,W]
// is row-major, as the window is.
func (l *lowering) linear(n *node, in []operand, transposed bool) (operand, *Conv, error) {
	if len(in) < 2 || in[0].val == nil {
		return operand{}, nil, unsupported("its first input is not computed from the image")
	}
	x := in[0]
	if err := x.unpadded(); err != nil {
		return operand{}, nil, err
	}
	weight, err := l.weights(in, 1, x.typ)
	if err != nil {
		return operand{}, nil, err
	}
	w := in[1].dims
	if len(w) != 2 || len(x.dims) != 2 || len(weight) == 0 {
		return operand{}, nil, unsupported("it multiplies the shapes %v and %v: only one vector per image times a matrix can run", x.dims, w)
	}
	outs, ins := int(w[0]), int(w[1])
	if !transposed {
		outs, ins = ins, outs
		if err := l.spend(int64(len(weight))); err != nil {
			return operand{}, nil, err
		}
		weight = transpose(weight, ins, outs)
	}
	s := x.val.Shape
	if ins != s.Len() {
		return operand{}, nil, invalid("its weight %v doesn't fit its input of %d elements: the input size may be wrong, or the export", w, s.Len())
	}
	y, err := l.value(n, Shape{outs, 1, 1}, x.typ, l.batch, int64(outs))
	if err != nil {
		return operand{}, nil, err
	}
	c := &Conv{
		In: x.val, Out: y.val, Weight: weight, Bias: make([]float32, outs), Groups: 1,
		KH: s.H, KW: s.W, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1,
	}
	l.add(c)
	return y, c, nil
}

// transpose turns a row-major [rows,cols] matrix into [cols,rows].
func transpose(m []float32, rows, cols int) []float32 {
	out := make([]float32, len(m))
	for r := range rows {
		for c := range cols {
			out[c*rows+r] = m[r*cols+c]
		}
	}
	return out
}
