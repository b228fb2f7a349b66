package graph

import "math"

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
	"Exp": exp, "Log": log, "Sin": sine, "Cos": cosine, "Tan": tangent, "Tanh": tanh, "Sigmoid": sigmoid, "Erf": erf,
	"Relu":     func(x float64) float64 { return max(x, 0) },
	"Softplus": func(x float64) float64 { return max(x, 0) + log(1+exp(-math.Abs(x))) },
}

func foldUnary(f *folding, x *tensor) ([]*tensor, error) {
	return f.each(x, unary[f.op])
}

// each computes a function of every element.
func (f *folding) each(x *tensor, compute func(x float64) float64) ([]*tensor, error) {
	out, err := f.made(x.typ, x.dims)
	if err != nil {
		return nil, err
	}
	turns := f.op == "Sin" || f.op == "Cos" || f.op == "Tan"
	for i, v := range x.reals {
		if turns && math.Abs(float64(v)) > maxAngle {
			return nil, cannotFold("it computes with the angle %g", v)
		}
		out.reals[i] = float32(compute(float64(v)))
	}
	for i, v := range x.ints {
		out.ints[i] = int64(compute(float64(v)))
	}
	return []*tensor{out}, nil
}

// foldActivation computes the activations that have parameters.
func foldActivation(f *folding, x *tensor) ([]*tensor, error) {
	alpha := func(otherwise float32) float64 { return float64(f.attrs.float("alpha", otherwise)) }
	var compute func(x float64) float64
	switch f.op {
	case "LeakyRelu":
		a := alpha(0.01)
		compute = func(x float64) float64 { return max(x, 0) + float64(a*min(x, 0)) }
	case "Elu":
		a := alpha(1)
		compute = func(x float64) float64 {
			if x > 0 {
				return x
			}
			return float64(a * (exp(x) - 1))
		}
	case "HardSigmoid":
		a, b := alpha(0.2), float64(f.attrs.float("beta", 0.5))
		compute = func(x float64) float64 { return max(0, min(1, float64(a*x)+b)) }
	case "HardSwish":
		compute = func(x float64) float64 { return x * max(0, min(1, x/6+0.5)) }
	case "Swish":
		a := alpha(1)
		compute = func(x float64) float64 { return x * sigmoid(float64(a*x)) }
	case "Gelu":
		if compute = gelu; f.attrs.text("approximate", "none") == "tanh" {
			compute = func(x float64) float64 {
				return x / 2 * (1 + tanh(math.Sqrt(2/math.Pi)*(x+float64(0.044715*float64(x*x*x)))))
			}
		}
	}
	return f.each(x, compute)
}

// foldTest computes IsNaN and IsInf.
func foldTest(f *folding, _ *tensor) ([]*tensor, error) {
	x, err := f.floats(0)
	if err != nil {
		return nil, err
	}
	out, err := f.made(boolType, x.dims)
	if err != nil {
		return nil, err
	}
	below, above := f.attrs.integer("detect_negative", 1) != 0, f.attrs.integer("detect_positive", 1) != 0
	for i, v := range x.reals {
		found := v != v
		if f.op == "IsInf" {
			found = above && math.IsInf(float64(v), 1) || below && math.IsInf(float64(v), -1)
		}
		out.ints[i] = int64(truth(found))
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
	"Pow": {power, intPower, false},
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
