package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"featurecache/simd"
)

// norm64 is one pixel's normalisation in float64.
func norm64(n *Norm, x []float64) []float64 {
	out := make([]float64, len(x))
	size := len(x) / n.Groups
	for g := range n.Groups {
		var mean, variance float64
		for _, v := range x[g*size:][:size] {
			mean += v / float64(size)
		}
		if n.RMS {
			mean = 0
		}
		for _, v := range x[g*size:][:size] {
			variance += (v - mean) * (v - mean) / float64(size)
		}
		for c := g * size; c < (g+1)*size; c++ {
			out[c] = (x[c] - mean) / math.Sqrt(variance+float64(n.Epsilon))
			if n.Scale != nil {
				out[c] *= float64(n.Scale[c])
			}
			if n.Shift != nil {
				out[c] += float64(n.Shift[c])
			}
		}
	}
	return out
}

type normCase struct {
	c, groups, h, w int
	border, rms     bool
	scale, shift    bool
	mean            float64 // of the input, whose deviation is 1
}

func normCases() []normCase {
	cases := []normCase{
		{c: 768, groups: 1, h: 1, w: 13, scale: true, shift: true},
		{c: 1024, groups: 1, h: 2, w: 5, scale: true, shift: true, mean: 100},
		{c: 384, groups: 1, h: 3, w: 3, border: true, rms: true, scale: true},
		{c: 96, groups: 3, h: 5, w: 4, border: true, scale: true, shift: true, mean: -7},
		{c: 37, groups: 1, h: 4, w: 7, scale: true, shift: true},
		{c: 36, groups: 3, h: 2, w: 5, shift: true},
		{c: 1, groups: 1, h: 1, w: 9}, {c: 16, groups: 1, h: 1, w: 1}, {c: 5, groups: 5, h: 2, w: 2, border: true},
	}
	rng := rand.New(rand.NewPCG(11, 12))
	for range 40 {
		coin := func() bool { return rng.IntN(2) == 0 }
		groups := 1 + rng.IntN(3)*rng.IntN(2)
		c := normCase{
			c: groups * (1 + rng.IntN(70)), groups: groups, h: 1 + rng.IntN(4), w: 1 + rng.IntN(11), border: coin(), rms: coin(),
			scale: coin(), shift: coin(), mean: float64(rng.IntN(3)),
		}
		if coin() {
			c.c = groups * Lanes * (1 + rng.IntN(5))
		}
		cases = append(cases, c)
	}
	return cases
}

func TestNorm(t *testing.T) {
	for _, tc := range normCases() {
		t.Run(fmt.Sprintf("%+v", tc), func(t *testing.T) { testNorm(t, tc) })
	}
}

func (tc normCase) norm(rng *rand.Rand) *Norm {
	in := Layout{C: tc.c, H: tc.h, W: tc.w, Rows: tc.h, Cols: tc.w}
	out := in
	if tc.border {
		in.Top, in.Rows, in.Cols = 1, tc.h+1, tc.w+2
		out.Left, out.Rows, out.Cols = 2, tc.h+2, tc.w+3
	}
	n := &Norm{In: in, Out: out, Groups: tc.groups, Epsilon: 1e-6, RMS: tc.rms}
	if tc.scale {
		n.Scale = draw(rng, tc.c)
	}
	if tc.shift {
		n.Shift = draw(rng, tc.c)
	}
	return n
}

func testNorm(t *testing.T, tc normCase) {
	rng := rand.New(rand.NewPCG(5, 6))
	n := tc.norm(rng)
	src, _ := guarded(n.In.Len())
	fill(rng, src, n.In, 1)
	for c := range tc.c {
		for y := range tc.h {
			for x := range tc.w {
				src[n.In.Offset(c/Lanes, y, x)+c%Lanes] += float32(tc.mean)
			}
		}
	}
	var want []float32
	for _, level := range simd.Levels() {
		dst, intact := guarded(n.Out.Len())
		for part := range 3 {
			n.Run(level, dst, src, Share{Part: part, Parts: 3})
		}
		if !intact() {
			t.Fatalf("%v wrote outside its output", level)
		}
		if level == simd.Generic {
			want = dst
			checkNorm(t, n, dst, src)
		}
		sameBits(t, level, dst, want)
		if n.In == n.Out {
			inPlace, _ := guarded(len(src))
			copy(inPlace, src)
			n.Run(level, inPlace, inPlace, Share{})
			sameBits(t, level, inPlace, want)
		}
	}
}

// checkNorm compares with float64, before Scale, and the border and missing channels with zero.
func checkNorm(t *testing.T, n *Norm, dst, src []float32) {
	t.Helper()
	exact := make([]float32, len(dst))
	worst := 0.0
	for y := range n.In.H {
		for x := range n.In.W {
			v := make([]float64, n.In.C)
			for c := range v {
				v[c] = float64(at(src, n.In, 0, c, y, x))
			}
			for c, e := range norm64(n, v) {
				i := n.Out.Offset(c/Lanes, y, x) + c%Lanes
				d := math.Abs(float64(dst[i]) - e)
				if n.Scale != nil {
					d /= max(1, math.Abs(float64(n.Scale[c])))
				}
				worst = max(worst, d)
				if !(d <= 1e-5) {
					t.Fatalf("channel %d (%d,%d) is %v, want %v", c, y, x, dst[i], e)
				}
				exact[i] = dst[i]
			}
		}
	}
	sameBits(t, simd.Generic, dst, exact)
	t.Logf("at most %.2g off", worst)
}

// TestNormSpecial has pixels with NaN, infinities, constants and huge numbers beside
// usual ones, which they must not touch.
func TestNormSpecial(t *testing.T) {
	special := []float32{float32(math.NaN()), inf, -inf, 1e38, 0, 1e-30}
	for _, c := range []int{16, 37, 64} {
		l := Layout{C: c, H: 1, W: 2*len(special) + 1, Rows: 1, Cols: 2*len(special) + 1}
		n := &Norm{In: l, Out: l, Groups: 1, Epsilon: 1e-5}
		src := make([]float32, l.Len())
		fill(rand.New(rand.NewPCG(1, 2)), src, l, 1)
		usual := make([]float32, l.Len())
		n.Run(simd.Generic, usual, src, Share{})
		for i, v := range special {
			src[l.Offset(0, 0, 2*i+1)+3] = v
			if v == 0 || v == 1e-30 {
				for k := range c {
					src[l.Offset(k/Lanes, 0, 2*i+1)+k%Lanes] = v
				}
			}
		}
		want := make([]float32, l.Len())
		n.Run(simd.Generic, want, src, Share{})
		if v := at(want, l, 0, 1, 0, 1); v == v {
			t.Errorf("a pixel with NaN has %v", v)
		}
		for i, v := range want {
			if v != v {
				want[i] = inf // which NaN it is differs between processors
			}
		}
		for _, level := range simd.Levels() {
			dst := make([]float32, l.Len())
			n.Run(level, dst, src, Share{})
			for i := range dst {
				if dst[i] != dst[i] {
					dst[i] = inf
				}
				if pixel := i / Lanes % l.W; pixel%2 == 0 && math.Float32bits(dst[i]) != math.Float32bits(usual[i]) {
					t.Fatalf("%v: pixel %d has %v beside a special one, %v by itself", level, pixel, dst[i], usual[i])
				}
			}
			sameBits(t, level, dst, want)
			if v := at(dst, l, 0, 5, 0, 9); v != 0 {
				t.Errorf("%v: a constant pixel becomes %v", level, v)
			}
		}
	}
}

func BenchmarkNorm(b *testing.B) {
	for _, tc := range []struct{ c, pixels int }{{96, 3136}, {384, 197}, {768, 197}, {1024, 49}} {
		l := Layout{C: tc.c, H: 1, W: tc.pixels, Rows: 1, Cols: tc.pixels}
		rng := rand.New(rand.NewPCG(3, 4))
		n := &Norm{In: l, Out: l, Groups: 1, Epsilon: 1e-6, Scale: draw(rng, tc.c), Shift: draw(rng, tc.c)}
		src, dst := Alloc(l.Len()), Alloc(l.Len())
		fill(rng, src, l, 1)
		for _, level := range simd.Levels() {
			b.Run(fmt.Sprintf("%dx%d/%v", tc.c, tc.pixels, level), func(b *testing.B) {
				b.SetBytes(int64(4 * len(src)))
				for b.Loop() {
					n.Run(level, dst, src, Share{})
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N*len(src)), "ns/element")
			})
		}
	}
}
