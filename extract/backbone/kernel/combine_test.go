package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"featurecache/simd"
)

// TestCombine compares every operation on every level with the operation itself, in layouts
// with borders and an odd number of channels, special numbers among them. Borders and
// channels that do not exist stay zero.
func TestCombine(t *testing.T) {
	in := Layout{C: 21, H: 3, W: 7, Top: 1, Left: 1, Rows: 5, Cols: 9}
	out := Layout{C: 21, H: 3, W: 7, Rows: 3, Cols: 7}
	rng := rand.New(rand.NewPCG(3, 4))
	a, b := make([]float32, in.Len()), make([]float32, in.Len())
	fill(rng, a, in, 1)
	fill(rng, b, in, 1)
	b[in.Offset(0, 1, 2)] = 0
	a[in.Offset(1, 2, 3)], b[in.Offset(1, 2, 4)] = inf, -inf
	a[in.Offset(0, 0, 0)+5] = float32(math.NaN())
	for op, f := range map[Combination]func(x, y float32) float32{
		Plus:    func(x, y float32) float32 { return x + y },
		Minus:   func(x, y float32) float32 { return x - y },
		Times:   func(x, y float32) float32 { return x * y },
		Over:    func(x, y float32) float32 { return x / y },
		Minimum: func(x, y float32) float32 { return min(x, y) },
		Maximum: func(x, y float32) float32 { return max(x, y) },
	} {
		want := make([]float32, out.Len())
		for c := range in.C {
			for p := range in.H * in.W {
				y, x := p/in.W, p%in.W
				at := in.Offset(c/Lanes, y, x) + c%Lanes
				want[out.Offset(c/Lanes, y, x)+c%Lanes] = f(a[at], b[at])
			}
		}
		for _, level := range simd.Levels() {
			t.Run(fmt.Sprint(level, op), func(t *testing.T) {
				got := make([]float32, out.Len())
				for i := range got {
					got[i] = 7 // of an earlier layer
				}
				combine := Combine{A: in, B: in, Out: out, Op: op}
				for part := range 2 {
					combine.Run(level, got, a, b, nil, Share{part, 2})
				}
				for i := range want { // NaN is NaN, whatever its bits
					if got[i] != want[i] && (got[i] == got[i] || want[i] == want[i]) {
						t.Fatalf("element %d is %v, want %v", i, got[i], want[i])
					}
				}
			})
		}
	}
}
