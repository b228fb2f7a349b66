package graph

import (
	"math"
	"slices"
)

// number is element i of a constant.
func (t *tensor) number(i int) float64 {
	if t.typ.isFloat() {
		return float64(t.reals[i])
	}
	return float64(t.ints[i])
}

// foldNonZero lists the indices of the elements that are not zero, [rank,n].
func foldNonZero(f *folding, x *tensor) ([]*tensor, error) {
	rank, n := len(x.dims), x.len()
	var places []int
	for i := range n {
		if x.number(i) != 0 {
			places = append(places, i)
		}
	}
	if err := f.spend(x.dims); err != nil {
		return nil, err
	}
	out, err := f.made(int64Type, []int64{int64(rank), int64(len(places))})
	if err != nil {
		return nil, err
	}
	for axis, step := range steps(x.dims) {
		for i, at := range places {
			out.ints[axis*len(places)+i] = int64(at/step) % x.dims[axis]
		}
	}
	return []*tensor{out}, nil
}

// foldArgMax finds the place of the largest element along an axis, or of the smallest.
func foldArgMax(f *folding, x *tensor) ([]*tensor, error) {
	axis, err := axisOf(f.attrs.integer("axis", 0), x.dims)
	if err != nil {
		return nil, err
	}
	dims := slices.Clone(x.dims)
	size := int(dims[axis])
	if dims[axis] = 1; f.attrs.integer("keepdims", 1) == 0 {
		dims = slices.Delete(dims, axis, axis+1)
	}
	if size == 0 {
		return nil, cannotFold("it chooses from no elements")
	}
	out, err := f.made(int64Type, dims)
	if err != nil {
		return nil, err
	}
	last := f.attrs.integer("select_last_index", 0) != 0
	i := 0
	eachLane(x.dims, axis, func(start, step int) {
		best := math.NaN()
		for k := range size {
			v := x.number(start + k*step)
			if f.op == "ArgMin" {
				v = -v
			}
			if best != best || v > best || last && v == best {
				best, out.ints[i] = v, int64(k)
			}
		}
		i++
	})
	return []*tensor{out}, nil
}

// eachLane calls do for every line of elements along an axis, with where it starts and the
// distance of its elements.
func eachLane(dims []int64, axis int, do func(start, step int)) {
	outer, _ := count(dims[:axis])
	inner, _ := count(dims[axis+1:])
	for o := range int(outer) {
		for i := range int(inner) {
			do(o*int(dims[axis]*inner)+i, int(inner))
		}
	}
}

// foldCumSum sums along an axis, up to each element.
func foldCumSum(f *folding, x *tensor) ([]*tensor, error) {
	along, err := f.required(1)
	if err != nil {
		return nil, err
	}
	if len(along.ints) != 1 {
		return nil, invalid("its axis is not one integer: export the model again")
	}
	axis, err := axisOf(along.ints[0], x.dims)
	if err != nil {
		return nil, err
	}
	out, err := f.made(x.typ, x.dims)
	if err != nil {
		return nil, err
	}
	size := int(x.dims[axis])
	exclusive, reverse := f.attrs.integer("exclusive", 0) != 0, f.attrs.integer("reverse", 0) != 0
	eachLane(x.dims, axis, func(start, step int) {
		if reverse {
			start, step = start+(size-1)*step, -step
		}
		sum, whole := 0.0, int64(0)
		for k := range size {
			at := start + k*step
			if !x.typ.isFloat() {
				before := whole
				whole += x.ints[at]
				if out.ints[at] = whole; exclusive {
					out.ints[at] = before
				}
				continue
			}
			before := sum
			sum += float64(x.reals[at])
			if out.reals[at] = float32(sum); exclusive {
				out.reals[at] = float32(before)
			}
		}
	})
	return []*tensor{out}, nil
}
