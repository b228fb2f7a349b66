package graph

import (
	"maps"
	"slices"
)

// conv lowers Conv: X [N,C,H,W], W [M,C/group,kH,kW], optional B [M].
func conv(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) > 1 && len(in[0].dims) == 3 && len(in[1].dims) == 3 {
		return l.conv1d(n, in)
	}
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
	if x.dims[0] != l.batch {
		return operand{}, unsupported("its input of shape %v is a batch of %d pieces of the image, which can't be convolved", x.dims, x.dims[0])
	}
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

// conv1d lowers a convolution along one axis, as ECA-Net has over its channels: one along
// the width of an image of one row.
func (l *lowering) conv1d(n *node, in []operand) (operand, error) {
	x, err := l.moved(in)
	if err != nil {
		return operand{}, err
	}
	wide := *n
	wide.attrs.values = maps.Clone(n.attrs.values)
	for name, before := range map[string]int64{"kernel_shape": 1, "strides": 1, "dilations": 1, "pads": 0} {
		if list := attribute[[]int64](&n.attrs, name, nil); name == "pads" && len(list) == 2 {
			wide.attrs.values[name] = []int64{0, list[0], 0, list[1]}
		} else if list != nil {
			wide.attrs.values[name] = append([]int64{before}, list...)
		}
	}
	args := slices.Clone(in)
	if args[0], err = l.reshaped(x, []int64{x.dims[0], x.dims[1], 1, x.dims[2]}); err != nil {
		return operand{}, err
	}
	if w := in[1]; w.konst != nil {
		dims := []int64{w.dims[0], w.dims[1], 1, w.dims[2]}
		args[1].konst, args[1].dims = w.konst.withDims(dims), dims
	}
	y, err := conv(l, &wide, args)
	if err != nil {
		return operand{}, err
	}
	n.attrs.err = wide.attrs.err
	return l.reshaped(y, []int64{y.dims[0], y.dims[1], y.dims[3]})
}
