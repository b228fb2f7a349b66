package graph

import "slices"

// one is the first image of an operand, its leading axis divided by the batch size, and its
// padding settled. Nearly all files leave the batch open or fix it to one image, and nothing
// else changes.
func (l *lowering) one(x operand) (operand, error) {
	x = l.settle(x)
	if l.batch == 1 {
		return x, nil
	}
	mixed := unsupported("its input of shape %v mixes the %d images of a batch: export the model with one image or with a dynamic batch", x.dims, l.batch)
	if len(x.dims) == 0 || x.dims[0]%l.batch != 0 {
		return operand{}, mixed
	}
	split := slices.Insert(slices.Clone(x.dims), 1, x.dims[0]/l.batch)
	split[0] = l.batch
	v := x.viewed().reshape(x.dims, split)
	p := v[v.partOf(0)]
	rest := len(p.at) / int(l.batch)
	size := int32(x.val.Shape.Len())
	for i, at := range p.at {
		want := p.at[i%rest]
		if want != nowhere {
			want += int32(i/rest) * size
		}
		if at != want {
			return operand{}, mixed
		}
	}
	v = v.pick(split, 0, []int{0})
	split[0] = 1
	return x.seen(v.reshape(split, split[1:]), split[1:], 1), nil
}

// all is the operand of all images of which x is the first.
func (l *lowering) all(x operand) operand {
	if l.batch == 1 {
		return x
	}
	v := view{part{axes: []int{0}, at: make([]int32, l.batch)}}
	for i := range v[0].at {
		v[0].at[i] = int32(i * x.val.Shape.Len())
	}
	for _, p := range x.viewed() {
		q := part{at: p.at}
		for _, a := range p.axes {
			q.axes = append(q.axes, a+1)
		}
		v = append(v, q)
	}
	split := slices.Insert(slices.Clone(x.dims), 0, l.batch)
	dims := slices.Clone(x.dims)
	dims[0] *= l.batch
	return l.look(x, v.reshape(split, dims), dims)
}

// settle makes the padding that a Pad node left for the next layer part of the view.
func (l *lowering) settle(x operand) operand {
	if x.pad == (Pads{}) {
		return x
	}
	s, p := x.val.Shape, x.pad
	x.pad = Pads{}
	dims := []int64{x.dims[0], x.dims[1], int64(s.H), int64(s.W)}
	v := natural(dims)
	v = v.pick(dims, 2, padded(s.H, p.Top, p.Bottom))
	dims[2] = x.dims[2]
	v = v.pick(dims, 3, padded(s.W, p.Left, p.Right))
	return l.look(x, v, x.dims)
}

// padded lists n elements with zeros before and after them.
func padded(n, before, after int) []int {
	list := make([]int, 0, max(0, before+n+after))
	for i := -before; i < n+after; i++ {
		if i < 0 || i >= n {
			list = append(list, nowhere)
		} else {
			list = append(list, i)
		}
	}
	return list
}

// table lists where the elements of x lie, row-major.
func (l *lowering) table(x operand) ([]int32, error) {
	n, _ := count(x.dims)
	if err := l.spendTable(n); err != nil {
		return nil, err
	}
	return slices.Clone(x.viewed().table(x.dims)), nil
}

// spendView accounts for what a node does to the view of an operand.
func (l *lowering) spendView(x operand) error {
	if x.val == nil {
		return nil
	}
	n := int64(0)
	if x.view != nil {
		n = int64(x.val.Shape.H * x.val.Shape.W)
	} else {
		for _, d := range x.dims {
			n += d
		}
	}
	for _, p := range x.view {
		n += int64(len(p.at))
	}
	return l.spendTable(n)
}
