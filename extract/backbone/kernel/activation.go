package kernel

import (
	"math"

	"featurecache/simd"
)

// Activation functions that are not a clamp. Their exponential is our own, because
// math.Exp is in assembly on some machines, which rounds differently.

// expTable are the constants of [expNeg], in the order in which the assembly reads
// them.
var expTable = [...]float32{
	-expLimit, expLimit,
	-0x1.715476p+0, // −log₂e
	expMagic,       //
	0x1.62e4p-1,    // ln 2 to 16 bits, so that a multiple by a small integer is exact
	0x1.7f7d1cp-20, // the rest of ln 2
	// e^−s for |s| ≤ ln2/2 within 1.1e-8 of itself: 1 − s + s²·g(s), and g interpolates
	// at Chebyshev's nodes.
	0x1.6d1606p-10, -0x1.12106cp-7, 0x1.555516p-5, -0x1.5554d8p-3, 0.5, -1, 1,
}

const (
	// expLimit is where sigmoid has fallen to 2^−125 and is taken as constant. Up to there,
	// 2^k is a normal number.
	expLimit = 87
	// expMagic is so large that adding it rounds a number to an integer, which is then in
	// the sum's last bits.
	expMagic = 0x1.8p23
)

// expNeg is e^−x to within two units in the last place, for |x| up to [expLimit]; NaN
// stays NaN.
//
// −x = k·ln2 − s with |s| ≤ ln2/2, so e^−x = 2^k·e^−s. Every operation is a single
// float32 operation or [FMA], which rounds the same everywhere.
func expNeg(x float32) float32 {
	c := &expTable
	t := FMA(x, c[2], c[3])
	k := t - c[3]
	s := FMA(k, c[5], FMA(k, c[4], x))
	p := c[6]
	for _, v := range c[7:] {
		p = FMA(p, s, v)
	}
	return math.Float32frombits(math.Float32bits(p) + math.Float32bits(t)<<23)
}

// Sigmoid is 1/(1+e^−x), the same bits on every machine. It is constant below −[expLimit].
func Sigmoid(x float32) float32 { return 1 / (1 + expNeg(clamp(x, -expLimit, expLimit))) }

// SiLU is x·sigmoid(x), the same bits on every machine.
func SiLU(x float32) float32 {
	x = clamp(x, -expLimit, float32(math.Inf(1)))
	return x / (1 + expNeg(clamp(x, -expLimit, expLimit)))
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

// Run computes the share s of the channels of one image. dst may be src if their layouts
// are the same.
func (m *Map) Run(level simd.Level, dst, src []float32, s Share) {
	from, to := s.Of(Blocks(m.In.C))
	for cb := from; cb < to; cb++ {
		missing := max(0, (cb+1)*Lanes-m.In.C)
		for y := range m.In.H {
			n := m.In.W * Lanes
			out := dst[m.Out.Offset(cb, y, 0):][:n]
			m.F(level, out, src[m.In.Offset(cb, y, 0):][:n])
			clearMissing(out, missing)
		}
	}
}

// clearMissing sets the last channels of a row of pixels to zero.
func clearMissing(row []float32, missing int) {
	for i := Lanes - missing; missing > 0 && i < len(row); i += Lanes {
		clear(row[i:][:missing])
	}
}
