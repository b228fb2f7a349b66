package kernel

import "math"

// A geluConstants is what the assembly reads of [GELU].
type geluConstants struct {
	half, zero float32
	mask       uint32  // of all bits but the sign
	limit      float32 // of |x/2|
	q          [12]float32
}

// geluTable has q(b) = erfc(√2·b)^¼, so that erfc is within 4.4e-8 of itself, or of 0.05
// where it is less. q(0) is 1, and at the limit Horner's rule gives exactly 0: for that
// the last bits of the coefficients were chosen.
var geluTable = geluConstants{
	half: 0.5, mask: 1<<31 - 1, limit: 4,
	q: [...]float32{
		-0x1.07f274p-16, 0x1.0792d6p-12, -0x1.8eb832p-10, 0x1.e94a22p-9, 0x1.d3ce6cp-13, -0x1.c673eap-7,
		-0x1.f71b5ap-8, 0x1.31e2e4p-4, 0x1.663442p-5, -0x1.e8ee52p-3, -0x1.98843cp-2, 1,
	},
}

// GELU is x·½·(1+erf(x/√2)), the Gaussian error linear unit of Hendrycks and Gimpel (2016),
// the same bits on every machine.
//
// It is max(x, 0) − |x/2|·erfc(|x|/√2), and erfc a polynomial's fourth power. So it is
// right in relative terms around 0, and the negative tail is no difference of large
// numbers: the error is at most 2.9e-7 of the result for x > 0, 5.2e-7 for x > −1.6, and
// 7e-8 in absolute terms for all x < 0. It is 0 for x ≤ −8, x for x > 5.5, and NaN
// stays NaN.
func GELU(x float32) float32 {
	c := &geluTable
	b := clamp(math.Float32frombits(math.Float32bits(c.half*x)&c.mask), -inf, c.limit)
	q := c.q[0]
	for _, v := range c.q[1:] {
		q = FMA(q, b, v)
	}
	q *= q
	return FMA(-float32(q*b), q, clamp(x, c.zero, inf))
}

// A rationalConstants is what the assembly reads of an odd function that goes to ±1:
// x·p(x²)/q(x²), with x between −limit and limit. Coefficients go from the highest to
// the last, which is 1 in q.
type rationalConstants struct {
	lo, hi   float32
	p, q     [6]float32
	minusOne float32
}

// erfTable's quotient is within 1.9e-8 of erf, tanhTable's within 4e-11 of tanh.
var (
	erfTable = rationalConstants{
		lo: -3.92, hi: 3.92,
		p:        [...]float32{0x1.132892p-19, 0x1.2ab8fp-12, 0x1.ed9256p-9, 0x1.b01e6p-5, 0x1.85f432p-3, 0x1.20dd76p+0},
		q:        [...]float32{0x1.3f899p-15, 0x1.30c108p-10, 0x1.ea838cp-7, 0x1.d36464p-4, 0x1.01103ap-1, 1},
		minusOne: -1,
	}
	tanhTable = rationalConstants{
		lo: -9.02, hi: 9.02,
		p:        [...]float32{0x1.4336aap-35, 0x1.dd80dcp-24, 0x1.629eb2p-15, 0x1.220f42p-8, 0x1.20c07ep-3, 1},
		q:        [...]float32{0x1.959cf2p-29, 0x1.5d7c96p-19, 0x1.069512p-11, 0x1.de6e6p-6, 0x1.e5b596p-2, 1},
		minusOne: -1,
	}
)

func (c *rationalConstants) at(x float32) float32 {
	x = clamp(x, c.lo, c.hi)
	z := x * x
	p, q := c.p[0], c.q[0]
	for i := 1; i < len(c.p); i++ {
		p, q = FMA(p, z, c.p[i]), FMA(q, z, c.q[i])
	}
	return clamp(float32(x*p)/q, c.minusOne, 1)
}

// Erf is the error function, the same bits on every machine, to within 6.1 units in the last
// place. It is ±1 beyond ±3.92, and NaN stays NaN.
func Erf(x float32) float32 { return erfTable.at(x) }

// Tanh is the hyperbolic tangent, the same bits on every machine, to within 5.5 units in the
// last place. It is ±1 beyond ±9.02, and NaN stays NaN.
func Tanh(x float32) float32 { return tanhTable.at(x) }
