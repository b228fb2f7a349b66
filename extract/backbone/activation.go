package backbone

import (
	"math"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
)

// actOf is a layer's activation.
func actOf(l graph.Layer) graph.Activation {
	switch l := l.(type) {
	case *graph.Conv:
		return l.Act
	case *graph.Affine:
		return l.Act
	case *graph.Add:
		return l.Act
	case *graph.Scale:
		return l.Act
	case *graph.Activate:
		return l.Act
	}
	return graph.Activation{}
}

// bounds are the limits that an activation clamps to. ok is false for an activation that
// is not a clamp, or that would change the zeros beyond a layout's last channel: it is a
// separate step, except after direct convolutions.
func bounds(act graph.Activation) (lo, hi float32, ok bool) {
	inf := float32(math.Inf(1))
	switch act.Kind {
	case graph.None:
		return -inf, inf, true
	case graph.Relu:
		return 0, inf, true
	case graph.Clip:
		return act.Lo, act.Hi, act.Lo <= 0 && act.Hi >= 0
	}
	return -inf, inf, false
}

// clampOf are the limits that a layer applies itself: those of its activation, or none if
// that is a separate step.
func clampOf(act graph.Activation) (lo, hi float32) {
	lo, hi, ok := bounds(act)
	if !ok {
		lo, hi, _ = bounds(graph.Activation{})
	}
	return lo, hi
}

// function is an activation that is no clamp that any layer can apply itself.
func function(act graph.Activation) kernel.Function {
	switch act.Kind {
	case graph.Sigmoid:
		return kernel.SigmoidRow
	case graph.SiLU:
		return kernel.SiLURow
	case graph.HardSigmoid:
		return kernel.HardSigmoidRow(act.Lo, act.Hi)
	case graph.HardSwish:
		return kernel.HardSwishRow
	case graph.GELU:
		return kernel.GELURow
	case graph.GELUTanh:
		return kernel.GELUTanhRow
	case graph.Swish:
		return kernel.SwishRow(act.Lo)
	case graph.Erf:
		return kernel.ErfRow
	case graph.Exp:
		return kernel.ExpRow
	case graph.Tanh:
		return kernel.TanhRow
	case graph.Clip, graph.None, graph.Relu:
		lo, hi, _ := bounds(act)
		return kernel.FunctionOf(func(x float32) float32 { return min(max(x, lo), hi) })
	}
	return kernel.FunctionOf(rare(act))
}

// rare are the functions that few networks have. What they are made of rounds the same on
// every machine.
func rare(act graph.Activation) func(x float32) float32 {
	a := act.Lo
	root := func(x float32) float32 { return float32(math.Sqrt(float64(x))) }
	switch act.Kind {
	case graph.Sqrt:
		return root
	case graph.Abs:
		return func(x float32) float32 { return float32(math.Abs(float64(x))) }
	case graph.Reciprocal:
		return func(x float32) float32 { return 1 / x }
	case graph.Power:
		return func(x float32) float32 { return power(x, a) }
	case graph.LeakyRelu:
		return func(x float32) float32 {
			if x < 0 {
				return a * x
			}
			return x
		}
	case graph.Elu:
		return func(x float32) float32 {
			if x < 0 {
				return float32(a * (kernel.Exp(x) - 1))
			}
			return x
		}
	case graph.NaNTo:
		return func(x float32) float32 {
			if x != x {
				return a
			}
			return x
		}
	}
	panic("backbone: no such function as " + act.Kind.String())
}

// power is x to the power of p, ±1/2 or an integer.
func power(x, p float32) float32 {
	if p == 0.5 || p == -0.5 {
		x = float32(math.Sqrt(float64(x)))
		p *= 2
	}
	y := float32(1)
	for range int(max(p, -p)) {
		y = float32(y * x)
	}
	if p < 0 {
		return 1 / y
	}
	return y
}
