package head

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestElementary(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	relative := func(got, want float64) float64 { return math.Abs(got-want) / max(math.Abs(want), 1e-300) }
	for range 100_000 {
		x := -700 * rnd.Float64() * rnd.Float64()
		if d := relative(expNeg(x), math.Exp(x)); !(d < 1e-15) {
			t.Fatalf("expNeg(%v) = %v, want %v", x, expNeg(x), math.Exp(x))
		}
		y := math.Exp(100 * rnd.Float64() * rnd.Float64())
		if d := relative(logPos(y), math.Log(y)); !(d < 1e-15) {
			t.Fatalf("logPos(%v) = %v, want %v", y, logPos(y), math.Log(y))
		}
	}
	for _, c := range []struct{ got, want float64 }{
		{expNeg(0), 1},
		{expNeg(-708.5), 0},
		{expNeg(math.Inf(-1)), 0},
		{logPos(1), 0},
		{logPos(math.Inf(1)), math.Inf(1)},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	if !math.IsNaN(expNeg(math.NaN())) || !math.IsNaN(logPos(math.NaN())) {
		t.Error("NaN is lost")
	}
}

// TestElementaryBits holds the bits themselves: other machines must print the
// same.
func TestElementaryBits(t *testing.T) {
	for _, c := range []struct {
		got  float64
		want uint64
	}{
		{expNeg(-0.1), 0x3fecf46d99d52b3a}, {expNeg(-1), 0x3fd78b56362cef38}, {expNeg(-7.25), 0x3f47455fe323fafe}, {expNeg(-300.7), 0x24d225720438e36d},
		{logPos(1.1), 0x3fb8663f793c46cc}, {logPos(2), 0x3fe62e42fefa39ef}, {logPos(1.5), 0x3fd9f323ecbf984c}, {logPos(987.6), 0x401b94c3b144b274},
	} {
		if got := math.Float64bits(c.got); got != c.want {
			t.Errorf("%v: bits %#x, want %#x", c.got, got, c.want)
		}
	}
}
