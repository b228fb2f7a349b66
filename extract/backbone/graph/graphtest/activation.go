package graphtest

import (
	"math"

	"featurecache/extract/backbone/graph"
)

func activate(a graph.Activation, x float64) float64 {
	switch a.Kind {
	case graph.Relu:
		return max(x, 0)
	case graph.Clip:
		return min(max(x, float64(a.Lo)), float64(a.Hi))
	case graph.Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case graph.SiLU:
		return x / (1 + math.Exp(-x))
	case graph.HardSigmoid:
		return hardSigmoid(float64(a.Lo), float64(a.Hi), x)
	case graph.HardSwish:
		return x * hardSigmoid(1./6, 0.5, x)
	case graph.GELU:
		return x / 2 * math.Erfc(-x/math.Sqrt2)
	case graph.GELUTanh:
		return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	case graph.Swish:
		return x / (1 + math.Exp(-x*float64(a.Lo)))
	case graph.Erf:
		return math.Erf(x)
	case graph.Exp:
		return math.Exp(x)
	case graph.Tanh:
		return math.Tanh(x)
	case graph.Sqrt:
		return math.Sqrt(x)
	case graph.Abs:
		return math.Abs(x)
	case graph.Reciprocal:
		return 1 / x
	case graph.Power:
		return math.Pow(x, float64(a.Lo))
	case graph.LeakyRelu:
		return max(x, 0) + float64(a.Lo)*min(x, 0)
	case graph.Elu:
		return max(x, 0) + float64(a.Lo)*math.Expm1(min(x, 0))
	case graph.NaNTo:
		if math.IsNaN(x) {
			return float64(a.Lo)
		}
	}
	return x
}

func hardSigmoid(alpha, beta, x float64) float64 { return min(max(alpha*x+beta, 0), 1) }
