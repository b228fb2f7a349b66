package kernel

import "math"

// exp is e^x in float64, within a few units in the last place, by operations that
// round alike on every machine: math.Exp has assembly of its own on some.
//
// x = k·ln2 + r with |r| ≤ ln2/2, and e^r by its Taylor polynomial of degree 13.
// Products are converted before they are added to, so that no compiler fuses them.
func exp(x float64) float64 {
	const (
		log2e = 1.4426950408889634
		ln2Hi = 0x1.62e42feep-1 // ln 2 to 32 bits, so that k·ln2Hi is exact
		ln2Lo = 1.9082149292705877e-10
	)
	switch {
	case x != x:
		return x
	case x > 709:
		return math.Inf(1)
	case x < -708:
		return 0
	}
	k := math.Floor(float64(x*log2e) + 0.5)
	r := x - float64(k*ln2Hi)
	r -= float64(k * ln2Lo)
	p := 1.0
	for n := 13; n >= 1; n-- {
		p = 1 + float64(p*r)/float64(n)
	}
	return p * math.Float64frombits(uint64(int64(k)+1023)<<52)
}

// Sigmoid is 1/(1+e^−x), the same bits on every machine.
func Sigmoid(x float32) float32 { return float32(1 / (1 + exp(-float64(x)))) }

// SiLU is x·sigmoid(x), the same bits on every machine.
func SiLU(x float32) float32 {
	if math.IsInf(float64(x), -1) {
		return 0
	}
	return float32(float64(x) / (1 + exp(-float64(x))))
}

// HardSigmoid is min(max(a·x+b, 0), 1).
func HardSigmoid(x, a, b float32) float32 { return clamp(float32(a*x)+b, 0, 1) }

// HardSwish is x·min(max(x/6+1/2, 0), 1).
func HardSwish(x float32) float32 { return float32(x * HardSigmoid(x, 1.0/6, 0.5)) }
