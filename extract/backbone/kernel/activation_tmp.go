package kernel

import (
	"math"

	"featurecache/simd"
)

func f32(f func(float64) float64) Function {
	return FunctionOf(func(x float32) float32 { return float32(f(float64(x))) })
}

func Exp(x float32) float32 { return float32(math.Exp(float64(x))) }

var (
	GELURow     Function = f32(func(x float64) float64 { return x / 2 * math.Erfc(-x/math.Sqrt2) })
	GELUTanhRow Function = f32(func(x float64) float64 {
		return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	})
	ErfRow  Function = f32(math.Erf)
	ExpRow  Function = f32(math.Exp)
	TanhRow Function = f32(math.Tanh)
)

func SwishRow(beta float32) Function {
	return func(_ simd.Level, out, in []float32) {
		for i, x := range in {
			out[i] = float32(float64(x) / (1 + math.Exp(-float64(x)*float64(beta))))
		}
	}
}
