package graph

import "slices"

// rows are the positions that ONNX's operators with ND index: each list of k numbers of
// indices names a row of x, the block of its last axes, after batch axes that both share.
// It returns where each row begins, and its length.
func (f *folding) rows(x, indices *tensor, batch int) (starts []int, size int, err error) {
	rank := len(indices.dims)
	if rank <= batch || indices.typ.isFloat() || batch < 0 || batch > len(x.dims) || !slices.Equal(x.dims[:batch], indices.dims[:batch]) {
		return nil, 0, invalid("its indices of the shape %v don't fit the shape %v: export the model again", indices.dims, x.dims)
	}
	k := int(indices.dims[rank-1])
	if k < 1 || batch+k > len(x.dims) {
		return nil, 0, invalid("its indices of the shape %v don't fit the shape %v: export the model again", indices.dims, x.dims)
	}
	if err := f.spend(indices.dims); err != nil {
		return nil, 0, err
	}
	step := steps(x.dims)
	shared, _ := count(x.dims[:batch])
	lists := len(indices.ints) / k
	each := max(1, lists/max(1, int(shared)))
	inner, _ := count(x.dims[batch:])
	starts = make([]int, lists)
	for i := range starts {
		starts[i] = i / each * int(inner)
		for j, at := range indices.ints[i*k : i*k+k] {
			d := x.dims[batch+j]
			if at < 0 {
				at += d
			}
			if at < 0 || at >= d {
				return nil, 0, invalid("its index %d is outside %d elements: export the model again", at, d)
			}
			starts[i] += int(at) * step[batch+j]
		}
	}
	n, _ := count(x.dims[batch+k:])
	return starts, int(n), nil
}

func foldGatherND(f *folding, x *tensor) ([]*tensor, error) {
	indices, err := f.required(1)
	if err != nil {
		return nil, err
	}
	batch := int(f.attrs.integer("batch_dims", 0))
	starts, size, err := f.rows(x, indices, batch)
	if err != nil {
		return nil, err
	}
	last := len(indices.dims) - 1
	dims := slices.Concat(indices.dims[:last], x.dims[batch+int(indices.dims[last]):])
	if err := f.spend(dims); err != nil {
		return nil, err
	}
	at := make([]int, 0, len(starts)*size)
	for _, start := range starts {
		for i := range size {
			at = append(at, start+i)
		}
	}
	return []*tensor{take(x, dims, at)}, nil
}

func foldScatterND(f *folding, x *tensor) ([]*tensor, error) {
	indices, err := f.required(1)
	if err != nil {
		return nil, err
	}
	updates, err := f.required(2)
	if err != nil {
		return nil, err
	}
	starts, size, err := f.rows(x, indices, 0)
	if err != nil {
		return nil, err
	}
	last := len(indices.dims) - 1
	if want := slices.Concat(indices.dims[:last], x.dims[indices.dims[last]:]); !slices.Equal(updates.dims, want) {
		return nil, invalid("its updates have the shape %v instead of %v: export the model again", updates.dims, want)
	}
	return f.scatter(x, updates, func(i int) int { return starts[i/size] + i%size })
}

// scatter puts element i of updates into a copy of x, at place(i).
func (f *folding) scatter(x, updates *tensor, place func(i int) int) ([]*tensor, error) {
	if x.typ != updates.typ {
		return nil, invalid("types disagree: it puts %s into %s; export the model again", updates.typ, x.typ)
	}
	out, err := f.made(x.typ, x.dims)
	if err != nil {
		return nil, err
	}
	copy(out.reals, x.reals)
	copy(out.ints, x.ints)
	op := map[string]string{"none": "", "add": "Add", "mul": "Mul", "min": "Min", "max": "Max"}
	name, known := op[f.attrs.text("reduction", "none")]
	if !known {
		return nil, cannotFold("it scatters with the reduction %q", f.attrs.text("reduction", "none"))
	}
	p := pairs[name]
	for i, v := range updates.reals {
		at := place(i)
		if name != "" {
			v = float32(p.reals(float64(out.reals[at]), float64(v)))
		}
		out.reals[at] = v
	}
	for i, v := range updates.ints {
		at := place(i)
		if name != "" {
			v = p.ints(out.ints[at], v)
		}
		out.ints[at] = v
	}
	return []*tensor{out}, nil
}

// elements are the positions in x of what indices, of the same rank, name along an axis.
func (f *folding) elements(x, indices *tensor) ([]int, error) {
	axis, err := axisOf(f.attrs.integer("axis", 0), x.dims)
	if err != nil {
		return nil, err
	}
	fits := len(indices.dims) == len(x.dims) && !indices.typ.isFloat()
	for i := 0; fits && i < len(x.dims); i++ {
		fits = i == axis || indices.dims[i] <= x.dims[i]
	}
	if !fits {
		return nil, invalid("its indices of the shape %v don't fit the shape %v: export the model again", indices.dims, x.dims)
	}
	if err := f.spend(indices.dims); err != nil {
		return nil, err
	}
	step, size := steps(x.dims), x.dims[axis]
	along := step[axis]
	step[axis] = 0
	at := walk(indices.dims, step, 0)
	for i, k := range indices.ints {
		if k < 0 {
			k += size
		}
		if k < 0 || k >= size {
			return nil, invalid("its index %d is outside %d elements: export the model again", k, size)
		}
		at[i] += int(k) * along
	}
	return at, nil
}

func foldGatherElements(f *folding, x *tensor) ([]*tensor, error) {
	indices, err := f.required(1)
	if err != nil {
		return nil, err
	}
	at, err := f.elements(x, indices)
	if err != nil {
		return nil, err
	}
	if err := f.spend(indices.dims); err != nil {
		return nil, err
	}
	return []*tensor{take(x, indices.dims, at)}, nil
}

func foldScatterElements(f *folding, x *tensor) ([]*tensor, error) {
	indices, err := f.required(1)
	if err != nil {
		return nil, err
	}
	updates, err := f.required(2)
	if err != nil {
		return nil, err
	}
	at, err := f.elements(x, indices)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(updates.dims, indices.dims) {
		return nil, invalid("its updates have the shape %v instead of %v: export the model again", updates.dims, indices.dims)
	}
	return f.scatter(x, updates, func(i int) int { return at[i] })
}
