package graph

// conv lowers Conv: X [N,C,H,W], W [M,C/group,kH,kW], optional B [M].
func conv(l *lowering, n *node, in []operand) (operand, error) {
	x, err := l.image(n, in, 0)
	if err != nil {
		return operand{}, err
	}
	weight, err := l.weights(in, 1, x.typ)
	if err != nil {
		return operand{}, err
	}
	w := in[1].dims
	if len(w) != 4 || len(weight) == 0 {
		return operand{}, unsupported("its weight has the shape %v: only two-dimensional convolutions can run", w)
	}
	win := n.window(int(w[2]), int(w[3]))
	groups := n.attrs.integer("group", 1)
	if n.attrs.err != nil {
		return operand{}, n.attrs.err
	}
	s := x.val.Shape
	if groups < 1 || groups > int64(s.C) || w[1]*groups != int64(s.C) || w[0]%groups != 0 || win.kh != int(w[2]) || win.kw != int(w[3]) {
		return operand{}, invalid("its weight %v, group %d and kernel %d×%d don't fit its input of %d channels: export the model again", w, groups, win.kh, win.kw, s.C)
	}
	h, wd, err := win.place(s, x.pad)
	if err != nil {
		return operand{}, err
	}
	y, err := l.value(n, Shape{int(w[0]), h, wd}, x.typ)
	if err != nil {
		return operand{}, err
	}
	bias, err := l.bias(in, 2, x.typ, int(w[0]))
	if err != nil {
		return operand{}, err
	}
	l.add(&Conv{
		In: x.val, Out: y.val, Weight: weight, Bias: bias, Groups: int(groups), Pad: win.pad,
		KH: win.kh, KW: win.kw, StrideH: win.sh, StrideW: win.sw, DilationH: win.dh, DilationW: win.dw,
	})
	return y, nil
}

// bias is input i, or zeros when it is absent.
func (l *lowering) bias(in []operand, i int, typ dataType, n int) ([]float32, error) {
	if i >= len(in) || in[i].konst == nil && in[i].val == nil {
		return make([]float32, n), l.spend(int64(n))
	}
	b, err := l.weights(in, i, typ)
	if err == nil && len(b) != n {
		err = invalid("input %d has %d elements, not one for each of %d channels: export the model again", i, len(b), n)
	}
	return b, err
}
