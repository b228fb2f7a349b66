package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"featurecache/simd"
)

// guard surrounds each buffer, so that a stray write shows.
const guard = 32

func buffer(rnd *rand.Rand, n int) []float32 {
	b := make([]float32, n+2*guard)
	for i := range b {
		b[i] = float32(rnd.NormFloat64() * math.Exp2(float64(rnd.IntN(20)-10)))
	}
	return b
}

func inner(b []float32) []float32 { return b[guard : len(b)-guard] }

func clone(b []float32) []float32 { return append([]float32(nil), b...) }

func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: number %d of %d (guards of %d included) is %v, plain Go's %v", what, i, len(want), guard, got[i], want[i])
		}
	}
}

// shapes are widths around the lanes and the kernels' blocks, class counts and
// batch sizes around the tiles.
func shapes(f func(rows, classes, width int)) {
	for _, width := range []int{1, 7, 8, 9, 15, 16, 17, 31, 32, 48, 64, 100, 128, 144, 240, 512} {
		for _, classes := range []int{1, 2, 3, 5, 8} {
			for _, rows := range []int{0, 1, 2, 3, 4, 5, 7, 8, 13} {
				f(rows, classes, width)
			}
		}
	}
}

func TestLogitsSameBits(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, set := range All()[1:] {
		t.Run(set.Level.String(), func(t *testing.T) {
			shapes(func(n, classes, width int) {
				x, w, dst := buffer(rnd, 9*width), buffer(rnd, classes*width), buffer(rnd, n*classes)
				rows := someRows(rnd, n, 9)
				want := clone(dst)
				generic.Logits(inner(want), inner(x), rows, inner(w), classes, width)
				set.Logits(inner(dst), inner(x), rows, inner(w), classes, width)
				sameBits(t, fmt.Sprintf("%d rows, %d classes, width %d", n, classes, width), dst, want)
			})
		})
	}
}

func TestStepSameBits(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, set := range All()[1:] {
		t.Run(set.Level.String(), func(t *testing.T) {
			shapes(func(n, classes, width int) {
				x, grad := buffer(rnd, 9*width), buffer(rnd, n*classes)
				w, v := buffer(rnd, classes*width), buffer(rnd, classes*width)
				wantW, wantV := clone(w), clone(v)
				rows := someRows(rnd, n, 9)
				opt := SGD{LR: 0.01, Momentum: 0.9, Decay: 0.1, Grad: rnd.Float32(), Velocity: rnd.Float32()}
				generic.Step(&Layer{classes, width, inner(wantW), inner(wantV)}, inner(x), rows, inner(grad), &opt)
				set.Step(&Layer{classes, width, inner(w), inner(v)}, inner(x), rows, inner(grad), &opt)
				what := fmt.Sprintf("%d rows, %d classes, width %d", n, classes, width)
				sameBits(t, what+": weights", w, wantW)
				sameBits(t, what+": velocities", v, wantV)
			})
		})
	}
}

func someRows(rnd *rand.Rand, n, of int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(rnd.IntN(of))
	}
	return rows
}

// TestLogitsDefinition computes the package doc's definition another way: each
// rounding by math/big.
func TestLogitsDefinition(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	round := func(f *big.Float) float32 { v, _ := f.Float32(); return v }
	for _, width := range []int{1, 16, 37, 100} {
		x, w := buffer(rnd, width), buffer(rnd, width)
		x, w = inner(x), inner(w)
		var lanes [Lanes]float32
		for i := range x {
			product := round(new(big.Float).Mul(big.NewFloat(float64(x[i])), big.NewFloat(float64(w[i]))))
			sum := new(big.Float).Add(big.NewFloat(float64(lanes[i%Lanes])), big.NewFloat(float64(product)))
			lanes[i%Lanes] = round(sum)
		}
		for _, half := range []int{8, 4, 2, 1} {
			for l := range half {
				lanes[l] = round(new(big.Float).Add(big.NewFloat(float64(lanes[l])), big.NewFloat(float64(lanes[l+half]))))
			}
		}
		for _, set := range All() {
			var got [1]float32
			set.Logits(got[:], x, []int32{0}, w, 1, width)
			sameBits(t, fmt.Sprintf("%s, width %d", set.Level, width), got[:], lanes[:1])
		}
	}
}

// TestStepDefinition works one weight by hand.
func TestStepDefinition(t *testing.T) {
	for _, set := range All() {
		w, v := make([]float32, 16), make([]float32, 16)
		for i := range w {
			w[i], v[i] = 2, 8
		}
		x := []float32{31: 0}
		for i := range x {
			x[i] = float32(1 + i/16) // rows of 1 and of 2
		}
		// g = 4·1 + 8·2 + 0.5·2 = 21; v = 0.5·8 + 21 = 25.
		set.Step(&Layer{1, 16, w, v}, x, []int32{0, 1}, []float32{4, 8}, &SGD{LR: 0.25, Momentum: 0.5, Decay: 0.5, Velocity: 1})
		if w[7] != 2-0.25*25 || v[7] != 25 {
			t.Errorf("%s: weight %v, velocity %v; want -4.25 and 25", set.Level, w[7], v[7])
		}
	}
}

func TestRowsAreChecked(t *testing.T) {
	x, w, v, dst := make([]float32, 32), make([]float32, 16), make([]float32, 16), make([]float32, 1)
	for _, set := range All() {
		for name, f := range map[string]func(){
			"row too high": func() { set.Logits(dst, x, []int32{2}, w, 1, 16) },
			"row negative": func() { set.Logits(dst, x, []int32{-1}, w, 1, 16) },
			"w too short":  func() { set.Logits(dst, x, []int32{1}, w[:15], 1, 16) },
			"dst short":    func() { set.Logits(dst[:0], x, []int32{1}, w, 1, 16) },
			"v too short":  func() { set.Step(&Layer{1, 16, w, v[:15]}, x, []int32{1}, dst, &SGD{}) },
			"step w short": func() { set.Step(&Layer{1, 16, w[:15], v}, x, []int32{1}, dst, &SGD{}) },
			"step row":     func() { set.Step(&Layer{1, 16, w, v}, x, []int32{2}, dst, &SGD{}) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s, %s: no panic", set.Level, name)
					}
				}()
				f()
			}()
		}
	}
}

func TestWanted(t *testing.T) {
	all := All()
	for _, set := range all {
		t.Setenv(simd.Env, set.Level.String())
		if got, err := Wanted(); got != set || err != nil {
			t.Errorf("%s=%v gives %v, %v", simd.Env, set.Level, got, err)
		}
		if got := Best(); got != set {
			t.Errorf("%s=%v gives %v as the best", simd.Env, set.Level, got.Level)
		}
	}
	if got := all[len(all)-1].Level; got != simd.Best() {
		t.Errorf("the last set is %v's, not the best level's", got)
	}
	t.Setenv(simd.Env, "sse")
	if _, err := Wanted(); err == nil || !strings.Contains(err.Error(), simd.Env) {
		t.Errorf("%s=sse: error %v does not name the variable", simd.Env, err)
	}
	if got := Best(); got != all[len(all)-1] {
		t.Errorf("%s=sse gives %v, not the best", simd.Env, got.Level)
	}
}

func BenchmarkKernels(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 2))
	x, w, v := buffer(rnd, 4*512), make([]float32, 1024), make([]float32, 1024)
	rows, out := []int32{0, 1, 2, 3}, make([]float32, 8)
	for _, set := range All() {
		b.Run("logits/"+set.Level.String(), func(b *testing.B) {
			for b.Loop() {
				set.Logits(out, inner(x), rows, w, 2, 512)
			}
		})
		b.Run("step/"+set.Level.String(), func(b *testing.B) {
			for b.Loop() {
				set.Step(&Layer{2, 512, w, v}, inner(x), rows, out, &SGD{LR: 1e-9, Velocity: 1})
			}
		})
	}
}
