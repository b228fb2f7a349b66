package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"featurecache/simd"
)

func attentionCases() []attentionCase {
	cases := []attentionCase{
		{groups: 1, queries: 1, keys: 1, heads: 1, d: 1, dv: 1},
		{groups: 1, queries: 50, keys: 50, heads: 3, d: 64, dv: 64, packed: true},
		{groups: 1, queries: 197, keys: 197, heads: 1, d: 64, dv: 64, packed: true},
		{groups: 7, queries: 49, keys: 49, heads: 3, d: 32, dv: 32, packed: true, bias: 5},
		{groups: 2, queries: 1, keys: 196, heads: 2, d: 64, dv: 64},
		{groups: 1, queries: 23, keys: 300, heads: 1, d: 16, dv: 16, bias: 1},
		{groups: 1, queries: 30, keys: 20, heads: 2, d: 24, dv: 24, packed: true},
		{groups: 1, queries: 30, keys: 20, heads: 2, d: 72, dv: 72, packed: true, bias: 2},
		{groups: 1, queries: 31, keys: 33, heads: 2, d: 80, dv: 80, packed: true},
		{groups: 3, queries: 12, keys: 16, heads: 3, d: 8, dv: 8, packed: true, bias: 1},
		{groups: 1, queries: 13, keys: 17, heads: 2, d: 20, dv: 12, gap: 3},
		{groups: 2, queries: 14, keys: 18, heads: 3, d: 5, dv: 48, gap: 8, bias: 6},
		{groups: 1, queries: 40, keys: 40, heads: 2, d: 32, dv: 32, level: 60},
		{groups: 1, queries: 40, keys: 40, heads: 2, d: 32, dv: 32, level: -200, bias: 1},
	}
	for n := 1; n <= 35; n++ { // every remainder of queries and keys
		cases = append(cases, attentionCase{groups: 1, queries: n, keys: 36 - n, heads: 1, d: 8 * (1 + n%3), dv: 16 * (1 + n%3), bias: n % 2})
	}
	return cases
}

// run computes with a level, in parts, with rubbish in the memory to work in.
func (a *attentionData) run(t *testing.T, made *Attention, level simd.Level, parts int) []float32 {
	t.Helper()
	dst, intact := guarded(a.Out.Len())
	scratch, inside := guarded(made.Scratch())
	for i := range parts {
		for j := range scratch {
			scratch[j] = float32(math.NaN())
		}
		made.Run(level, dst, a.q, a.k, a.v, scratch, Share{Part: i, Parts: parts})
	}
	if !intact() || !inside() {
		t.Fatalf("%v wrote outside its output", level)
	}
	return dst
}

func TestAttention(t *testing.T) {
	for i, tc := range attentionCases() {
		t.Run(fmt.Sprintf("%+v", tc), func(t *testing.T) {
			a := tc.data(rand.New(rand.NewPCG(5, uint64(i))))
			made := NewAttention(a.Attention)
			dst := a.run(t, made, simd.Generic, 1)
			a.check(t, dst, tc.level)
			for _, level := range simd.Levels() {
				for _, parts := range []int{5, 2, 1} {
					if level == simd.Generic && parts < 5 {
						continue // it has run
					}
					sameBits(t, level, a.run(t, made, level, parts), dst)
				}
			}
		})
	}
}

// check compares with float64, and everything around the results with zero.
func (a *attentionData) check(t *testing.T, dst []float32, level float64) {
	t.Helper()
	want := a.want()
	var diff, norm float64
	seen := slices.Clone(dst)
	for p, row := range want {
		for c, w := range row {
			i := a.Out.Offset(c/Lanes, p/a.Out.W, p%a.Out.W) + c%Lanes
			d := float64(dst[i]) - w
			diff, norm = diff+d*d, norm+w*w
			seen[i] = 0
		}
	}
	// Large scores are rounded more coarsely, as their numbers are.
	if e := math.Sqrt(diff / norm); !(e <= 1e-6*max(1, math.Abs(level)/4)) {
		t.Errorf("relative error of %v", e)
	}
	for i, v := range seen {
		if v != 0 {
			t.Fatalf("%v at %d, where there is no result", v, i)
		}
	}
}

// TestAttentionMasks has queries that see one key, and queries that see none.
func TestAttentionMasks(t *testing.T) {
	const n = 19
	a := attentionCase{groups: 1, queries: n, keys: n, heads: 1, d: 16, dv: 12, bias: 1}.data(rand.New(rand.NewPCG(1, 2)))
	for i := range a.Bias {
		a.Bias[i] = -inf32
		if i/n != 3 && i%n == (i/n+5)%n {
			a.Bias[i] = 0.5
		}
	}
	made := NewAttention(a.Attention)
	for _, level := range simd.Levels() {
		dst := a.run(t, made, level, 1)
		for i := range n {
			out, v := int(a.OutPixels[0][i]), int(a.KPixels[0][(i+5)%n])
			for c := range Lanes {
				got := dst[a.Out.Offset(0, out/a.Out.W, out%a.Out.W)+c]
				want := a.v[a.V.Offset(0, v/a.V.W, v%a.V.W)+c]
				switch {
				case c >= a.DV:
					want = 0
				case i == 3:
					if got == got {
						t.Errorf("%v: %v of a query that sees nothing", level, got)
					}
					continue
				}
				if got != want {
					t.Errorf("%v: query %d is %v, want %v", level, i, got, want)
				}
			}
		}
	}
}

// TestAttentionBytes has equal biases in several places, which are kept once.
func TestAttentionBytes(t *testing.T) {
	tc := attentionCase{groups: 6, queries: 5, keys: 7, heads: 2, d: 8, dv: 16, bias: 12}
	a := tc.data(rand.New(rand.NewPCG(1, 2)))
	different := NewAttention(a.Attention).Bytes()
	for i := range a.Bias {
		a.Bias[i] = a.Bias[i%(3*tc.queries*tc.keys)]
	}
	if got, want := different-NewAttention(a.Attention).Bytes(), 9*4*tc.queries*Lanes; got != want {
		t.Errorf("9 equal matrices save %d bytes, want %d", got, want)
	}
}

func TestAttentionAllocatesNothing(t *testing.T) {
	a := attentionCase{groups: 2, queries: 20, keys: 20, heads: 2, d: 20, dv: 20}.data(rand.New(rand.NewPCG(1, 2)))
	made := NewAttention(a.Attention)
	dst, scratch := make([]float32, a.Out.Len()), make([]float32, made.Scratch())
	for _, level := range simd.Levels() {
		if n := testing.AllocsPerRun(3, func() { made.Run(level, dst, a.q, a.k, a.v, scratch, Share{}) }); n != 0 {
			t.Errorf("%v: %v allocations", level, n)
		}
	}
}
