package graph

import "math"

// reduction folds the elements x of a slice along axes, in float64.
type reduction struct {
	start float64
	add   func(sum, x float64) float64
	end   func(sum, n float64) float64
}

func sumOnly(sum, _ float64) float64 { return sum }
func plus(sum, x float64) float64    { return sum + x }
func squares(sum, x float64) float64 { return sum + float64(x*x) }

var reductions = map[string]reduction{
	"ReduceMean":      {0, plus, func(sum, n float64) float64 { return sum / n }},
	"ReduceSum":       {0, plus, sumOnly},
	"ReduceSumSquare": {0, squares, sumOnly},
	"ReduceL1":        {0, func(sum, x float64) float64 { return sum + math.Abs(x) }, sumOnly},
	"ReduceL2":        {0, squares, func(sum, _ float64) float64 { return math.Sqrt(sum) }},
	"ReduceProd":      {1, func(sum, x float64) float64 { return sum * x }, sumOnly},
	"ReduceMax":       {math.Inf(-1), math.Max, sumOnly},
	"ReduceMin":       {math.Inf(1), math.Min, sumOnly},
	"ReduceLogSum":    {0, plus, func(sum, _ float64) float64 { return log(sum) }},
}

func foldReduction(f *folding, x *tensor) ([]*tensor, error) {
	axes, err := f.list("axes", 1)
	if err != nil {
		return nil, err
	}
	if len(axes) == 0 && f.attrs.integer("noop_with_empty_axes", 0) != 0 {
		return []*tensor{x}, nil
	}
	reduced := make([]bool, len(x.dims))
	for i := range reduced {
		reduced[i] = len(axes) == 0
	}
	for _, a := range axes {
		i, err := axisOf(a, x.dims)
		if err != nil {
			return nil, err
		}
		reduced[i] = true
	}
	var kept, inner []int64
	var outerSteps, innerSteps []int
	var dims []int64
	for i, step := range steps(x.dims) {
		switch {
		case !reduced[i]:
			kept, outerSteps, dims = append(kept, x.dims[i]), append(outerSteps, step), append(dims, x.dims[i])
			continue
		case f.attrs.integer("keepdims", 1) != 0:
			dims = append(dims, 1)
		}
		inner, innerSteps = append(inner, x.dims[i]), append(innerSteps, step)
	}
	if err := f.spend(x.dims); err != nil {
		return nil, err
	}
	starts, within := walk(kept, outerSteps, 0), walk(inner, innerSteps, 0)
	if len(within) == 0 {
		return nil, cannotFold("it reduces no elements")
	}
	r := reductions[f.op]
	out := &tensor{typ: x.typ, dims: dims}
	for _, start := range starts {
		sum := r.start
		for _, at := range within {
			if x.typ.isFloat() {
				sum = r.add(sum, float64(x.reals[start+at]))
			} else {
				sum = r.add(sum, float64(x.ints[start+at]))
			}
		}
		sum = r.end(sum, float64(len(within)))
		if x.typ.isFloat() {
			out.reals = append(out.reals, float32(sum))
		} else {
			out.ints = append(out.ints, int64(sum))
		}
	}
	return []*tensor{out}, nil
}
