package graph

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"testing"
)

// TestFunctions compares the functions of constants with package math's, and their bits
// with what they are on every machine.
func TestFunctions(t *testing.T) {
	bits := fnv.New64a()
	for _, c := range []struct {
		name     string
		f, want  func(float64) float64
		lo, hi   float64
		relative float64
		absolute float64
	}{
		{"exp", exp, math.Exp, -745, 709.7, 1e-15, 5e-324},
		{"exp", exp, math.Exp, -1, 1, 1e-15, 0},
		{"log", log, math.Log, 1e-40, 1e38, 1e-15, 0},
		{"log", log, math.Log, 0.3, 3, 1e-15, 0},
		{"sine", sine, math.Sin, -7, 7, 1e-15, 1e-15},
		{"sine", sine, math.Sin, -maxAngle, maxAngle, 0, 1e-15},
		{"cosine", cosine, math.Cos, -7, 7, 1e-15, 1e-15},
		{"cosine", cosine, math.Cos, -maxAngle, maxAngle, 0, 1e-15},
		{"tangent", tangent, math.Tan, -1.5, 1.5, 2e-15, 0},
		{"tanh", tanh, math.Tanh, -25, 25, 1e-15, 0},
		{"tanh", tanh, math.Tanh, -0.5, 0.5, 2e-15, 0},
		{"sigmoid", sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, -100, 100, 2e-15, 0},
		{"erf", erf, math.Erf, -7, 7, 1e-14, 0},
		{"erf", erf, math.Erf, -1e-3, 1e-3, 1e-14, 0},
		{"gelu", gelu, func(x float64) float64 { return x / 2 * math.Erfc(-x/math.Sqrt2) }, -10, 10, 0, 1e-13},
		{"power of 10", func(x float64) float64 { return power(10, x) }, func(x float64) float64 { return math.Pow(10, x) }, -45, 38, 1e-13, 0},
		{"power 1.7", func(x float64) float64 { return power(x, 1.7) }, func(x float64) float64 { return math.Pow(x, 1.7) }, 0, 1e4, 1e-13, 0},
	} {
		const n = 10007
		for i := range n {
			x := c.lo + (c.hi-c.lo)*float64(i)/(n-1)
			got, want := c.f(x), c.want(x)
			if !(math.Abs(got-want) <= c.relative*math.Abs(want)+c.absolute) {
				t.Errorf("%s of %v is %v, want %v", c.name, x, got, want)
				break
			}
			// Arguments with few bits, which the test's own arithmetic can't change.
			b := math.Float64bits(c.f(float64(float32(i-n/2) / 512)))
			if b<<1 > 0x7ff<<53 {
				b = 0 // NaN has many forms
			}
			_ = binary.Write(bits, binary.LittleEndian, b)
		}
	}
	if got := bits.Sum64(); got != 0x44de7f8e2b9d870b {
		t.Errorf("the bits have changed: %#x", got)
	}
	inf := math.Inf(1)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"e^∞", exp(inf), inf}, {"e^-∞", exp(-inf), 0}, {"e^711", exp(711), inf}, {"log ∞", log(inf), inf},
		{"log 0", log(0), -inf}, {"log -1", log(-1), math.NaN()}, {"tanh ∞", tanh(inf), 1}, {"erf -∞", erf(-inf), -1},
		{"sine ∞", sine(inf), math.NaN()}, {"(-2)^5", power(-2, 5), -32}, {"(-2)^4", power(-2, 4), 16},
		{"(-2)^4.5", power(-2, 4.5), math.NaN()}, {"0^1.5", power(0, 1.5), 0}, {"0^-1.5", power(0, -1.5), inf},
		{"∞^-4", power(inf, -4), 0}, {"3^0", power(3, 0), 1}, {"1^∞", power(1, inf), 1},
	} {
		if float32(c.got) != float32(c.want) && !(c.got != c.got && c.want != c.want) {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
	for _, c := range [][3]int64{{3, 13, 1594323}, {-3, 3, -27}, {2, -1, 0}, {-1, -3, -1}, {7, 0, 1}, {1, -5, 1}} {
		if got := intPower(c[0], c[1]); got != c[2] {
			t.Errorf("%d^%d is %d, want %d", c[0], c[1], got, c[2])
		}
	}
}
