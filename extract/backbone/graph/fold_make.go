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
