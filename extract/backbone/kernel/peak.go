package kernel

import (
	"time"

	"featurecache/simd"
)

// Peak measures how many float32 operations one core does per second, in GFLOP/s, with
// the level's fused multiply-adds, which count as two operations each, on registers only.
// It takes about 20 ms.
func Peak(level simd.Level) float64 {
	const rounds = 100_000
	best := time.Duration(1 << 62)
	var flop int
	for start := time.Now(); time.Since(start) < 20*time.Millisecond; {
		t := time.Now()
		flop = peak(level, rounds)
		best = min(best, time.Since(t))
	}
	return float64(flop) / best.Seconds() / 1e9
}

// peakGeneric does its operations on values that the compiler can't foresee, and
// returns their number.
func peakGeneric(rounds int) int {
	var acc [Lanes]float32
	x := float32(rounds)
	for range rounds / Lanes {
		for l := range acc {
			acc[l] = FMA(x, x, acc[l])
		}
	}
	if acc[0] < 0 {
		return 0 // never, but acc is needed
	}
	return 2 * rounds / Lanes * Lanes
}
