package graph

import "slices"

// maxIntegers bounds the lists that exporters compute shapes with.
const maxIntegers = 64

func integerOperand(values []int64, dims []int64) operand {
	t := &tensor{name: "a computed shape", typ: int64Type, dims: dims, ints: values}
	return operand{konst: t, dims: dims, typ: int64Type}
}

func listOperand(values []int64) operand {
	return integerOperand(values, []int64{int64(len(values))})
}

// integers computes the operators with which exporters compute a shape, most often the
// [N,−1] of a flattening. Their results are known without an image.
func integers(l *lowering, n *node, in []operand) (operand, error) {
	if n.op == "Shape" {
		return shapeOf(n, in)
	}
	var lists [][]int64
	for i := range in {
		if in[i].konst == nil {
			return operand{}, unsupported("it works on activations: only in the computation of a shape can it run")
		}
		v, ok := in[i].konst.int64s()
		if !ok || len(v) > maxIntegers {
			return operand{}, unsupported("it works on a constant that is no short list of integers")
		}
		lists = append(lists, v)
	}
	switch {
	case n.op == "Gather" && len(lists) == 2 && n.attrs.integer("axis", 0) == 0 && len(in[0].dims) == 1:
		return gather(lists[0], lists[1], in[1].dims)
	case n.op == "Concat":
		all := slices.Concat(lists...)
		if len(all) > maxIntegers {
			return operand{}, unsupported("it makes a list of more than %d integers", maxIntegers)
		}
		return listOperand(all), nil
	case n.op == "Slice":
		return slice(n, lists)
	}
	return operand{}, unsupported("only lists of one dimension can be taken apart")
}

func shapeOf(n *node, in []operand) (operand, error) {
	if len(in) != 1 || in[0].val == nil && in[0].konst == nil {
		return operand{}, invalid("its input is absent: export the model again")
	}
	dims := in[0].dims
	rank := int64(len(dims))
	start := fromEnd(n.attrs.integer("start", 0), rank)
	end := fromEnd(n.attrs.integer("end", rank), rank)
	return listOperand(slices.Clone(dims[start:max(start, end)])), nil
}

// fromEnd counts a negative index from the end, and clamps it to 0…n.
func fromEnd(i, n int64) int64 {
	if i < 0 {
		i += n
	}
	return max(0, min(i, n))
}

func gather(list, indices, dims []int64) (operand, error) {
	out := make([]int64, len(indices))
	for i, at := range indices {
		if at < 0 {
			at += int64(len(list))
		}
		if at < 0 || at >= int64(len(list)) {
			return operand{}, invalid("its index %d is outside the list %v: export the model again", indices[i], list)
		}
		out[i] = list[at]
	}
	return integerOperand(out, dims), nil
}

func slice(n *node, lists [][]int64) (operand, error) {
	bounds := [2]int64{}
	for i, name := range []string{"starts", "ends"} {
		v := attribute[[]int64](&n.attrs, name, nil)
		if len(lists) > i+1 {
			v = lists[i+1]
		}
		if len(v) != 1 || len(lists) == 0 {
			return operand{}, unsupported("only lists of one dimension can be taken apart")
		}
		bounds[i] = v[0]
	}
	if len(lists) > 4 && !slices.Equal(lists[4], []int64{1}) {
		return operand{}, unsupported("only slices with a step of 1 can be taken")
	}
	size := int64(len(lists[0]))
	start, end := fromEnd(bounds[0], size), fromEnd(bounds[1], size)
	return listOperand(slices.Clone(lists[0][start:max(start, end)])), nil
}

// integerArithmetic computes + − × ÷ of two short lists, or of a list and a number.
func integerArithmetic(op string, a, b *tensor) (operand, error) {
	x, okA := a.int64s()
	y, okB := b.int64s()
	if !okA || !okB || len(x) == 0 || len(y) == 0 || len(x) != len(y) && len(x) != 1 && len(y) != 1 || max(len(x), len(y)) > maxIntegers {
		return operand{}, unsupported("it computes with two constants that are no short lists of integers")
	}
	dims := a.dims
	if len(y) > len(x) || len(y) == len(x) && len(b.dims) > len(dims) {
		dims = b.dims
	}
	out := make([]int64, max(len(x), len(y)))
	for i := range out {
		p, q := x[i%len(x)], y[i%len(y)]
		switch op {
		case "Sub":
			out[i] = p - q
		case "Mul":
			out[i] = p * q
		case "Div":
			if q == 0 {
				return operand{}, invalid("it divides a shape by zero: export the model again")
			}
			out[i] = p / q
		default:
			out[i] = p + q
		}
	}
	return integerOperand(out, dims), nil
}
