package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"featurecache/simd"
)

func TestPool(t *testing.T) {
	square := func(k, stride, pad int, average, countPad bool) Window {
		return Window{KH: k, KW: k, StrideH: stride, StrideW: stride, DilationH: 1, DilationW: 1,
			PadTop: pad, PadLeft: pad, PadBottom: pad, PadRight: pad, Average: average, CountPad: countPad}
	}
	dilated := square(2, 2, 1, false, false)
	dilated.DilationH, dilated.DilationW = 2, 3
	uneven := square(3, 2, 1, true, true)
	uneven.KW, uneven.PadLeft = 2, 0
	for _, tc := range []struct {
		w          Window
		c, h, wide int
	}{
		{square(3, 2, 1, false, false), 20, 11, 8}, {square(3, 2, 1, true, false), 17, 6, 7}, {square(3, 2, 1, true, true), 17, 6, 7},
		{square(7, 1, 0, true, false), 33, 7, 7}, {square(1, 1, 0, false, false), 1, 1, 1}, {square(2, 2, 0, false, false), 16, 5, 5},
		{dilated, 16, 7, 9}, {uneven, 3, 9, 9},
	} {
		t.Run(fmt.Sprintf("%+v", tc), func(t *testing.T) { testPool(t, tc.w, tc.c, tc.h, tc.wide) })
	}
}

func testPool(t *testing.T, w Window, c, h, wide int) {
	rng := rand.New(rand.NewPCG(5, 6))
	in := Layout{C: c, H: h, W: wide, Top: 1, Left: 2, Rows: h + 2, Cols: wide + 3}
	out := Layout{C: c, Left: 1, H: (h+w.PadTop+w.PadBottom-(w.KH-1)*w.DilationH-1)/w.StrideH + 1,
		W: (wide+w.PadLeft+w.PadRight-(w.KW-1)*w.DilationW-1)/w.StrideW + 1}
	out.Rows, out.Cols = out.H+1, out.W+2
	p := NewPool(w, in, out)
	const n = 2
	src, _ := guarded(n * in.Len())
	fill(rng, src, in, n)
	var want []float32
	for _, level := range simd.Levels() {
		dst, intact := guarded(n * out.Len())
		p.Run(level, dst, src, n, out.Len(), in.Len(), Share{})
		if !intact() {
			t.Fatalf("%v wrote outside its output", level)
		}
		if level == simd.Generic {
			want = dst
			checkPool(t, w, dst, src, out, in, n)
		}
		sameBits(t, level, dst, want)
	}
}

func checkPool(t *testing.T, w Window, dst, src []float32, out, in Layout, n int) {
	t.Helper()
	for i := range n {
		for c := range out.C {
			for y := range out.H {
				for x := range out.W {
					best, sum, count := math.Inf(-1), 0.0, 0.0
					for ky := range w.KH {
						for kx := range w.KW {
							iy, ix := y*w.StrideH-w.PadTop+ky*w.DilationH, x*w.StrideW-w.PadLeft+kx*w.DilationW
							inside := iy >= 0 && iy < in.H && ix >= 0 && ix < in.W
							if inside {
								v := float64(at(src, in, i, c, iy, ix))
								best, sum = max(best, v), sum+v
							}
							if inside || w.CountPad {
								count++
							}
						}
					}
					want := best
					if w.Average {
						want = sum / count
					}
					if got := float64(at(dst, out, i, c, y, x)); !(math.Abs(got-want) < 1e-5) {
						t.Fatalf("image %d channel %d (%d,%d) is %v, want %v", i, c, y, x, got, want)
					}
				}
			}
		}
	}
}

func sameBits(t *testing.T, level simd.Level, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%v: float %d is %x, generic has %x", level, i, got[i], want[i])
		}
	}
}

func TestElementwise(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	in := Layout{C: 20, H: 3, W: 5, Top: 1, Rows: 4, Cols: 5}
	out := Layout{C: 20, H: 3, W: 5, Left: 1, Rows: 3, Cols: 7}
	a, _ := guarded(in.Len())
	b, _ := guarded(out.Len())
	fill(rng, a, in, 1)
	fill(rng, b, out, 1)
	bn := NewAffine(draw(rng, 20), draw(rng, 20), 0, 1, in, out)
	sum := Add{A: in, B: out, Out: out, Lo: -1, Hi: inf32}
	runs := map[string]func(simd.Level, []float32){
		"affine": func(level simd.Level, dst []float32) { bn.Run(level, dst, a, Share{}) },
		"add":    func(level simd.Level, dst []float32) { sum.Run(level, dst, a, b, Share{}) },
	}
	for name, run := range runs {
		var want []float32
		for _, level := range simd.Levels() {
			dst, intact := guarded(out.Len())
			run(level, dst)
			if !intact() {
				t.Fatalf("%s: %v wrote outside its output", name, level)
			}
			if level == simd.Generic {
				want = dst
			}
			sameBits(t, level, dst, want)
		}
		for c := range 20 {
			for y := range 3 {
				for x := range 5 {
					va, vb := at(a, in, 0, c, y, x), at(b, out, 0, c, y, x)
					exact := min(max(float64(va)*float64(bn.scale[c])+float64(bn.shift[c]), 0), 1)
					if name == "add" {
						exact = max(float64(va)+float64(vb), -1)
					}
					if got := at(want, out, 0, c, y, x); math.Abs(float64(got)-exact) > 1e-6 {
						t.Fatalf("%s: channel %d (%d,%d) is %v, want %v", name, c, y, x, got, exact)
					}
				}
			}
		}
	}
}
