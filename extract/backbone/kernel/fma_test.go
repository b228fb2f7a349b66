package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exactFMA is x·y + z by exact arithmetic, rounded once. Signed zeros follow IEEE
// 754; big.Float handles the rest.
func exactFMA(x, y, z float32) float32 {
	p := float64(x) * float64(y)
	if p == 0 || math.IsInf(p, 0) || math.IsNaN(p) || math.IsInf(float64(z), 0) || math.IsNaN(float64(z)) {
		return float32(p + float64(z)) // p is exact, and one of the terms decides
	}
	f := func(v float64) *big.Float { return new(big.Float).SetPrec(2000).SetFloat64(v) }
	sum := f(0).Add(f(p), f(float64(z)))
	if sum.Sign() == 0 {
		return 0 // x − x is +0
	}
	r, _ := sum.Float32()
	return r
}

func checkFMA(t *testing.T, x, y, z float32) {
	t.Helper()
	got, want := FMA(x, y, z), exactFMA(x, y, z)
	if got != got && want != want {
		return
	}
	if math.Float32bits(got) != math.Float32bits(want) {
		t.Errorf("FMA(%x, %x, %x) = %x, want %x", x, y, z, got, want)
	}
}

func TestFMAChosen(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	negZero := float32(math.Copysign(0, -1))
	values := []float32{
		0, negZero, 1, -1, inf, -inf, nan, math.MaxFloat32, -math.MaxFloat32,
		math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 0x1p-126, -0x1p-126, 0x1.fffffep-127,
		1 + 0x1p-23, 1 - 0x1p-24, 0x1p-24, 0x1p-25, 0x1p-60, -0x1p-60, 0x1p-75, 0x1.000002p-74, 0x1p100, 3,
	}
	for _, x := range values {
		for _, y := range values {
			for _, z := range values {
				checkFMA(t, x, y, z)
			}
		}
	}
}

// TestFMATies makes sums whose float64 rounding is a tie of float32: z has a long
// gap below it, and the product reaches across to half a unit of z's last place,
// or of the smallest subnormal, and just beyond.
func TestFMATies(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pow := func(e int) float32 { return float32(math.Ldexp(1, e)) }
	corrected := 0
	for range 200_000 {
		e := rng.IntN(200) - 100
		if rng.IntN(3) == 0 {
			e = -149 + rng.IntN(30)
		}
		z := float32(math.Ldexp(float64(1<<23+rng.IntN(1<<23)), e-23))
		half := math.Ldexp(0.5, max(e-23, -149))
		// x·y = half·(1 ± tiny), tiny below float64's reach when added to z.
		k := rng.IntN(23) + 1
		x := float32(half*math.Ldexp(1, 40)) * (1 + pow(-k)*float32(1-2*rng.IntN(2)))
		y := pow(-40) * (1 + pow(-rng.IntN(24))*float32(rng.IntN(3)-1))
		if rng.IntN(2) == 0 {
			x = -x
		}
		if rng.IntN(2) == 0 {
			z = -z
		}
		checkFMA(t, x, y, z)
		if FMA(x, y, z) != float32(float64(x)*float64(y)+float64(z)) {
			corrected++
		}
	}
	// (1+2⁻²³)·(1−2⁻²³) = 1 − 2⁻⁴⁶ just under a tie.
	x := float32(1 + 0x1p-23)
	y := float32(1 - 0x1p-23)
	for e := range 60 {
		checkFMA(t, x*pow(-e), y, pow(24-e))
		checkFMA(t, x*pow(-e), y, pow(24-e)+pow(1-e))
		checkFMA(t, -x*pow(-e), y, pow(24-e)+pow(1-e))
	}
	if corrected == 0 {
		t.Error("no sum needed the correction: the test reaches no tie")
	}
}

func TestFMARandomBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200_000 {
		x, y := math.Float32frombits(rng.Uint32()), math.Float32frombits(rng.Uint32())
		// z within reach of the product, so that the sum has something to round.
		p := float64(x) * float64(y)
		z := float32(p * math.Ldexp(1+rng.Float64(), rng.IntN(60)-30))
		if rng.IntN(2) == 0 {
			z = -z
		}
		checkFMA(t, x, y, z)
	}
}

func FuzzFMA(f *testing.F) {
	f.Add(uint32(0x3f800001), uint32(0x3f7fffff), uint32(0x4b800000))
	f.Fuzz(func(t *testing.T, x, y, z uint32) {
		checkFMA(t, math.Float32frombits(x), math.Float32frombits(y), math.Float32frombits(z))
	})
}
