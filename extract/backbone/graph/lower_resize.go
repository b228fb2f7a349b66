package graph

// resize lowers Resize of an activation: nearest picks pixels, and the other modes are
// linear layers along one axis after the other.
func resize(l *lowering, n *node, in []operand) (operand, error) {
	x, err := l.moved(in)
	if err != nil {
		return operand{}, err
	}
	f := &folding{node: n, l: l, in: make([]*tensor, len(in))}
	for i, k := range in {
		if k.konst != nil {
			if f.in[i], err = l.decoded(k); err != nil {
				return operand{}, err
			}
		}
	}
	all, err := f.allTaps(x.dims)
	if err != nil {
		return operand{}, err
	}
	for axis, taps := range all {
		if taps == nil {
			continue
		}
		if x, err = l.resized(n, x, axis, taps); err != nil {
			return operand{}, err
		}
	}
	return x, nil
}

// resized makes an axis of x of taps.
func (l *lowering) resized(n *node, x operand, axis int, taps [][]tap) (operand, error) {
	list := make([]int, len(taps))
	nearest := true
	for i, t := range taps {
		list[i] = t[0].at
		nearest = nearest && len(t) == 1
	}
	if nearest {
		return l.picked(x, axis, list)
	}
	size := int(x.dims[axis])
	if err := l.spend(int64(size) * int64(len(taps))); err != nil {
		return operand{}, err
	}
	weight := make([]float32, len(taps)*size)
	for i, t := range taps {
		row := make([]float64, size)
		for _, tap := range t {
			row[tap.at] += tap.weight
		}
		for k, w := range row {
			weight[i*size+k] = float32(w)
		}
	}
	perm := axisFirst(axis, len(x.dims))
	perm = append(perm[1:], perm[0])
	y, err := l.linear(n, l.turn(x, perm), weight, make([]float32, len(taps)))
	if err != nil {
		return operand{}, err
	}
	return l.turn(y, inverse(perm)), nil
}
