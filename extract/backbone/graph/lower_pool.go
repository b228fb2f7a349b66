package graph

// pool computes the geometry of a pooling node and its output.
func (l *lowering) pool(n *node, in []operand) (x, y operand, w window, err error) {
	if x, err = l.image(n, in, 0); err != nil {
		return
	}
	if !n.attrs.has("kernel_shape") {
		return x, y, w, invalid("it has no kernel_shape: export the model again")
	}
	w = n.window(1, 1)
	if err = n.attrs.err; err != nil {
		return
	}
	h, wd, err := w.place(x.val.Shape, x.pad)
	if err != nil {
		return
	}
	s := x.val.Shape
	if anyEmpty(h, w.sh, w.kh, w.dh, w.pad.Top, s.H) || anyEmpty(wd, w.sw, w.kw, w.dw, w.pad.Left, s.W) {
		return x, y, w, unsupported("a window would lie in the padding altogether")
	}
	y, err = l.pooled(n, x, h, wd)
	return x, y, w, err
}

// pooled is a new value of h×w pixels for each channel of x. Windows that are images of
// their own to ONNX are channels of x, and stay windows.
func (l *lowering) pooled(n *node, x operand, h, w int) (operand, error) {
	y, err := l.value(n, Shape{x.val.Shape.C, h, w}, x.typ)
	if err != nil || x.dims[0] == l.batch {
		return y, err
	}
	y.dims = []int64{x.dims[0] / l.batch, x.dims[1], int64(h), int64(w)}
	return l.all(y), nil
}

// anyEmpty reports whether one of n windows, of k elements d apart at every s-th place
// from −lo on, contains none of the size elements.
func anyEmpty(n, s, k, d, lo, size int) bool {
	return lo > (k-1)*d || (n-1)*s-lo >= size || lo > 0 && d > size
}

// maxPool lowers MaxPool. Zeros from a Pad node may replace its own padding of −∞ if the
// input is never negative, as after a ReLU.
func maxPool(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) > 0 && in[0].pad != (Pads{}) && !in[0].low && !l.neverNegative(in[0].val) {
		x, err := l.natural(n, in[0]) // zeros may win, and become pixels
		if err != nil {
			return operand{}, err
		}
		in = []operand{x}
	}
	x, y, w, err := l.pool(n, in)
	if err != nil {
		return y, err
	}
	l.add(&MaxPool{
		In: x.val, Out: y.val, Pad: w.pad,
		KH: w.kh, KW: w.kw, StrideH: w.sh, StrideW: w.sw, DilationH: w.dh, DilationW: w.dw,
	})
	return y, nil
}

func (l *lowering) neverNegative(v *Value) bool {
	a, ok := l.maker[v].(*Activate)
	if !ok {
		return false
	}
	switch a.Act.Kind {
	case Relu, Sigmoid, HardSigmoid:
		return true
	case Clip:
		return a.Act.Lo >= 0
	}
	return false
}

// averagePool lowers AveragePool. Zeros from a Pad node always count.
func averagePool(l *lowering, n *node, in []operand) (operand, error) {
	own := n.window(1, 1)
	if len(in) > 0 && !own.takes(in[0].pad) {
		x, err := l.natural(n, in[0])
		if err != nil {
			return operand{}, err
		}
		in = []operand{x}
	}
	x, y, w, err := l.pool(n, in)
	if err != nil {
		return y, err
	}
	countPad := n.attrs.integer("count_include_pad", 0) != 0
	overhang := w.ceil && (Pads{own.pad.Top + x.pad.Top, own.pad.Left + x.pad.Left, own.pad.Bottom + x.pad.Bottom, own.pad.Right + x.pad.Right}) != w.pad
	switch {
	case w.dh != 1 || w.dw != 1:
		return operand{}, unsupported("average pooling with dilation can't run")
	case x.pad != (Pads{}):
		countPad = true
	case own.pad == (Pads{}) && w.autoPad == "NOTSET":
		countPad = false // what ceil_mode adds never counts
	case countPad && overhang:
		return operand{}, unsupported("count_include_pad together with ceil_mode can't run")
	}
	l.add(&AvgPool{
		In: x.val, Out: y.val, Pad: w.pad, CountPad: countPad && w.pad != Pads{},
		KH: w.kh, KW: w.kw, StrideH: w.sh, StrideW: w.sw,
	})
	return y, nil
}

// takes reports whether an average pool may pad by itself what a Pad node would: if it has
// no padding of its own, and no window is altogether in the other.
func (w window) takes(p Pads) bool {
	own := w.pad != (Pads{}) || w.ceil || w.autoPad != "NOTSET" && w.autoPad != "VALID"
	return p == (Pads{}) || !own && max(p.Top, p.Bottom) < w.kh && max(p.Left, p.Right) < w.kw
}

// globalAveragePool lowers GlobalAveragePool: a window as large as its input.
func globalAveragePool(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) == 1 && in[0].val != nil && len(in[0].dims) != 4 && len(in[0].dims) > 2 { // over one axis or three
		return l.reduceAll(n, in[0], Mean)
	}
	x, y, err := globalPool(l, n, in)
	if err != nil {
		return operand{}, err
	}
	s := x.val.Shape
	l.add(&AvgPool{In: x.val, Out: y.val, KH: s.H, KW: s.W, StrideH: 1, StrideW: 1})
	return y, nil
}

// globalMaxPool lowers GlobalMaxPool: a window as large as its input.
func globalMaxPool(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) == 1 && in[0].val != nil && len(in[0].dims) != 4 && len(in[0].dims) > 2 {
		return l.reduceAll(n, in[0], Largest)
	}
	x, y, err := globalPool(l, n, in)
	if err != nil {
		return operand{}, err
	}
	s := x.val.Shape
	l.add(&MaxPool{In: x.val, Out: y.val, KH: s.H, KW: s.W, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1})
	return y, nil
}

// globalPool returns the image that a global pool reads and the value it makes.
func globalPool(l *lowering, n *node, in []operand) (x, y operand, err error) {
	if x, err = l.image(n, in, 0); err != nil {
		return x, y, err
	}
	if x, err = l.natural(n, x); err != nil {
		return x, y, err
	}
	y, err = l.pooled(n, x, 1, 1)
	return x, y, err
}

// reduceAll reduces all axes after the channels.
func (l *lowering) reduceAll(n *node, x operand, op ReduceOp) (operand, error) {
	x, err := l.one(x)
	if err != nil {
		return operand{}, err
	}
	var axes []int
	for a := 2; a < len(x.dims); a++ {
		axes = append(axes, a)
	}
	y, err := l.reduced(n, x, axes, op)
	if err != nil {
		return operand{}, err
	}
	return l.all(y), nil
}
