package kernel

import "math"

// FMA is x·y + z in float32, rounded once to nearest even, as the fused
// multiply-add instructions of AVX2, AVX-512 and arm64 round it.
//
// The product of two float32 is exact in float64, so only the sum is rounded, and
// then rounded again to float32. Rounding twice goes wrong in one case: the first
// rounding yields a tie for the second, exactly half way between two float32, and so
// loses on which side the true sum was. Such a float64 has 1
// followed by 28 zeros as its last 29 bits, or, where float32 is subnormal, the 1
// further to the left. float32(math.FMA(…)) has the same defect.
func FMA(x, y, z float32) float32 {
	p := float64(x) * float64(y)
	s := p + float64(z)
	b := math.Float64bits(s)
	// The second condition is 0 < |s| < 2⁻¹²⁶; 0 wraps around.
	if b&(1<<29-1) == 1<<28 || b<<1-1 < 0x381<<53-1 {
		return roundOdd(p, float64(z), s)
	}
	return float32(s)
}

// roundOdd is p + z rounded to odd in float64 and then to float32. If anything was lost,
// the last of the 53 bits is 1, which can't be a tie of 24 bits, so the two roundings have
// the effect of one. s is p + z rounded to nearest.
func roundOdd(p, z, s float64) float32 {
	// What rounding lost, exactly (Knuth's two-sum).
	v := s - p
	e := (p - (s - v)) + (z - v)
	if b := math.Float64bits(s); e != 0 && b&1 == 0 {
		if (e > 0) == (s > 0) {
			b++
		} else {
			b--
		}
		s = math.Float64frombits(b)
	}
	return float32(s)
}
