package graph

import "math"

// Functions of one number in float64 that give the same bits on every machine, which
// math.Exp and its like may not: they have assembly on some. A conversion to float64 keeps a
// product and a sum from being fused. The relative errors are below 2e-15, or as stated, so
// that a result rounded to float32 is the float32 nearest to the truth but for ties.

// Two parts of ln 2 and of π/2. The first has few bits: its multiples are exact.
const (
	ln2High    = 2977044471.0 / (1 << 32)
	ln2Low     = math.Ln2 - ln2High
	halfPiHigh = 6746518852.0 / (1 << 32)
	halfPiLow  = math.Pi/2 - halfPiHigh
)

// maxAngle bounds the arguments of sine, cosine and tangent.
const maxAngle = 1 << 20

// series is c[0] + x·c[1] + x²·c[2] + …
func series(x float64, c []float64) float64 {
	sum := 0.0
	for i := len(c) - 1; i >= 0; i-- {
		sum = float64(sum*x) + c[i]
	}
	return sum
}

// inverseFactorials are 1/(first+step·i)!, with signs that alternate if sign is -1.
func inverseFactorials(first, step, n int, sign float64) []float64 {
	c := make([]float64, n)
	s := 1.0
	for i := range c {
		f := 1.0
		for k := 2; k <= first+step*i; k++ {
			f *= float64(k)
		}
		c[i] = s / f
		s *= sign
	}
	return c
}

// oddReciprocals are 1/(1+2·i), the coefficients of the area tangent.
func oddReciprocals(n int) []float64 {
	c := make([]float64, n)
	for i := range c {
		c[i] = 1 / float64(2*i+1)
	}
	return c
}

var (
	expSeries  = inverseFactorials(1, 1, 14, 1) // (eˣ-1)/x
	sinSeries  = inverseFactorials(1, 2, 9, -1) // sin(x)/x, of x²
	cosSeries  = inverseFactorials(0, 2, 10, -1)
	atanSeries = oddReciprocals(13)
)

// expLess1 is eˣ - 1 for |x| up to ln(2)/2.
func expLess1(x float64) float64 { return float64(x * series(x, expSeries)) }

// exp is eˣ.
func exp(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > 710:
		return math.Inf(1)
	case x < -750:
		return 0
	}
	k := math.RoundToEven(x / math.Ln2)
	r := (x - float64(k*ln2High)) - float64(k*ln2Low)
	return math.Ldexp(1+expLess1(r), int(k))
}

// log is the natural logarithm.
func log(x float64) float64 {
	switch {
	case x != x || x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case math.IsInf(x, 1):
		return x
	}
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	s := (m - 1) / (m + 1)
	k := float64(e)
	return float64(k*ln2High) + (float64(2*s*series(float64(s*s), atanSeries)) + float64(k*ln2Low))
}

// sinCos are the sine and the cosine of x, |x| up to maxAngle. The absolute errors are below
// 1e-15.
func sinCos(x float64) (sin, cos float64) {
	if !(math.Abs(x) <= maxAngle) {
		return math.NaN(), math.NaN()
	}
	k := math.RoundToEven(x / (math.Pi / 2))
	r := (x - float64(k*halfPiHigh)) - float64(k*halfPiLow)
	square := float64(r * r)
	s, c := float64(r*series(square, sinSeries)), series(square, cosSeries)
	switch int64(k) & 3 {
	case 1:
		return c, -s
	case 2:
		return -s, -c
	case 3:
		return -c, s
	}
	return s, c
}

func sine(x float64) float64   { s, _ := sinCos(x); return s }
func cosine(x float64) float64 { _, c := sinCos(x); return c }
func tangent(x float64) float64 {
	s, c := sinCos(x)
	return s / c
}

// tanh is the hyperbolic tangent.
func tanh(x float64) float64 {
	switch a := math.Abs(x); {
	case x != x:
		return x
	case a > 20:
		return math.Copysign(1, x)
	case a < math.Ln2/4:
		e := expLess1(2 * x)
		return e / (e + 2)
	}
	return 1 - 2/(exp(2*x)+1)
}

func sigmoid(x float64) float64 { return 1 / (1 + exp(-x)) }

// erf is the error function, 2/√π·e^(-x²)·Σ 2ⁿ·x²ⁿ⁺¹/(1·3·…·(2n+1)), whose terms have one
// sign. The relative error is below 1e-14.
func erf(x float64) float64 {
	if x != x {
		return x
	}
	if math.Abs(x) > 6 { // 1 - erf is below 1e-16
		return math.Copysign(1, x)
	}
	square := float64(x * x)
	term, sum := x, x
	for n := 3.0; math.Abs(term) > 1e-17*math.Abs(sum); n += 2 {
		term = term * 2 * square / n
		sum += term
	}
	return float64(2 / math.Sqrt(math.Pi) * exp(-square) * sum)
}

// gelu is x·Φ(x). The absolute error is below 1e-14·|x|.
func gelu(x float64) float64 { return x / 2 * (1 + erf(x/math.Sqrt2)) }

// power is aᵇ. The exponents that exporters write most are computed by one or two
// operations, and the others with a relative error below 1e-13.
func power(a, b float64) float64 {
	switch b {
	case 0:
		return 1
	case 0.5:
		return math.Sqrt(a)
	case -0.5:
		return 1 / math.Sqrt(a)
	case 1:
		return a
	case -1:
		return 1 / a
	case 2:
		return a * a
	case 3:
		return a * a * a
	}
	whole := b == math.Trunc(b)
	switch {
	case a != a || b != b || a < 0 && !whole:
		return math.NaN()
	case a == 1:
		return 1
	}
	p := exp(float64(b * log(math.Abs(a))))
	if math.Signbit(a) && whole && math.Mod(b, 2) != 0 {
		return -p
	}
	return p
}

// intPower is aᵇ of integers, truncated, with the low 64 bits.
func intPower(a, b int64) int64 {
	if b < 0 {
		switch {
		case a == 1 || a == -1 && b%2 == 0:
			return 1
		case a == -1:
			return -1
		}
		return 0
	}
	p := int64(1)
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			p *= a
		}
		a *= a
	}
	return p
}
