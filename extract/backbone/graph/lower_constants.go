package graph

import (
	"math"
	"slices"
)

// withConstant lowers arithmetic of the activation x with the constant in[i]: one number,
// or one for each channel, is an affine layer.
func (l *lowering) withConstant(n *node, x operand, in []operand, i int) (operand, error) {
	x, err := l.one(x)
	if err != nil {
		return operand{}, err
	}
	y, err := l.withOne(n, x, in[i], i)
	if err != nil {
		return operand{}, err
	}
	return l.all(y), nil
}

// withOne is withConstant for x of one image; k is input i.
func (l *lowering) withOne(n *node, x, k operand, i int) (operand, error) {
	w, err := l.weights([]operand{k}, 0, x.typ)
	if err != nil {
		return operand{}, err
	}
	dims := k.dims
	if l.batch > 1 && len(dims) == len(x.dims) && dims[0] > 1 && dims[0] != x.dims[0] {
		return operand{}, unsupported("its constant has the shape %v, with a batch: export the model with a dynamic batch", dims)
	}
	to, err := broadcast(x.dims, dims)
	if err != nil {
		return operand{}, err
	}
	if err := l.sameRank(to, x); err != nil {
		return operand{}, err
	}
	if !slices.Equal(to, x.dims) {
		if x, err = l.expanded(x, to); err != nil {
			return operand{}, err
		}
	}
	if x, err = l.compact(n, x); err != nil {
		return operand{}, err
	}
	own, err := l.perChannel(x, dims, w)
	if err != nil {
		return operand{}, err
	}
	if own != nil {
		return l.affineWith(n, x, own, i)
	}
	return l.tableWith(n, x, dims, w, i)
}

// perChannel takes a constant that is broadcast to x as one number for each channel of x's
// value; nil if it varies between the pixels.
func (l *lowering) perChannel(x operand, dims []int64, w []float32) ([]float32, error) {
	s := x.val.Shape
	if err := l.spend(8 * int64(s.C)); err != nil {
		return nil, err
	}
	own := make([]float32, s.C)
	if len(w) == 1 {
		for c := range own {
			own[c] = w[0]
		}
		return own, nil
	}
	if err := l.spendTable(int64(s.H * s.W)); err != nil {
		return nil, err
	}
	g, ok := x.grid()
	if !ok {
		return nil, nil
	}
	step := spreadSteps(dims, steps(dims), len(x.dims))
	for a, by := range step {
		if by > 0 && !slices.Contains(g.channels.axes, a) {
			return nil, nil
		}
	}
	of := make([]int, len(g.channels.axes))
	for i, a := range g.channels.axes {
		of[i] = step[a]
	}
	for i, at := range walk(axesOf(g.channels, x.dims), of, 0) {
		own[g.channels.at[i]] = w[at]
	}
	return own, nil
}

// affineWith lowers arithmetic with one number for each channel, which is input i.
func (l *lowering) affineWith(n *node, x operand, w []float32, i int) (operand, error) {
	scale, shift := make([]float64, len(w)), make([]float64, len(w))
	for c := range w {
		v := float64(w[c])
		s, t := 1.0, 0.0
		switch {
		case n.op == "Mul":
			s = v
		case n.op == "Div" && i == 1:
			s = 1 / v
		case n.op == "Div":
			s = v
		case n.op == "Sub" && i == 1:
			t = -v
		case n.op == "Sub":
			s, t = -1, v
		default:
			t = v
		}
		scale[c], shift[c] = s, t
	}
	if n.op == "Div" && i == 0 {
		y, err := l.activated(n, x, Activation{Kind: Reciprocal})
		if err != nil {
			return operand{}, err
		}
		x = y
	}
	return l.affine(n, x, scale, shift)
}

// tableWith lowers arithmetic with a constant that has a number for each element of x, or
// for each pixel.
func (l *lowering) tableWith(n *node, x operand, dims []int64, w []float32, i int) (operand, error) {
	s := x.val.Shape
	if err := l.spendTable(4 * int64(s.Len())); err != nil {
		return operand{}, err
	}
	step := spreadSteps(dims, steps(dims), len(x.dims))
	data := make([]float32, s.Len())
	at := x.viewed().table(x.dims)
	for k, from := range walk(x.dims, step, 0) {
		data[at[k]] = w[from]
		if n.op == "Sub" && i == 1 {
			data[at[k]] = -w[from]
		}
	}
	c, err := l.value(n, s, x.typ)
	if err != nil {
		return operand{}, err
	}
	l.add(&Constant{Out: c.val, Data: data})
	c = operand{val: c.val, dims: x.dims, view: x.view, typ: x.typ}
	switch {
	case n.op == "Sub" && i == 0:
		ones, none := slices.Repeat([]float64{-1}, s.C), make([]float64, s.C)
		if x, err = l.affine(n, x, ones, none); err != nil {
			return operand{}, err
		}
		return l.sum(n, x, c)
	case n.op == "Mul":
		return l.combined(n, Times, x, c)
	case n.op == "Div" && i == 1:
		return l.combined(n, Over, x, c)
	case n.op == "Div":
		return l.combined(n, Over, c, x)
	}
	return l.sum(n, x, c)
}

// limit is a bound of Clip: an attribute up to opset 10, then an optional input.
func (l *lowering) limit(n *node, in []operand, i int, name string, otherwise float32) (float32, error) {
	v := n.attrs.float(name, otherwise)
	if i < len(in) && in[i].val != nil {
		return 0, unsupported("its %s is not a constant", name)
	}
	if i < len(in) && in[i].konst != nil {
		t, ok := in[i].konst, false
		var list []float32
		if t.len() == 1 {
			list, ok = t.float32s()
		}
		if !ok {
			return 0, invalid("its %s is not one float: export the model again", name)
		}
		v = list[0]
	}
	if v != v {
		return 0, invalid("its %s is NaN: export the model again", name)
	}
	return max(-math.MaxFloat32, min(v, math.MaxFloat32)), nil
}
