package kernel

import "math"

// An expConstants is what the exponential needs, in the order in which the assembly reads
// it: the argument's bounds, ±log₂e, a number that rounds to integers, ∓ln 2 in two
// parts, and a polynomial from its highest coefficient to its last, which is 1.
type expConstants [13]float32

// expTable is of e^−x, for [expNeg].
var expTable = expConstants{
	-expLimit, expLimit,
	-0x1.715476p+0, // −log₂e
	expMagic,       //
	0x1.62e4p-1,    // ln 2 to 16 bits, so that a multiple by a small integer is exact
	0x1.7f7d1cp-20, // the rest of ln 2
	// e^−s for |s| ≤ ln2/2 within 1.1e-8 of itself: 1 − s + s²·g(s), and g interpolates
	// at Chebyshev's nodes.
	0x1.6d1606p-10, -0x1.12106cp-7, 0x1.555516p-5, -0x1.5554d8p-3, 0.5, -1, 1,
}

// expForward is of e^x, for [Exp]: expTable with the signs turned. At its bounds, e^x has
// become 0 and +Inf.
var expForward = expConstants{
	-104, 89,
	0x1.715476p+0, expMagic, -0x1.62e4p-1, -0x1.7f7d1cp-20,
	0x1.6d1606p-10, 0x1.12106cp-7, 0x1.555516p-5, 0x1.5554d8p-3, 0.5, 1, 1,
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
func expNeg(x float32) float32 {
	p, t := expTable.reduce(x)
	return math.Float32frombits(math.Float32bits(p) + t<<23)
}

// reduce splits e^∓x: −x = k·ln2 − s with |s| ≤ ln2/2, so e^−x = 2^k·e^−s. It returns
// e^−s, and k in the last 9 bits of a number.
func (c *expConstants) reduce(x float32) (float32, uint32) {
	t := FMA(x, c[2], c[3])
	k := t - c[3]
	s := FMA(k, c[5], FMA(k, c[4], x))
	p := c[6]
	for _, v := range c[7:] {
		p = FMA(p, s, v)
	}
	return p, math.Float32bits(t)
}

// Exp is e^x, the same bits on every machine, to within 0.93 units in the last
// place. Subnormal results are right too; beyond float32 it is 0 or +Inf,
// and NaN stays NaN.
func Exp(x float32) float32 {
	p, t := expForward.reduce(clamp(x, expForward[0], expForward[1]))
	k := int32(t - math.Float32bits(expMagic))
	half := k >> 1 // 2^k itself may be too large or too small
	return float32(p*power2(half)) * power2(k-half)
}

// power2 is 2^k, for k from −126 to 127.
func power2(k int32) float32 {
	return math.Float32frombits(uint32(k)<<23 + math.Float32bits(1))
}
