package graph

import "slices"

// shapeTensor is the output of Shape or Size for a tensor of these dimensions.
func shapeTensor(n *node, dims []int64) *tensor {
	if n.op == "Size" {
		total, _ := count(dims)
		return &tensor{typ: int64Type, ints: []int64{total}}
	}
	rank := int64(len(dims))
	start := fromEnd(n.attrs.integer("start", 0), rank)
	end := fromEnd(n.attrs.integer("end", rank), rank)
	part := slices.Clone(dims[start:max(start, end)])
	return &tensor{typ: int64Type, dims: []int64{int64(len(part))}, ints: part}
}

// fromEnd counts a negative index from the end, and clamps it to 0…n.
func fromEnd(i, n int64) int64 {
	if i < 0 {
		i += n
	}
	return max(0, min(i, n))
}

func foldConcat(f *folding, first *tensor) ([]*tensor, error) {
	axis, err := axisOf(f.attrs.integer("axis", 0), first.dims)
	if err != nil {
		return nil, err
	}
	out := &tensor{typ: first.typ, dims: slices.Clone(first.dims)}
	out.dims[axis] = 0
	for i := range f.in {
		t, err := f.required(i)
		if err != nil {
			return nil, err
		}
		if len(t.dims) != len(first.dims) || t.typ != first.typ || !slices.Equal(t.dims[:axis], first.dims[:axis]) ||
			!slices.Equal(t.dims[axis+1:], first.dims[axis+1:]) {
			return nil, invalid("it joins the shapes %v and %v: export the model again", first.dims, t.dims)
		}
		out.dims[axis] += t.dims[axis]
	}
	if err := f.spend(out.dims); err != nil {
		return nil, err
	}
	outer, _ := count(first.dims[:axis])
	for row := range int(outer) {
		for _, t := range f.in {
			size := t.len() / int(outer)
			if t.typ.isFloat() {
				out.reals = append(out.reals, t.reals[row*size:(row+1)*size]...)
			} else {
				out.ints = append(out.ints, t.ints[row*size:(row+1)*size]...)
			}
		}
	}
	return []*tensor{out}, nil
}

func foldSplit(f *folding, x *tensor) ([]*tensor, error) {
	axis, err := axisOf(f.attrs.integer("axis", 0), x.dims)
	if err != nil {
		return nil, err
	}
	sizes, err := f.list("split", 1)
	if err != nil {
		return nil, err
	}
	if sizes == nil {
		sizes = evenParts(x.dims[axis], int64(max(1, len(f.out))))
	}
	var out []*tensor
	start := int64(0)
	for _, size := range sizes {
		if size < 0 || start+size > x.dims[axis] {
			return nil, invalid("it splits %d into %v: export the model again", x.dims[axis], sizes)
		}
		dims := slices.Clone(x.dims)
		dims[axis] = size
		own := steps(x.dims)
		part, err := f.view(x, dims, own, int(start)*own[axis])
		if err != nil {
			return nil, err
		}
		out = append(out, part)
		start += size
	}
	return out, nil
}

func foldSlice(f *folding, x *tensor) ([]*tensor, error) {
	var lists [4][]int64 // starts, ends, axes, steps
	var err error
	for i, name := range []string{"starts", "ends", "axes", "steps"} {
		if lists[i], err = f.list(name, i+1); err != nil {
			return nil, err
		}
	}
	dims, step, from := slices.Clone(x.dims), steps(x.dims), 0
	for i := range lists[0] {
		axis, by := i, int64(1)
		if lists[2] != nil && i < len(lists[2]) {
			if axis, err = axisOf(lists[2][i], dims); err != nil {
				return nil, err
			}
		}
		if i < len(lists[3]) {
			by = lists[3][i]
		}
		if axis >= len(dims) || i >= len(lists[1]) || by == 0 {
			return nil, invalid("its starts, ends, axes and steps don't fit the shape %v: export the model again", x.dims)
		}
		var start int64
		start, dims[axis] = sliceExtent(lists[0][i], lists[1][i], by, x.dims[axis])
		from += int(start) * step[axis]
		step[axis] *= int(by)
	}
	out, err := f.view(x, dims, step, from)
	return []*tensor{out}, err
}

func foldGather(f *folding, x *tensor) ([]*tensor, error) {
	indices, err := f.required(1)
	if err != nil {
		return nil, err
	}
	axis, err := axisOf(f.attrs.integer("axis", 0), x.dims)
	if err != nil {
		return nil, err
	}
	size := x.dims[axis]
	dims := slices.Concat(x.dims[:axis], indices.dims, x.dims[axis+1:])
	if indices.typ.isFloat() {
		return nil, invalid("its indices are no integers: export the model again")
	}
	if err := f.spend(dims); err != nil {
		return nil, err
	}
	outer, _ := count(x.dims[:axis])
	inner, _ := count(x.dims[axis+1:])
	var at []int
	for o := range outer {
		for _, k := range indices.ints {
			if k < 0 {
				k += size
			}
			if k < 0 || k >= size {
				return nil, invalid("its index %d is outside %d elements: export the model again", k, size)
			}
			for i := range inner {
				at = append(at, int((o*size+k)*inner+i))
			}
		}
	}
	return []*tensor{take(x, dims, at)}, nil
}

func foldTranspose(f *folding, x *tensor) ([]*tensor, error) {
	p := permutation(f.node, len(x.dims))
	if p == nil {
		return nil, invalid("its perm doesn't fit the shape %v: export the model again", x.dims)
	}
	own := steps(x.dims)
	dims, step := make([]int64, len(p)), make([]int, len(p))
	for i, a := range p {
		dims[i], step[i] = x.dims[a], own[a]
	}
	out, err := f.view(x, dims, step, 0)
	return []*tensor{out}, err
}

func foldExpand(f *folding, x *tensor) ([]*tensor, error) {
	shape, err := f.list("shape", 1)
	if err != nil {
		return nil, err
	}
	dims, err := broadcast(x.dims, shape)
	if err != nil {
		return nil, err
	}
	out, err := f.spread(x, dims)
	return []*tensor{out}, err
}

func foldTile(f *folding, x *tensor) ([]*tensor, error) {
	repeats, err := f.list("repeats", 1)
	if err != nil {
		return nil, err
	}
	if len(repeats) != len(x.dims) {
		return nil, invalid("its repeats %v don't fit the shape %v: export the model again", repeats, x.dims)
	}
	// Each axis becomes two: the repetitions, which do not move, and its own.
	dims := make([]int64, len(x.dims))
	var double []int64
	var step []int
	for i, s := range steps(x.dims) {
		dims[i] = x.dims[i] * repeats[i]
		double, step = append(double, repeats[i], x.dims[i]), append(step, 0, s)
	}
	if len(double) > 2*maxRank {
		return nil, cannotFold("it has %d dimensions", len(dims))
	}
	if err := f.spend(dims); err != nil {
		return nil, err
	}
	return []*tensor{take(x, dims, walk(double, step, 0))}, nil
}

func foldWhere(f *folding, _ *tensor) ([]*tensor, error) {
	if len(f.in) != 3 || f.in[0] == nil || f.in[1] == nil || f.in[2] == nil {
		return nil, invalid("it lacks inputs: export the model again")
	}
	dims, err := broadcast(f.in[1].dims, f.in[2].dims)
	if err != nil {
		return nil, err
	}
	if dims, err = broadcast(f.in[0].dims, dims); err != nil {
		return nil, err
	}
	var all [3]*tensor
	for i, t := range f.in {
		if all[i], err = f.spread(t, dims); err != nil {
			return nil, err
		}
	}
	if err := f.spend(dims); err != nil {
		return nil, err
	}
	which, yes, no := all[0], all[1], all[2]
	if yes.typ != no.typ || which.typ.isFloat() {
		return nil, invalid("types disagree: it chooses between %s and %s; export the model again", yes.typ, no.typ)
	}
	out := &tensor{typ: yes.typ, dims: dims}
	for i, c := range which.ints {
		from := no
		if c != 0 {
			from = yes
		}
		if yes.typ.isFloat() {
			out.reals = append(out.reals, from.reals[i])
		} else {
			out.ints = append(out.ints, from.ints[i])
		}
	}
	return []*tensor{out}, nil
}
