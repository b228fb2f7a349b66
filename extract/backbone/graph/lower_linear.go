package graph

import "slices"

// gemm lowers Gemm, α·A·B + β·C, where A comes from the image.
func gemm(l *lowering, n *node, in []operand) (operand, error) {
	alpha, beta := n.attrs.float("alpha", 1), n.attrs.float("beta", 1)
	if len(in) < 2 || in[0].val == nil || in[1].konst == nil || len(in[0].dims) != 2 || len(in[1].dims) != 2 {
		return operand{}, unsupported("only the product of an activation of two axes and a constant can run")
	}
	x := l.settle(in[0])
	if n.attrs.integer("transA", 0) != 0 {
		x = l.turn(x, []int64{1, 0})
	}
	weight, err := l.weights(in, 1, x.typ)
	if err != nil {
		return operand{}, err
	}
	outs, ins := in[1].dims[0], in[1].dims[1]
	if n.attrs.integer("transB", 0) == 0 {
		outs, ins = ins, outs
		if weight, err = l.transposed(weight, int(ins), int(outs)); err != nil {
			return operand{}, err
		}
	}
	bias := make([]float32, outs)
	if len(in) > 2 && (in[2].konst != nil || in[2].val != nil) {
		b, err := l.weights(in, 2, x.typ)
		if err != nil {
			return operand{}, err
		}
		switch d := in[2].dims; {
		case len(b) == 1 || len(d) > 0 && len(d) <= 2 && d[len(d)-1] == outs && int64(len(b)) == outs:
			for i := range bias {
				bias[i] = beta * b[i%len(b)]
			}
		default:
			return operand{}, unsupported("its bias has the shape %v, not one number an output", d)
		}
	}
	if alpha != 1 {
		for i := range weight {
			weight[i] *= alpha
		}
	}
	if !isFinite(bias) || alpha != 1 && !isFinite(weight) {
		return operand{}, invalid("it multiplies by infinity or NaN: the file is damaged")
	}
	return l.linear(n, x, weight, bias)
}

// matMul lowers MatMul: of an activation and a constant matrix on either side, or of two
// activations.
func matMul(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) != 2 || len(in[0].dims) == 0 || len(in[1].dims) == 0 {
		return operand{}, unsupported("it has %d inputs: only a product of two can run", len(in))
	}
	a, b := in[0], in[1]
	switch {
	case a.val != nil && b.konst != nil && matrix(b.dims) && len(a.dims) >= len(b.dims):
		weight, err := l.weights(in, 1, a.typ)
		if err != nil {
			return operand{}, err
		}
		ins, outs := b.dims[len(b.dims)-2], b.dims[len(b.dims)-1]
		if weight, err = l.transposed(weight, int(ins), int(outs)); err != nil {
			return operand{}, err
		}
		return l.linear(n, l.settle(a), weight, make([]float32, outs))
	case b.val != nil && a.konst != nil && matrix(a.dims) && len(b.dims) >= len(a.dims):
		// A·B is (Bᵀ·Aᵀ)ᵀ: a linear layer over another axis, as mixers have it.
		weight, err := l.weights(in, 0, b.typ)
		if err != nil {
			return operand{}, err
		}
		last := swapped(len(b.dims))
		y, err := l.linear(n, l.turn(l.settle(b), last), weight, make([]float32, a.dims[len(a.dims)-2]))
		if err != nil {
			return operand{}, err
		}
		return l.turn(y, last), nil
	}
	return l.product(n, a, b)
}

// matrix reports whether a constant is one matrix.
func matrix(dims []int64) bool {
	if len(dims) < 2 {
		return false
	}
	n, _ := count(dims[:len(dims)-2])
	return n == 1
}

// swapped is the permutation of rank axes that swaps the last two.
func swapped(rank int) []int64 {
	p := make([]int64, rank)
	for i := range p {
		p[i] = int64(i)
	}
	p[rank-2], p[rank-1] = p[rank-1], p[rank-2]
	return p
}

// transposed turns [rows,cols] weights into [cols,rows].
func (l *lowering) transposed(m []float32, rows, cols int) ([]float32, error) {
	if err := l.spend(int64(len(m))); err != nil {
		return nil, err
	}
	out := make([]float32, len(m))
	for r := range rows {
		for c := range cols {
			out[c*rows+r] = m[r*cols+c]
		}
	}
	return out, nil
}

// linear lowers a linear layer over the last axis of x, with weight [M,K]: a 1×1
// convolution, or one whose window is its whole input where a vector is an image in its own
// order, as after a Flatten.
func (l *lowering) linear(n *node, x operand, weight, bias []float32) (operand, error) {
	last := len(x.dims) - 1
	outs := len(bias)
	if outs == 0 || int64(len(weight)) != int64(outs)*x.dims[last] {
		return operand{}, invalid("its weight of %d×%d doesn't fit its input of shape %v: the input size may be wrong, or the export",
			outs, len(weight)/max(outs, 1), x.dims)
	}
	c := &Conv{Weight: weight, Bias: bias, Groups: 1, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}
	if s := x.val.Shape; x.view == nil && last == 1 && x.dims[1] == int64(s.Len()) && x.dims[0] == l.batch {
		y, err := l.value(n, Shape{outs, 1, 1}, x.typ, l.batch, int64(outs))
		if err != nil {
			return operand{}, err
		}
		c.In, c.Out, c.KH, c.KW = x.val, y.val, s.H, s.W
		l.add(c)
		return y, nil
	}
	x, err := l.one(x)
	if err != nil {
		return operand{}, err
	}
	if x, err = l.byToken(n, x, last); err != nil {
		return operand{}, err
	}
	y, err := l.wider(n, x, last, outs)
	if err != nil {
		return operand{}, err
	}
	c.In, c.Out = x.val, y.val
	l.add(c)
	return l.all(y), nil
}

// wider makes a value with the pixels of x, whose channels the axis is, and other channels.
func (l *lowering) wider(n *node, x operand, axis, channels int) (operand, error) {
	s := x.val.Shape
	y, err := l.value(n, Shape{channels, s.H, s.W}, x.typ)
	if err != nil {
		return operand{}, err
	}
	g, _ := x.grid()
	dims := slices.Clone(x.dims)
	dims[axis] = int64(channels)
	g.channels = part{[]int{axis}, make([]int32, channels)}
	for c := range channels {
		g.channels.at[c] = int32(c)
	}
	if k := slices.Index(g.pixels.axes, axis); k >= 0 { // one channel: its axis counts nowhere
		g.pixels.axes = slices.Delete(slices.Clone(g.pixels.axes), k, k+1)
	}
	return y.seen(g.view(s.H*s.W).covering(len(dims)), dims, 1), nil
}
