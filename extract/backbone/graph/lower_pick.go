package graph

import "slices"

// pick lowers Gather: of an activation's channels by constant indices, to a 1×1 convolution
// with weights of 0 and 1; or of integers in the computation of a shape. torchvision's
// GoogLeNet and Inception v3 split the image this way, and some models convert RGB to BGR.
func pick(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) != 2 || in[0].val == nil {
		return integers(l, n, in)
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
	s := x.val.Shape
	if err := l.spend(int64(len(indices)) * int64(s.C+1)); err != nil {
		return operand{}, err
	}
	y, err := l.value(n, Shape{len(indices), s.H, s.W}, x.typ)
	if err != nil {
		return operand{}, err
	}
	weight := make([]float32, len(indices)*s.C)
	for i, at := range indices {
		if at < 0 {
			at += int64(s.C)
		}
		if at < 0 || at >= int64(s.C) {
			return operand{}, invalid("its index %d is outside %d channels: export the model again", indices[i], s.C)
		}
		weight[i*s.C+int(at)] = 1
	}
	l.add(&Conv{In: x.val, Out: y.val, Weight: weight, Bias: make([]float32, len(indices)), Groups: 1,
		KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1})
	if len(in[1].dims) == 0 { // one index: the axis goes
		y.dims = slices.Delete(y.dims, 1, 2)
	}
	return y, nil
}
