package graph

import "slices"

// layerNorm lowers LayerNormalization and RMSNormalization.
func layerNorm(l *lowering, n *node, in []operand) (operand, error) {
	x, err := l.moved(in)
	if err != nil {
		return operand{}, err
	}
	first, err := axisOf(n.attrs.integer("axis", -1), x.dims)
	if err != nil {
		return operand{}, err
	}
	if l.batch > 1 && first == 0 {
		return operand{}, unsupported("it normalises over the images of a batch")
	}
	norm := &Norm{Epsilon: n.attrs.float("epsilon", 1e-5), RMS: n.op != "LayerNormalization"}
	if x, err = l.one(x); err != nil {
		return operand{}, err
	}
	size, _ := count(x.dims[first:])
	var given [2][]float32 // scale and shift
	for i := range given {
		if i+1 >= len(in) || in[i+1].konst == nil && in[i+1].val == nil {
			continue
		}
		if given[i], err = l.weights(in, i+1, in[i+1].typ); err != nil {
			return operand{}, err
		}
		if err := l.spend(2 * size); err != nil {
			return operand{}, err
		}
		if w := given[i]; len(w) == 1 {
			given[i] = slices.Repeat(w, int(size))
		} else if int64(len(w)) != size {
			return operand{}, unsupported("its scale or bias has the shape %v, not one number for each of %v", in[i+1].dims, x.dims[first:])
		}
	}
	y, err := l.normalised(n, x, first, norm, given)
	if err != nil {
		return operand{}, err
	}
	return l.all(y), nil
}

// normalised normalises the axes of x from first on together. scale and shift, where given,
// have a number for each of their elements.
func (l *lowering) normalised(n *node, x operand, first int, norm *Norm, given [2][]float32) (operand, error) {
	dims := x.dims
	size, _ := count(dims[first:])
	x, err := l.reshaped(x, append(slices.Clone(dims[:first]), size))
	if err != nil {
		return operand{}, err
	}
	norm.Groups = 1
	if err := l.spendTable(int64(x.val.Shape.H * x.val.Shape.W)); err != nil {
		return operand{}, err
	}
	if !x.tokens(first) {
		if x, norm.Groups, err = l.inGroups(n, x, first); err != nil {
			return operand{}, err
		}
	}
	if err := l.spend(2 * int64(x.val.Shape.C)); err != nil {
		return operand{}, err
	}
	if given[0] != nil || given[1] != nil {
		norm.Scale, norm.Shift = given[0], given[1]
		if norm.Scale == nil {
			norm.Scale = slices.Repeat([]float32{1}, int(size))
		}
		if norm.Shift == nil {
			norm.Shift = make([]float32, size)
		}
		norm.Scale, norm.Shift = slices.Repeat(norm.Scale, norm.Groups), slices.Repeat(norm.Shift, norm.Groups)
	}
	y, err := l.like(n, x)
	if err != nil {
		return operand{}, err
	}
	norm.In, norm.Out = x.val, y.val
	l.add(norm)
	return l.reshaped(y, dims)
}

// inGroups makes an axis the channels of a value, or one of several equal parts of them, as
// where each head's queries are normalised.
func (l *lowering) inGroups(n *node, x operand, axis int) (operand, int, error) {
	x = l.settle(x)
	if y, err := l.compact(n, x); err == nil {
		if g, ok := y.grid(); ok && y.complete() {
			if groups := groupsOf(g.channels, y.dims, axis); groups > 1 {
				return y, groups, nil
			}
		}
	}
	x, err := l.byToken(n, x, axis)
	return x, 1, err
}

// groupsOf is the number of equal parts of the channels that an axis runs over, each in
// order; 0 if it does not.
func groupsOf(channels part, dims []int64, axis int) int {
	size := int(dims[axis])
	long := channels.long(dims)
	if size < 2 || len(long) == 0 || long[len(long)-1] != axis {
		return 0
	}
	for i, c := range channels.at {
		if first := channels.at[i/size*size]; int(first)%size != 0 || int(c) != int(first)+i%size {
			return 0
		}
	}
	return len(channels.at) / size
}

// instanceNorm lowers InstanceNormalization: the norm of each channel over the pixels.
// PyTorch writes GroupNorm with it, after a Reshape.
func instanceNorm(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) != 3 || in[0].val == nil || len(in[0].dims) < 3 {
		return operand{}, unsupported("its input is no image computed from the image")
	}
	x, err := l.one(in[0])
	if err != nil {
		return operand{}, err
	}
	y, err := l.normalised(n, x, 2, &Norm{Epsilon: n.attrs.float("epsilon", 1e-5)}, [2][]float32{})
	if err != nil {
		return operand{}, err
	}
	return l.scaledChannels(n, y, in)
}

// groupNorm lowers GroupNormalization.
func groupNorm(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) != 3 || in[0].val == nil || len(in[0].dims) < 3 {
		return operand{}, unsupported("its input is no image computed from the image")
	}
	x, err := l.one(in[0])
	if err != nil {
		return operand{}, err
	}
	dims, groups := x.dims, n.attrs.integer("num_groups", 1)
	if groups < 1 || dims[1]%groups != 0 || l.opset < 21 {
		return operand{}, unsupported("its %d groups don't fit %d channels, or its opset %d is before 21", groups, dims[1], l.opset)
	}
	if x, err = l.reshaped(x, slices.Concat(dims[:1], []int64{groups, dims[1] / groups}, dims[2:])); err != nil {
		return operand{}, err
	}
	y, err := l.normalised(n, x, 2, &Norm{Epsilon: n.attrs.float("epsilon", 1e-5)}, [2][]float32{})
	if err != nil {
		return operand{}, err
	}
	if y, err = l.reshaped(y, dims); err != nil {
		return operand{}, err
	}
	return l.scaledChannels(n, y, in)
}

// scaledChannels multiplies axis 1 of y by input 1 and adds input 2.
func (l *lowering) scaledChannels(n *node, y operand, in []operand) (operand, error) {
	for i, op := range []string{1: "Mul", 2: "Add"} {
		if op == "" {
			continue
		}
		w := in[i]
		if w.konst == nil || len(w.dims) != 1 || w.dims[0] != y.dims[1] {
			return operand{}, unsupported("its input %d is not one constant for each channel", i)
		}
		dims := slices.Repeat([]int64{1}, len(y.dims)-1)
		dims[0] = w.dims[0]
		w.konst, w.dims = w.konst.withDims(dims), dims
		step := *n
		step.op = op
		var err error
		if y, err = l.withOne(&step, y, w, 1); err != nil {
			return operand{}, err
		}
	}
	return l.all(y), nil
}
