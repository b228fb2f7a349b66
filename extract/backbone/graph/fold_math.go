package graph

import (
	"math"
	"slices"
)

// unary are the folded functions of one number. Integers become float64 and back.
var unary = map[string]func(x float64) float64{
	"Abs": math.Abs, "Ceil": math.Ceil, "Floor": math.Floor, "Neg": func(x float64) float64 { return -x },
	"Reciprocal": func(x float64) float64 { return 1 / x }, "Round": math.RoundToEven, "Sqrt": math.Sqrt,
	"Sign": func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x
	},
	"Not": func(x float64) float64 { return truth(x == 0) },
}

func foldUnary(f *folding, x *tensor) ([]*tensor, error) {
	compute := unary[f.op]
	if err := f.spend(x.dims); err != nil {
		return nil, err
	}
	out := &tensor{typ: x.typ, dims: x.dims}
	for _, v := range x.reals {
		out.reals = append(out.reals, float32(compute(float64(v))))
	}
	for _, v := range x.ints {
		out.ints = append(out.ints, int64(compute(float64(v))))
	}
	return []*tensor{out}, nil
}

func truth(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}

// pair is a folded function of two numbers, for floats and for integers; nil where it has
// no meaning. Of a comparison, the result is a bool.
type pair struct {
	reals   func(a, b float64) float64
	ints    func(a, b int64) int64
	compare bool
}

// comparison makes a pair of a relation.
func comparison(real func(a, b float64) bool, whole func(a, b int64) bool) pair {
	return pair{
		func(a, b float64) float64 { return truth(real(a, b)) },
		func(a, b int64) int64 { return int64(truth(whole(a, b))) }, true,
	}
}

func logic(whole func(a, b bool) bool) pair {
	return pair{nil, func(a, b int64) int64 { return int64(truth(whole(a != 0, b != 0))) }, true}
}

// pairs are the folded functions of two numbers. Min, Max and Sum take more.
var pairs = map[string]pair{
	"Add": {func(a, b float64) float64 { return a + b }, func(a, b int64) int64 { return a + b }, false},
	"Sum": {func(a, b float64) float64 { return a + b }, func(a, b int64) int64 { return a + b }, false},
	"Sub": {func(a, b float64) float64 { return a - b }, func(a, b int64) int64 { return a - b }, false},
	"Mul": {func(a, b float64) float64 { return a * b }, func(a, b int64) int64 { return a * b }, false},
	"Div": {func(a, b float64) float64 { return a / b }, func(a, b int64) int64 { return a / b }, false},
	"Mod": {math.Mod, floorMod, false},
	"Pow": {power, func(a, b int64) int64 { return int64(power(float64(a), float64(b))) }, false},
	"Min": {math.Min, func(a, b int64) int64 { return min(a, b) }, false},
	"Max": {math.Max, func(a, b int64) int64 { return max(a, b) }, false},

	"Equal":          comparison(func(a, b float64) bool { return a == b }, func(a, b int64) bool { return a == b }),
	"Greater":        comparison(func(a, b float64) bool { return a > b }, func(a, b int64) bool { return a > b }),
	"GreaterOrEqual": comparison(func(a, b float64) bool { return a >= b }, func(a, b int64) bool { return a >= b }),
	"Less":           comparison(func(a, b float64) bool { return a < b }, func(a, b int64) bool { return a < b }),
	"LessOrEqual":    comparison(func(a, b float64) bool { return a <= b }, func(a, b int64) bool { return a <= b }),
	"And":            logic(func(a, b bool) bool { return a && b }),
	"Or":             logic(func(a, b bool) bool { return a || b }),
	"Xor":            logic(func(a, b bool) bool { return a != b }),
}

// floorMod has the sign of b, as ONNX wants it of integers.
func floorMod(a, b int64) int64 {
	m := a % b
	if m != 0 && (m < 0) != (b < 0) {
		m += b
	}
	return m
}

// power is aᵇ. The exponents that exporters write are computed by operations that round
// alike on all machines, which math.Pow may not.
func power(a, b float64) float64 {
	switch b {
	case 0:
		return 1
	case 0.5:
		return math.Sqrt(a)
	case -0.5:
		return 1 / math.Sqrt(a)
	case 1:
		return a
	case -1:
		return 1 / a
	case 2:
		return a * a
	case 3:
		return a * a * a
	}
	return math.Pow(a, b)
}

func foldBinary(f *folding, out *tensor) ([]*tensor, error) {
	for i := 1; i < len(f.in); i++ {
		b, err := f.required(i)
		if err != nil {
			return nil, err
		}
		if out, err = f.combine(out, b); err != nil {
			return nil, err
		}
	}
	return []*tensor{out}, nil
}

func (f *folding) combine(a, b *tensor) (*tensor, error) {
	compute := pairs[f.op]
	if f.op == "Pow" && a.typ != b.typ {
		b = b.as(a.typ)
	}
	if a.typ != b.typ {
		return nil, invalid("types disagree: it combines %s and %s; export the model again", a.typ, b.typ)
	}
	dims, err := broadcast(a.dims, b.dims)
	if err != nil {
		return nil, err
	}
	if a, err = f.spread(a, dims); err != nil {
		return nil, err
	}
	if b, err = f.spread(b, dims); err != nil {
		return nil, err
	}
	if err := f.spend(dims); err != nil {
		return nil, err
	}
	out := &tensor{typ: a.typ, dims: dims}
	switch {
	case !a.typ.isFloat():
		out.ints = make([]int64, len(a.ints))
		for i, x := range a.ints {
			y := b.ints[i]
			if y == 0 && (f.op == "Div" || f.op == "Mod") {
				return nil, invalid("it divides by zero: export the model again")
			}
			out.ints[i] = compute.ints(x, y)
		}
	case compute.reals == nil:
		return nil, invalid("it takes booleans, and gets %s: export the model again", a.typ)
	default:
		out.reals = make([]float32, len(a.reals))
		for i, x := range a.reals {
			out.reals[i] = float32(compute.reals(float64(x), float64(b.reals[i])))
		}
	}
	if compute.compare {
		out = out.as(boolType)
	}
	return out, nil
}

// as converts a decoded constant to another type, as Cast does.
func (t *tensor) as(typ dataType) *tensor {
	out := &tensor{typ: typ, dims: t.dims}
	for _, v := range t.reals {
		switch {
		case typ.isFloat():
			out.reals = append(out.reals, v)
		case typ == boolType:
			out.ints = append(out.ints, int64(truth(v != 0)))
		case typ == int32Type:
			out.ints = append(out.ints, int64(int32(v)))
		default:
			out.ints = append(out.ints, int64(v))
		}
	}
	for _, v := range t.ints {
		switch {
		case typ.isFloat():
			out.reals = append(out.reals, float32(v))
		case typ == boolType:
			out.ints = append(out.ints, int64(truth(v != 0)))
		case typ == int32Type:
			out.ints = append(out.ints, int64(int32(v)))
		default:
			out.ints = append(out.ints, v)
		}
	}
	return out
}

func foldCast(f *folding, x *tensor) ([]*tensor, error) {
	return f.cast(x, dataType(f.attrs.integer("to", 0)))
}

func foldCastLike(f *folding, x *tensor) ([]*tensor, error) {
	like, err := f.required(1)
	if err != nil {
		return nil, err
	}
	return f.cast(x, like.typ)
}

func (f *folding) cast(x *tensor, to dataType) ([]*tensor, error) {
	if !to.isFloat() && to != int32Type && to != int64Type && to != boolType {
		return nil, cannotFold("it casts %s to %s", x.typ, to)
	}
	return []*tensor{x.as(to)}, f.spend(x.dims)
}

func foldClip(f *folding, x *tensor) ([]*tensor, error) {
	if !x.typ.isFloat() {
		return nil, cannotFold("it clips integers")
	}
	if err := f.spend(x.dims); err != nil {
		return nil, err
	}
	lo, hi := f.attrs.float("min", -math.MaxFloat32), f.attrs.float("max", math.MaxFloat32)
	for i, limit := range []*float32{&lo, &hi} {
		if i+1 < len(f.in) && f.in[i+1] != nil {
			if len(f.in[i+1].reals) != 1 {
				return nil, invalid("its limit %d is not one float: export the model again", i)
			}
			*limit = f.in[i+1].reals[0]
		}
	}
	out := &tensor{typ: x.typ, dims: x.dims}
	for _, v := range x.reals {
		out.reals = append(out.reals, min(max(v, lo), hi))
	}
	return []*tensor{out}, nil
}

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
		i, err := f.axis(a, len(x.dims))
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

// foldBatchNorm standardises weights, as networks without normalisation layers do: per
// channel of axis 1, by their own statistics in training mode, else by the inputs'.
func foldBatchNorm(f *folding, x *tensor) ([]*tensor, error) {
	var p [4][]float32 // γ, β, μ, σ²
	for i := range p {
		t, err := f.required(i + 1)
		if err != nil {
			return nil, err
		}
		if len(x.dims) < 2 || int64(len(t.reals)) != x.dims[1] || len(x.reals) == 0 {
			return nil, invalid("input %d does not fit the shape %v: export the model again", i+1, x.dims)
		}
		p[i] = t.reals
	}
	if err := f.spend(x.dims); err != nil {
		return nil, err
	}
	inner, _ := count(x.dims[2:])
	channels := int(x.dims[1])
	channel := func(i int) int { return i / int(inner) % channels }
	mean, variance := make([]float64, channels), make([]float64, channels)
	for c := range channels {
		mean[c], variance[c] = float64(p[2][c]), float64(p[3][c])
	}
	if f.attrs.integer("training_mode", 0) != 0 {
		clear(mean)
		clear(variance)
		n := float64(len(x.reals) / channels)
		for i, v := range x.reals {
			mean[channel(i)] += float64(v)
		}
		for c := range mean {
			mean[c] /= n
		}
		for i, v := range x.reals {
			d := float64(v) - mean[channel(i)]
			variance[channel(i)] += float64(d * d)
		}
		for c := range variance {
			variance[c] /= n
		}
	}
	epsilon := float64(f.attrs.float("epsilon", 1e-5))
	out := &tensor{typ: x.typ, dims: x.dims, reals: make([]float32, len(x.reals))}
	for i, v := range x.reals {
		c := channel(i)
		scale := float64(p[0][c]) / math.Sqrt(variance[c]+epsilon)
		out.reals[i] = float32(float64((float64(v)-mean[c])*scale) + float64(p[1][c]))
	}
	return []*tensor{out}, nil
}
