package kernel

import "math"

// Sigmoid is 1/(1+e^−x), the same bits on every machine. It is constant below −[expLimit].
func Sigmoid(x float32) float32 { return 1 / (1 + expNeg(clamp(x, -expLimit, expLimit))) }

// SiLU is x·sigmoid(x), the same bits on every machine. It is constant below −[expLimit].
func SiLU(x float32) float32 {
	x = clamp(x, -expLimit, inf)
	return x / (1 + expNeg(clamp(x, -expLimit, expLimit)))
}

// Swish is x·sigmoid(beta·x), the same bits on every machine. beta is finite and not 0;
// with 1 this is [SiLU], bit for bit, with 1.702 the approximation called QuickGELU. It is
// constant where beta·x is below −[expLimit]. With 1.702 the error is at most 2e-7 of the
// result for x > −1, and 4e-6 for x > −50.
func Swish(x, beta float32) float32 {
	c := newSwishConstants(beta)
	return c.at(x)
}

// A swishConstants is what the assembly reads of [Swish].
type swishConstants struct {
	lo, hi float32 // the bounds of x
	beta   float32
	exp    expConstants
}

func newSwishConstants(beta float32) *swishConstants {
	c := swishConstants{lo: -inf, hi: inf, beta: beta, exp: expTable}
	// The bound is finite, so that 0 of the sigmoid never meets an infinite x.
	if bound := clamp(-expLimit/beta, -math.MaxFloat32, math.MaxFloat32); beta < 0 {
		c.hi = bound
	} else {
		c.lo = bound
	}
	return &c
}

func (c *swishConstants) at(x float32) float32 {
	x = clamp(x, c.lo, c.hi)
	return x / (1 + expNeg(clamp(c.beta*x, -expLimit, expLimit)))
}

// A geluTanhConstants is what the assembly reads of [GELUTanh].
type geluTanhConstants struct {
	lo          float32 // of x
	cube, slope float32
	exp         expConstants
}

// geluTanhTable has 2·√(2/π) times 0.044715 and 1.
var geluTanhTable = geluTanhConstants{lo: -11, cube: 0x1.2444f2p-4, slope: 0x1.988454p+0, exp: expTable}

// GELUTanh is x·½·(1+tanh(√(2/π)·(x+0.044715x³))), the approximation of [GELU] by
// Hendrycks and Gimpel (2016), the same bits on every machine. It is computed as
// x·sigmoid(2√(2/π)·(x+0.044715x³)), so that the negative tail is right in relative terms
// too: the error is at most 2.5e-7 of the result for x > −1, 6e-6 for x > −8, and 5e-8 in
// absolute terms for all x < 0. Near −10 it has fallen to −1e-37, and below −11 it is
// constant.
func GELUTanh(x float32) float32 {
	c := &geluTanhTable
	x = clamp(x, c.lo, inf)
	y := x * FMA(float32(x*x), c.cube, c.slope)
	return x / (1 + expNeg(clamp(y, -expLimit, expLimit)))
}

var inf = float32(math.Inf(1))
