package graph

import (
	"math"
	"slices"
)

func foldRange(f *folding, _ *tensor) ([]*tensor, error) {
	if len(f.in) != 3 || f.in[0] == nil || f.in[1] == nil || f.in[2] == nil {
		return nil, invalid("it lacks inputs: export the model again")
	}
	var number [3]float64
	typ := f.in[0].typ
	for i, t := range f.in {
		if t.len() != 1 || t.typ != typ {
			return nil, invalid("its start, limit and step are not numbers of one type: export the model again")
		}
		if number[i] = 0; typ.isFloat() {
			number[i] = float64(t.reals[0])
		} else {
			number[i] = float64(t.ints[0])
		}
	}
	n := math.Ceil((number[1] - number[0]) / number[2])
	if !(n < 1<<31) {
		return nil, cannotFold("it counts from %g to %g by %g", number[0], number[1], number[2])
	}
	out := &tensor{typ: typ, dims: []int64{int64(max(0, n))}}
	if err := f.spend(out.dims); err != nil {
		return nil, err
	}
	for i := range out.dims[0] {
		v := number[0] + float64(float64(i)*number[2])
		if typ.isFloat() {
			out.reals = append(out.reals, float32(v))
		} else {
			out.ints = append(out.ints, int64(v))
		}
	}
	return []*tensor{out}, nil
}

// foldFill makes a constant of one value, float32 0 by default.
func foldFill(f *folding, shape *tensor) ([]*tensor, error) {
	n, ok := count(shape.ints)
	if f.l.filled += n; !ok || f.l.filled > maxFilled || shape.typ.isFloat() || len(shape.ints) > maxRank {
		return nil, cannotFold("it makes a constant of the shape %v", shape.ints)
	}
	f.l.budget += 4 * n // as weights of the file would
	out := &tensor{typ: float32Type, dims: slices.Clone(shape.ints)}
	if f.fill == nil {
		out.reals = make([]float32, n)
		return []*tensor{out}, nil
	}
	out.typ = f.fill.typ
	if reals, ok := f.fill.float32s(); ok && len(reals) == 1 {
		out.reals = slices.Repeat(reals, int(n))
		return []*tensor{out}, nil
	}
	if ints, ok := f.fill.int64s(); ok && len(ints) == 1 {
		out.ints = slices.Repeat(ints, int(n))
		return []*tensor{out}, nil
	}
	return nil, cannotFold("its value is no number, but %s", f.fill.typ)
}

// foldTrilu keeps a triangle of each matrix.
func foldTrilu(f *folding, x *tensor) ([]*tensor, error) {
	k := int64(0)
	if len(f.in) > 1 && f.in[1] != nil {
		if len(f.in[1].ints) != 1 {
			return nil, invalid("its diagonal is not one integer: export the model again")
		}
		k = f.in[1].ints[0]
	}
	if len(x.dims) < 2 {
		return nil, invalid("it keeps a triangle of the shape %v: export the model again", x.dims)
	}
	out, err := f.made(x.typ, x.dims)
	if err != nil {
		return nil, err
	}
	upper := f.attrs.integer("upper", 1) != 0
	h, w := x.dims[len(x.dims)-2], x.dims[len(x.dims)-1]
	k = max(-h, min(k, w))
	for i := range x.len() {
		row, column := int64(i)/w%h, int64(i)%w
		switch {
		case upper && column < row+k || !upper && column > row+k:
		case x.typ.isFloat():
			out.reals[i] = x.reals[i]
		default:
			out.ints[i] = x.ints[i]
		}
	}
	return []*tensor{out}, nil
}

// foldEye makes a matrix of the shape of x, with ones on a diagonal.
func foldEye(f *folding, x *tensor) ([]*tensor, error) {
	typ := dataType(f.attrs.integer("dtype", int64(x.typ)))
	if len(x.dims) != 2 || typ.size() == 0 {
		return nil, cannotFold("it makes a diagonal of %s in the shape %v", typ, x.dims)
	}
	out, err := f.made(typ, x.dims)
	if err != nil {
		return nil, err
	}
	k, w := f.attrs.integer("k", 0), x.dims[1]
	for row := range x.dims[0] {
		if k < -row || k >= w-row {
			continue
		}
		if at := row*w + row + k; typ.isFloat() {
			out.reals[at] = 1
		} else {
			out.ints[at] = 1
		}
	}
	return []*tensor{out}, nil
}

// foldOneHot makes, for each index, a list of depth values of which the one at the index is
// on.
func foldOneHot(f *folding, x *tensor) ([]*tensor, error) {
	depth, err := f.required(1)
	if err != nil {
		return nil, err
	}
	values, err := f.required(2)
	if err != nil {
		return nil, err
	}
	if depth.len() != 1 || values.len() != 2 || !(depth.number(0) >= 1 && depth.number(0) <= maxElements) {
		return nil, invalid("its depth is not one number, or its values not two: export the model again")
	}
	n := int64(depth.number(0))
	axis, err := axisOf(f.attrs.integer("axis", -1), append(slices.Clone(x.dims), n))
	if err != nil {
		return nil, err
	}
	dims := slices.Insert(slices.Clone(x.dims), axis, n)
	if err := f.spend(dims); err != nil {
		return nil, err
	}
	total, _ := count(dims)
	at := make([]int, total) // 0 is off, 1 on
	i := 0
	eachLane(dims, axis, func(start, step int) {
		k := x.number(i)
		if k < 0 {
			k += float64(n)
		}
		if k >= 0 && k < float64(n) {
			at[start+int(k)*step] = 1
		}
		i++
	})
	return []*tensor{take(values, dims, at)}, nil
}
