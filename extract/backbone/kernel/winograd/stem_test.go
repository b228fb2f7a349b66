package winograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// A stemProblem is a stem's convolution of one image.
type stemProblem struct {
	out, h, w     int
	relu          bool
	weights, bias []float32
	image         []float32
	dst           kernel.Layout
}

func newStemProblem(out, h, w int, relu bool) *stemProblem {
	rng := rand.New(rand.NewPCG(uint64(h), uint64(w)))
	oh, ow := outputs(h, 2), outputs(w, 2)
	return &stemProblem{
		out: out, h: h, w: w, relu: relu,
		weights: random(out*3*7*7, rng), bias: random(out, rng), image: random(3*h*w, rng),
		dst: kernel.Layout{C: out, H: oh, W: ow, Top: 1, Left: 1, Rows: oh + 2, Cols: ow + 3},
	}
}

func (p *stemProblem) String() string {
	return fmt.Sprintf("stem of %d, %d×%d, relu %v", p.out, p.h, p.w, p.relu)
}

func (p *stemProblem) stem(t testing.TB, level simd.Level) *Stem {
	t.Helper()
	s, err := NewStem(StemOptions{
		Weights: PackStem(p.out, p.weights), Bias: p.bias, H: p.h, W: p.w, Dst: p.dst, ReLU: p.relu, Level: level,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (p *stemProblem) run(t *testing.T, level simd.Level) []float32 {
	t.Helper()
	s := p.stem(t, level)
	dst := newGuarded(p.dst.Len())
	sc := s.NewScratch()
	v, m, rows := newGuarded(len(sc.v)), newGuarded(len(sc.m)), newGuarded(len(sc.rows))
	sc.v, sc.m, sc.rows = v.data, m.data, rows.data
	for b := range s.Blocks() {
		s.RunBlock(dst.data, p.image, b, sc)
	}
	dst.check(t, "outputs")
	v.check(t, "transformed input")
	m.check(t, "products")
	rows.check(t, "rearranged rows")
	return dst.data
}

// compare checks the relative L2 error against float64, and that everything but the
// pixels is zero.
func (p *stemProblem) compare(t *testing.T, got []float32) {
	t.Helper()
	rest := append([]float32(nil), got...)
	var diff, norm float64
	for o := range p.out {
		for y := range p.dst.H {
			for x := range p.dst.W {
				want := float64(p.bias[o])
				for k := range 3 * 7 * 7 {
					iy, ix := 2*y+k/7%7-3, 2*x+k%7-3
					if iy >= 0 && ix >= 0 && iy < p.h && ix < p.w {
						want += float64(p.weights[o*147+k]) * float64(p.image[(k/49*p.h+iy)*p.w+ix])
					}
				}
				if p.relu {
					want = max(want, 0)
				}
				at := p.dst.Offset(o/kernel.Lanes, y, x) + o%kernel.Lanes
				d := float64(got[at]) - want
				diff += d * d
				norm += want * want
				rest[at] = 0
			}
		}
	}
	if e := math.Sqrt(diff / norm); !(e < 5e-6) {
		t.Fatalf("%v: relative error %.3g", p, e)
	}
	for i, v := range rest {
		if v != 0 {
			t.Fatalf("%v: border or unused channel at %d is %v", p, i, v)
		}
	}
}

func TestStem(t *testing.T) {
	for h := 1; h <= 40; h++ {
		for _, w := range []int{1 + h*5%41, 1 + h*7%43} {
			p := newStemProblem(1+h*7%40, h, w, h%2 == 0)
			want := p.run(t, simd.Generic)
			p.compare(t, want)
			for _, l := range simd.Levels()[1:] {
				sameBits(t, p.String()+" "+l.String(), p.run(t, l), want)
			}
		}
	}
}

// The blocks' rows are the output's rows, each once.
func TestStemRows(t *testing.T) {
	for _, h := range []int{1, 9, 64, 224, 225, 500} {
		s := newStemProblem(1, h, 32, false).stem(t, simd.Generic)
		next := 0
		for b := range s.Blocks() {
			first, end := s.Rows(b)
			if first != next || end <= first {
				t.Fatalf("height %d: block %d has rows %d to %d after %d", h, b, first, end, next)
			}
			next = end
		}
		if next != outputs(h, 2) {
			t.Fatalf("height %d: blocks end at row %d of %d", h, next, outputs(h, 2))
		}
	}
}

// BenchmarkStem runs ResNet's stem at 224×224 on one core.
func BenchmarkStem(b *testing.B) {
	for _, level := range simd.Levels()[1:] {
		b.Run(level.String(), func(b *testing.B) {
			p := newStemProblem(64, 224, 224, true)
			s := p.stem(b, level)
			sc := s.NewScratch()
			dst := kernel.Alloc(p.dst.Len())
			best := fastest(b, func() {
				for block := range s.Blocks() {
					s.RunBlock(dst, p.image, block, sc)
				}
			})
			report(b, best, 1, s.conv.products(1), 112*112*64*147)
		})
	}
}
