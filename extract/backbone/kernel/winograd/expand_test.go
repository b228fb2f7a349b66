package winograd

import (
	"math"
	"math/rand/v2"
	"testing"

	"featurecache/simd"
)

// TestExpandPhases compares the levels on the phases of stride 2; that they are
// right, the convolutions' tests show.
func TestExpandPhases(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, k := range stride2.kinds() {
		g := make([]float32, k.taps()*panel*3)
		for i := range g {
			g[i] = float32(rng.NormFloat64())
		}
		var want []float32
		for _, level := range simd.Levels() {
			u := make([]float32, 3*chunkStep)
			engineOf(level).expand(&expandArgs{g: g, u: u, step: chunkStep, posStep: panel, channels: 3, kind: k})
			if level == simd.Generic {
				want = u
			}
			for i := range u {
				if math.Float32bits(u[i]) != math.Float32bits(want[i]) {
					t.Fatalf("kind %d, %v: float %d is %x, generic has %x", k, level, i, u[i], want[i])
				}
			}
		}
	}
}

func TestExpand(t *testing.T) {
	const channels, posStep = 5, 5*panel + 7
	rng := rand.New(rand.NewPCG(1, 1))
	g := make([]float32, 9*panel*channels)
	for i := range g {
		g[i] = float32(rng.NormFloat64())
	}
	var want []float32
	for _, level := range simd.Levels() {
		u := make([]float32, 36*posStep)
		engineOf(level).expand(&expandArgs{g: g, u: u, step: panel, posStep: posStep, channels: channels})
		if level == simd.Generic {
			want = u
			checkExpand(t, g, u, channels, posStep)
		}
		for i := range u {
			if math.Float32bits(u[i]) != math.Float32bits(want[i]) {
				t.Fatalf("%v: float %d is %x, generic has %x", level, i, u[i], want[i])
			}
		}
	}
}

// checkExpand compares with the transform in float64.
func checkExpand(t *testing.T, g, u []float32, channels, posStep int) {
	t.Helper()
	f := newFilterTransform(3)
	for c := range channels {
		for o := range panel {
			for k := range 9 {
				f.g[k/3][k%3] = float64(g[kind3x3.at(c, k, o)])
			}
			f.apply()
			for p := range 36 {
				if got := float64(u[p*posStep+c*panel+o]); math.Abs(got-f.u[p]) > 1e-6 {
					t.Fatalf("position %d, channel %d to %d is %v, want %v", p, c, o, got, f.u[p])
				}
			}
		}
	}
}
