package graph

import "slices"

// foldPad pads a constant, or cuts it where the amounts are negative.
func foldPad(f *folding, x *tensor) ([]*tensor, error) {
	pads, err := f.list("pads", 1)
	if err != nil {
		return nil, err
	}
	axes, err := f.list("axes", 3)
	if err != nil {
		return nil, err
	}
	if axes == nil {
		for i := range x.dims {
			axes = append(axes, int64(i))
		}
	}
	if len(pads) != 2*len(axes) {
		return nil, invalid("its pads %v don't fit the shape %v: export the model again", pads, x.dims)
	}
	before, dims := make([]int64, len(x.dims)), slices.Clone(x.dims)
	for i, a := range axes {
		axis, err := axisOf(a, x.dims)
		if err != nil {
			return nil, err
		}
		lo, hi := pads[i], pads[len(axes)+i]
		if max(lo, hi) > maxElements || min(lo, hi) < -maxElements {
			return nil, cannotFold("it pads by %d and %d", lo, hi)
		}
		before[axis], dims[axis] = lo, x.dims[axis]+lo+hi
		if dims[axis] < 0 {
			return nil, invalid("its pads %v cut more than the shape %v has: export the model again", pads, x.dims)
		}
	}
	out, err := f.made(x.typ, dims)
	if err != nil {
		return nil, err
	}
	if err := f.fillFrom(out); err != nil {
		return nil, err
	}
	mode := f.attrs.text("mode", "constant")
	sources := make([][]int, len(dims)) // along each axis; -1 where the value stands
	for axis, d := range dims {
		if err := f.spend([]int64{d}); err != nil {
			return nil, err
		}
		sources[axis] = make([]int, d)
		for i := range sources[axis] {
			at, size := i-int(before[axis]), int(x.dims[axis])
			if at < 0 || at >= size {
				if mode == "constant" {
					at = -1
				} else if size == 0 {
					return nil, cannotFold("it pads no elements in the mode %q", mode)
				} else if at, err = beyond(at, size, mode); err != nil {
					return nil, err
				}
			}
			sources[axis][i] = at
		}
	}
	padInto(out, x, sources)
	return []*tensor{out}, nil
}

// fillFrom fills out with the value of a Pad: an attribute up to opset 10, then an input.
func (f *folding) fillFrom(out *tensor) error {
	value := &tensor{typ: out.typ, reals: []float32{f.attrs.float("value", 0)}, ints: []int64{0}}
	if len(f.in) > 2 && f.in[2] != nil {
		value = f.in[2]
		if value.typ != out.typ || value.len() != 1 {
			return invalid("its value is not one %s: export the model again", out.typ)
		}
	}
	for i := range out.reals {
		out.reals[i] = value.reals[0]
	}
	for i := range out.ints {
		out.ints[i] = value.ints[0]
	}
	return nil
}

// padInto copies into out the elements of x that sources name along each axis; those of
// -1 stay as they are.
func padInto(out, x *tensor, sources [][]int) {
	own := steps(x.dims)
	index := make([]int64, len(out.dims))
	for i := range out.len() {
		from, inside := 0, true
		for axis, k := range index {
			at := sources[axis][k]
			inside = inside && at >= 0
			from += at * own[axis]
		}
		switch {
		case !inside:
		case x.typ.isFloat():
			out.reals[i] = x.reals[from]
		default:
			out.ints[i] = x.ints[from]
		}
		for axis := len(index) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < out.dims[axis] {
				break
			}
			index[axis] = 0
		}
	}
}
