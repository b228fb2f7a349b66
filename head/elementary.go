package head

import "math"

// Package math uses assembly on some architectures, which may round differently.
// These two functions use only + − × ÷ and round each product explicitly, so a head's
// bits are the same on every machine. Their error is a few units in the last place of
// a float64, far below the precision of float32.

const (
	// ln2Hi has 20 zero bits at its end, so that k·ln2Hi is exact for |k| < 2^20.
	ln2Hi = 0x1.62e42fefp-1
	ln2Lo = math.Ln2 - ln2Hi
)

// expNeg is e^x for x ≤ 0. It returns 0 below -708, where e^x leaves the
// normal range, and NaN for NaN.
func expNeg(x float64) float64 {
	if x < -708 {
		return 0
	}
	if x != x {
		return x
	}
	// x = k·ln 2 + r with |r| ≤ ln 2 / 2.
	k := int64(float64(x*math.Log2E) - 0.5)
	r := x - float64(float64(k)*ln2Hi) - float64(float64(k)*ln2Lo)
	// Taylor's series up to r^13/13!, its even and odd terms apart.
	s := float64(r * r)
	even := 1.0 / 479001600
	even = float64(even*s) + 1.0/3628800
	even = float64(even*s) + 1.0/40320
	even = float64(even*s) + 1.0/720
	even = float64(even*s) + 1.0/24
	even = float64(even*s) + 1.0/2
	even = float64(even*s) + 1
	odd := 1.0 / 6227020800
	odd = float64(odd*s) + 1.0/39916800
	odd = float64(odd*s) + 1.0/362880
	odd = float64(odd*s) + 1.0/5040
	odd = float64(odd*s) + 1.0/120
	odd = float64(odd*s) + 1.0/6
	odd = float64(odd*s) + 1
	p := even + float64(r*odd)
	return p * math.Float64frombits(uint64(k+1023)<<52)
}

// logPos is ln x for normal x > 0.
func logPos(x float64) float64 {
	if x != x || x > math.MaxFloat64 {
		return x
	}
	// x = 2^k·f with √½ ≤ f < √2.
	b := math.Float64bits(x)
	k := int64(b>>52) - 1023
	f := math.Float64frombits(b&(1<<52-1) | 1023<<52)
	if f > math.Sqrt2 {
		f *= 0.5
		k++
	}
	// ln f = 2·artanh(t) = 2·(t + t³/3 + t⁵/5 + …), |t| ≤ 0.172.
	t := (f - 1) / (f + 1)
	s := float64(t * t)
	p := 1.0 / 23
	for _, c := range [...]float64{1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3} {
		p = float64(p*s) + c
	}
	ln := float64(2*t) + float64(float64(2*t)*float64(s*p))
	return float64(float64(k)*ln2Hi) + (ln + float64(float64(k)*ln2Lo))
}
