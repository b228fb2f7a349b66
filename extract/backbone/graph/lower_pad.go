package graph

import "slices"

// pad lowers Pad. Zeros around the height and width of an image become a note for the next
// layer; anything else is a view.
func pad(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) == 0 || in[0].val == nil {
		return operand{}, unsupported("its first input is not computed from the image")
	}
	x := in[0]
	pads, low, err := l.padsOf(n, in, len(x.dims))
	if err != nil {
		return operand{}, err
	}
	if low {
		if x, err = l.natural(n, x); err != nil {
			return operand{}, err
		}
	}
	mode := n.attrs.text("mode", "constant")
	if y, ok := x.margin(pads); ok && mode == "constant" {
		y.low = low
		return y, nil
	}
	if low {
		return operand{}, unsupported("it pads an input of shape %v with a number below all others: only around an image it can", x.dims)
	}
	x = l.settle(x)
	for axis := range x.dims {
		before, after := pads[axis], pads[len(x.dims)+axis]
		if before == 0 && after == 0 {
			continue
		}
		list := padded(int(x.dims[axis]), int(before), int(after))
		for i, at := range list {
			if mode == "constant" || at != nowhere {
				continue
			}
			if list[i], err = beyond(i-int(before), int(x.dims[axis]), mode); err != nil {
				return operand{}, err
			}
		}
		if x, err = l.picked(x, axis, list); err != nil {
			return operand{}, err
		}
	}
	return x, nil
}

// padsOf are the amounts before each axis and after each. low says that what is padded is
// below all other numbers, as a max pool pads.
func (l *lowering) padsOf(n *node, in []operand, rank int) (pads []int64, low bool, err error) {
	pads, err = integersOf(n, in, "pads", 1)
	if err != nil {
		return nil, false, err
	}
	value := n.attrs.float("value", 0)
	if len(in) > 2 && in[2].konst != nil {
		v, ok := in[2].konst.float32s()
		if !ok || len(v) != 1 {
			return nil, false, invalid("its value is not one float: export the model again")
		}
		value = v[0]
	}
	low = value < -1e30 && l.onlyMaxPools(n.out[0])
	if value != 0 && !low {
		return nil, false, unsupported("it pads with %g: only zeros can be padded", value)
	}
	axes, err := integersOf(n, in, "axes", 3)
	if err != nil {
		return nil, false, err
	}
	if axes != nil {
		if len(pads) != 2*len(axes) {
			return nil, false, invalid("its pads %v don't fit its axes %v: export the model again", pads, axes)
		}
		all := make([]int64, 2*rank)
		for i, a := range axes {
			if a < 0 {
				a += int64(rank)
			}
			if a < 0 || a >= int64(rank) {
				return nil, false, invalid("its axes %v don't fit its input: export the model again", axes)
			}
			all[a], all[int64(rank)+a] = pads[i], pads[len(axes)+i]
		}
		pads = all
	}
	if len(pads) != 2*rank {
		return nil, false, invalid("its pads %v don't fit an input of %d dimensions: export the model again", pads, rank)
	}
	for _, p := range pads {
		if p < -maxWindow || p > maxWindow {
			return nil, false, unsupported("it pads by more than %d", maxWindow)
		}
	}
	return pads, low, nil
}

// onlyMaxPools reports whether nothing but max pools reads a tensor.
func (l *lowering) onlyMaxPools(tensor string) bool {
	for _, n := range l.nodes {
		if slices.Contains(n.in, tensor) && n.op != "MaxPool" {
			return false
		}
	}
	return !slices.ContainsFunc(l.outputs, func(t TensorInfo) bool { return t.Name == tensor })
}

// margin notes zeros around height and width for the next layer. It reports false for
// other padding.
func (x operand) margin(pads []int64) (operand, bool) {
	s := x.val.Shape
	if x.view != nil || len(x.dims) != 4 || x.dims[1] != int64(s.C) ||
		x.dims[2] != int64(s.H+x.pad.Top+x.pad.Bottom) || x.dims[3] != int64(s.W+x.pad.Left+x.pad.Right) {
		return x, false
	}
	for i, p := range pads {
		if p < 0 || p != 0 && i%4 < 2 {
			return x, false
		}
	}
	p := Pads{x.pad.Top + int(pads[2]), x.pad.Left + int(pads[3]), x.pad.Bottom + int(pads[6]), x.pad.Right + int(pads[7])}
	if max(p.Top, p.Left, p.Bottom, p.Right) > maxWindow {
		return x, false
	}
	x.pad = p
	x.dims = []int64{x.dims[0], x.dims[1], int64(s.H + p.Top + p.Bottom), int64(s.W + p.Left + p.Right)}
	return x, true
}

// beyond is the element of n that stands for the place i outside them.
func beyond(i, n int, mode string) (int, error) {
	switch mode {
	case "edge":
		return max(0, min(i, n-1)), nil
	case "wrap":
		return ((i % n) + n) % n, nil
	case "reflect":
		if i < 0 {
			i = -i
		} else {
			i = 2*(n-1) - i
		}
		if i >= 0 && i < n {
			return i, nil
		}
	}
	return 0, unsupported("padding mode %q of an axis of %d can't run", mode, n)
}
