package graph

import "slices"

// pick lowers Gather: of an activation's channels by constant indices, to a 1×1 convolution
// with weights of 0 and 1. torchvision's GoogLeNet and Inception v3 split the image this
// way, and some models convert RGB to BGR.
func pick(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) != 2 {
		return operand{}, invalid("it lacks inputs: export the model again")
	}
	x, err := image(in, 0)
	if err != nil {
		return operand{}, err
	}
	if err := x.unpadded(); err != nil {
		return operand{}, err
	}
	axis := n.attrs.integer("axis", 0)
	if axis != 1 && axis != -3 || in[1].konst == nil {
		return operand{}, unsupported("of an activation, only channels can be picked, and by constants")
	}
	indices, ok := in[1].konst.int64s()
	if !ok || len(indices) > maxChannels || len(in[1].dims) > 1 {
		return operand{}, unsupported("its indices are no short list of integers")
	}
	order := make([]int, len(indices))
	for i, at := range indices {
		channels := int64(x.val.Shape.C)
		if at < 0 {
			at += channels
		}
		if at < 0 || at >= channels {
			return operand{}, invalid("its index %d is outside %d channels: export the model again", indices[i], channels)
		}
		order[i] = int(at)
	}
	y, err := l.pickChannels(n, x, order)
	if err == nil && len(in[1].dims) == 0 { // one index: the axis goes
		y.dims = slices.Delete(y.dims, 1, 2)
	}
	return y, err
}

// pickChannels makes an image whose channel i is x's channel order[i].
func (l *lowering) pickChannels(n *node, x operand, order []int) (operand, error) {
	s := x.val.Shape
	if err := l.spend(int64(len(order)) * int64(s.C+1)); err != nil {
		return operand{}, err
	}
	y, err := l.value(n, Shape{len(order), s.H, s.W}, x.typ)
	if err != nil {
		return operand{}, err
	}
	weight := make([]float32, len(order)*s.C)
	for i, at := range order {
		weight[i*s.C+at] = 1
	}
	l.add(&Conv{In: x.val, Out: y.val, Weight: weight, Bias: make([]float32, len(order)), Groups: 1,
		KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1})
	return y, nil
}

// shuffle lowers a Transpose that only reorders channels, which a Reshape has split into
// several axes: ShuffleNet's [N,G,C/G,H,W] to [N,C/G,G,H,W]. It reports false for others.
func (l *lowering) shuffle(n *node, x operand, perm []int64) (operand, bool, error) {
	s := x.val.Shape
	split, channels := 1, int64(1)
	for split < len(x.dims) && channels < int64(s.C) {
		channels *= x.dims[split]
		split++
	}
	if channels != int64(s.C) || perm[0] != 0 || !slices.IsSorted(perm[split:]) || slices.Max(perm[:split]) >= int64(split) {
		return operand{}, false, nil
	}
	own := steps(x.dims[1:split])
	dims, step := slices.Clone(x.dims), make([]int, split-1)
	for i := 1; i < split; i++ {
		dims[i], step[i-1] = x.dims[perm[i]], own[perm[i]-1]
	}
	y, err := l.pickChannels(n, x, walk(dims[1:split], step, 0))
	y.dims = dims
	return y, true, err
}
