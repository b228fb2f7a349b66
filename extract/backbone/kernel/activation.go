package kernel

import (
	"math"

	"featurecache/simd"
)

// Activation functions that are no clamp. Sigmoid and SiLU are computed in float64
// and rounded to float32 at the end. Their exponential is own code: math.Exp has
// assembly on some machines that rounds otherwise.

// expTable are the constants of [expNeg], in the order in which the assembly reads
// them.
var expTable = [...]float64{
	-expLimit, expLimit,
	-1.4426950408889634,    // −log₂e
	expMagic,               //
	0x1.62e42feep-1,        // ln 2 to 32 bits, so that a multiple by a small integer is exact
	1.9082149292705877e-10, // the rest of ln 2
	// e^−s for |s| ≤ ln2/2 within 1.7e-17 of itself: 1 − s + s²·g(s), and g interpolates
	// at Chebyshev's nodes.
	-0x1.af38d53857513p-26, 0x1.2891a8c1d838dp-22, -0x1.71de0d9c145d0p-19, 0x1.a019b8ef67c6cp-16,
	-0x1.a01a01a7c8d47p-13, 0x1.6c16c17893833p-10, -0x1.11111111109adp-7, 0x1.5555555553d4fp-5,
	-0x1.5555555555556p-3, 0x1.0000000000001p-1, -1, 1,
}

const (
	// expLimit is where e^x is so large that any float32 divided by it is 0.
	expLimit = 200
	// expMagic is large enough for a sum with it to be rounded to an integer, which
	// stands in the sum's last bits.
	expMagic = 0x1.8p52
)

// expNeg is e^−x within two units in the last place, for x clamped to ±[expLimit];
// NaN stays NaN.
//
// −x = k·ln2 − s with |s| ≤ ln2/2, so that e^−x = 2^k·e^−s. All operations are single
// ones or [math.FMA], which round alike everywhere.
func expNeg(x float64) float64 {
	c := &expTable
	if c[0] > x {
		x = c[0]
	}
	if c[1] < x {
		x = c[1]
	}
	t := math.FMA(x, c[2], c[3])
	k := t - c[3]
	s := math.FMA(k, c[5], math.FMA(k, c[4], x))
	p := c[6]
	for _, v := range c[7:] {
		p = math.FMA(p, s, v)
	}
	return math.Float64frombits(math.Float64bits(p) + math.Float64bits(t)<<52)
}

// Sigmoid is 1/(1+e^−x), the same bits on every machine.
func Sigmoid(x float32) float32 { return float32(1 / (1 + expNeg(float64(x)))) }

// SiLU is x·sigmoid(x), the same bits on every machine.
func SiLU(x float32) float32 {
	if math.IsInf(float64(x), -1) {
		return 0
	}
	return float32(float64(x) / (1 + expNeg(float64(x))))
}

// HardSigmoid is min(max(a·x+b, 0), 1).
func HardSigmoid(x, a, b float32) float32 { return clamp(float32(a*x)+b, 0, 1) }

// HardSwish is x·min(max(x/6+1/2, 0), 1).
func HardSwish(x float32) float32 { return float32(x * HardSigmoid(x, 1.0/6, 0.5)) }

// A Function applies a function of one number to a row of whole pixels; out may be in.
type Function func(level simd.Level, out, in []float32)

// FunctionOf is any function, applied in plain Go.
func FunctionOf(f func(float32) float32) Function {
	return func(_ simd.Level, out, in []float32) { mapRow(out, in, f) }
}

func mapRow(out, in []float32, f func(float32) float32) {
	for i, x := range in {
		out[i] = f(x)
	}
}

// Map computes out = F(in).
type Map struct {
	In, Out Layout
	F       Function
}

// Run computes s's share of the channels of one image. dst may be src where their
// layouts are the same.
func (m *Map) Run(level simd.Level, dst, src []float32, s Share) {
	from, to := s.Of(Blocks(m.In.C))
	for cb := from; cb < to; cb++ {
		missing := max(0, (cb+1)*Lanes-m.In.C)
		for y := range m.In.H {
			n := m.In.W * Lanes
			out := dst[m.Out.Offset(cb, y, 0):][:n]
			m.F(level, out, src[m.In.Offset(cb, y, 0):][:n])
			for i := Lanes - missing; missing > 0 && i < n; i += Lanes {
				clear(out[i:][:missing])
			}
		}
	}
}
