package graph

import "slices"

// concat lowers Concat. Parts of one value that only continue each other, as after a roll,
// are a view. Channels of images are joined by a [Concat], anything else by a [Gather].
func concat(l *lowering, n *node, in []operand) (operand, error) {
	first := -1
	if whole := slices.DeleteFunc(slices.Clone(in), func(x operand) bool { return slices.Contains(x.dims, 0) }); len(whole) > 0 {
		in = whole
	}
	for i := range in {
		if in[i].val != nil {
			in[i] = l.settle(in[i])
			if first < 0 {
				first = i
			}
		} else if in[i].konst == nil {
			return operand{}, invalid("input %d is absent: export the model again", i)
		}
	}
	if first < 0 {
		return operand{}, cannotFold("it joins constants that can't be folded")
	}
	axis, err := axisOf(n.attrs.integer("axis", 1), in[first].dims)
	if err != nil {
		return operand{}, err
	}
	dims := slices.Clone(in[first].dims)
	dims[axis] = 0
	for _, x := range in {
		same := len(x.dims) == len(dims) && slices.Equal(x.dims[:axis], dims[:axis]) && slices.Equal(x.dims[axis+1:], dims[axis+1:])
		if !same || x.typ != in[first].typ {
			return operand{}, unsupported("it joins the shapes %v (%s) and %v (%s), which differ in more than axis %d",
				in[first].dims, in[first].typ, x.dims, x.typ, axis)
		}
		dims[axis] += x.dims[axis]
	}
	if err := l.room(dims); err != nil {
		return operand{}, err
	}
	if len(in) == 1 {
		return in[0], nil
	}
	if y, ok := l.continued(in, axis); ok {
		return y, nil
	}
	if y, ok, err := l.joinChannels(n, in, axis, dims); ok || err != nil {
		return y, err
	}
	if l.batch > 1 && axis == 0 {
		return operand{}, unsupported("it joins along axis 0, which mixes the images of a batch")
	}
	return l.joinAll(n, in, axis)
}

// continued is the view that operands of one value make together, if they differ in the
// axis alone.
func (l *lowering) continued(in []operand, axis int) (operand, bool) {
	y := in[0]
	if y.view == nil {
		return operand{}, false // a whole value, and more of it
	}
	for _, x := range in[1:] {
		if x.val == nil || x.val != y.val {
			return operand{}, false
		}
		if l.spendView(y) != nil || l.spendView(x) != nil {
			return operand{}, false
		}
		v, ok := y.viewed().append(x.viewed(), y.dims, x.dims, axis)
		if !ok {
			return operand{}, false
		}
		dims := slices.Clone(y.dims)
		dims[axis] += x.dims[axis]
		y = l.look(y, v, dims)
	}
	return y, true
}

// joinChannels joins whole values that lie in their own order, along the outermost axis of
// an image's elements, if that is axis 1. It reports false for other operands.
func (l *lowering) joinChannels(n *node, in []operand, axis int, dims []int64) (operand, bool, error) {
	layer := &Concat{}
	s := Shape{}
	for _, x := range in {
		if x.val == nil || x.view != nil || axis != 1 || dims[0] != l.batch {
			return operand{}, false, nil
		}
		t := x.val.Shape
		if s.C > 0 && (s.H != t.H || s.W != t.W) {
			return operand{}, false, nil
		}
		s.C, s.H, s.W = s.C+t.C, t.H, t.W
		layer.In = append(layer.In, x.val)
	}
	y, err := l.value(n, s, in[0].typ, dims...)
	if err != nil {
		return operand{}, false, err
	}
	layer.Out = y.val
	l.add(layer)
	return y, true, nil
}

// joinAll joins any operands: values, parts of them, and constants.
func (l *lowering) joinAll(n *node, in []operand, axis int) (operand, error) {
	layer := &Gather{}
	offset := make(map[*Value]int32)
	var total int32
	channel := -1
	var dims []int64
	var typ dataType
	for _, x := range in {
		if x.val == nil {
			continue
		}
		x, err := l.one(x)
		if err != nil {
			return operand{}, err
		}
		if channel < 0 {
			channel = len(x.dims) - 1
			if g, ok := x.grid(); ok {
				if long := g.channels.long(x.dims); len(long) > 0 {
					channel = long[len(long)-1]
				}
			}
			dims, typ = slices.Clone(x.dims), x.typ
		}
	}
	dims[axis] = 0
	// The result's pixels are all axes but the one of the channels, which comes first.
	perm := axisFirst(channel, len(dims))
	var tables [][]int32 // of each input, in its own order, turned by perm
	for _, x := range in {
		var err error
		if x.val == nil {
			x, err = l.constant(n, x, typ)
		} else {
			x, err = l.one(x)
		}
		if err != nil {
			return operand{}, err
		}
		dims[axis] += x.dims[axis]
		at, ok := offset[x.val]
		if !ok {
			at = total
			offset[x.val] = at
			total += int32(x.val.Shape.Len())
			layer.In = append(layer.In, x.val)
		}
		turned := l.turn(operand{val: x.val, dims: x.dims, view: x.view}, perm)
		table, err := l.table(turned)
		if err != nil {
			return operand{}, err
		}
		asSources(table, at)
		tables = append(tables, table)
	}
	turned := make([]int64, len(perm))
	for i, a := range perm {
		turned[i] = dims[a]
	}
	at := slices.Index(perm, int64(axis))
	outer, _ := count(turned[:at])
	for o := range int(outer) {
		for _, t := range tables {
			k := len(t) / int(outer)
			layer.From = append(layer.From, t[o*k:(o+1)*k]...)
		}
	}
	y, err := l.value(n, tokenShape(turned), typ)
	if err != nil {
		return operand{}, err
	}
	layer.Out = y.val
	l.add(layer)
	return l.all(l.turn(operand{val: y.val, dims: turned, typ: typ}, inverse(perm))), nil
}

// tokenShape is the shape of a value with the channels of the first axis and the pixels of
// the others.
func tokenShape(dims []int64) Shape {
	s := Shape{int(dims[0]), 1, 1}
	for _, d := range dims[1:] {
		if d > 1 {
			s.H, s.W = s.H*s.W, int(d)
		}
	}
	return s
}

// inverse undoes a permutation.
func inverse(perm []int64) []int64 {
	back := make([]int64, len(perm))
	for i, a := range perm {
		back[a] = int64(i)
	}
	return back
}

// constant makes a value of a constant, of one image. Its batch must be 1, or all images the
// same.
func (l *lowering) constant(n *node, x operand, typ dataType) (operand, error) {
	w, err := l.weights([]operand{x}, 0, typ)
	if err != nil {
		return operand{}, err
	}
	dims := slices.Clone(x.dims)
	if l.batch > 1 && len(dims) > 0 && dims[0]%l.batch == 0 {
		each := len(w) / int(l.batch)
		for i := range w {
			if w[i] != w[i%each] {
				return operand{}, unsupported("the images of its batch meet different constants: export the model with one image or with a dynamic batch")
			}
		}
		w = w[:each]
		dims[0] /= l.batch
	}
	y, err := l.value(n, shapeOf(dims), typ)
	if err != nil {
		return operand{}, err
	}
	l.add(&Constant{Out: y.val, Data: w})
	y.dims = dims
	return y, nil
}
