package view

import "math"

const (
	pi = math.Pi

	// halfPi and its rest are π/2 in two parts. The first has 33 bits, so that its
	// product with a small integer is exact.
	halfPi     = 0x1.921fb544p+00
	halfPiRest = math.Pi/2 - halfPi
)

// sin is the sine of x for |x| ≤ 3π, within 1 unit in the last place, and 2^−85 near its
// zeros. math.Sin won't do: it is assembly on some processors, and elsewhere the
// compiler may fuse its operations. Here conversions prevent that, so that every machine
// computes the same bits.
func sin(x float64) float64 {
	quarter := math.RoundToEven(x * (2 / math.Pi)) // x lies within π/4 of quarter·π/2
	whole := x - float64(quarter*halfPi)
	rest := float64(quarter * halfPiRest)
	y := whole - rest
	tail := whole - y - rest // what y lacks
	var s float64
	if int(quarter)&1 == 0 {
		s = sinNear0(y, tail)
	} else {
		s = cosNear0(y, tail)
	}
	if int(quarter)&2 != 0 {
		return -s
	}
	return s
}

// sinNear0 is sin(x+tail) for |x| ≤ π/4 by Taylor's series; the first omitted term is
// below 2^−63 of the first.
func sinNear0(x, tail float64) float64 {
	const (
		c3  = -1. / (2 * 3)
		c5  = -c3 / (4 * 5)
		c7  = -c5 / (6 * 7)
		c9  = -c7 / (8 * 9)
		c11 = -c9 / (10 * 11)
		c13 = -c11 / (12 * 13)
		c15 = -c13 / (14 * 15)
		c17 = -c15 / (16 * 17)
	)
	z := float64(x * x)
	s := float64(z*c17) + c15
	s = float64(z*s) + c13
	s = float64(z*s) + c11
	s = float64(z*s) + c9
	s = float64(z*s) + c7
	s = float64(z*s) + c5
	s = float64(z*s) + c3
	return x + (float64(float64(x*z)*s) + float64(tail*(1-float64(z/2))))
}

// cosNear0 is cos(x+tail) for |x| ≤ π/4, likewise.
func cosNear0(x, tail float64) float64 {
	const (
		c4  = 1. / (2 * 3 * 4)
		c6  = -c4 / (5 * 6)
		c8  = -c6 / (7 * 8)
		c10 = -c8 / (9 * 10)
		c12 = -c10 / (11 * 12)
		c14 = -c12 / (13 * 14)
		c16 = -c14 / (15 * 16)
	)
	z := float64(x * x)
	s := float64(z*c16) + c14
	s = float64(z*s) + c12
	s = float64(z*s) + c10
	s = float64(z*s) + c8
	s = float64(z*s) + c6
	s = float64(z*s) + c4
	return 1 - (float64(z/2) - float64(float64(z*z)*s) + float64(x*tail))
}
