package winograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// guard is the number of floats around each buffer that must not change.
const guard = 64

const guardValue = 12345.5

// guarded is n zero floats between guard zones.
type guarded struct{ whole, data []float32 }

func newGuarded(n int) guarded {
	g := guarded{whole: make([]float32, n+2*guard)}
	for i := range g.whole {
		g.whole[i] = guardValue
	}
	g.data = g.whole[guard : guard+n : guard+n]
	clear(g.data)
	return g
}

func (g guarded) check(t *testing.T, name string) {
	t.Helper()
	for i := range guard {
		if g.whole[i] != guardValue || g.whole[len(g.whole)-1-i] != guardValue {
			t.Fatalf("%s: guard zone changed", name)
		}
	}
}

func random(n int, rng *rand.Rand) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}

// fill puts random values into the pixels of a layout.
func fill(data []float32, l kernel.Layout, rng *rand.Rand) {
	for c := range l.C {
		for y := range l.H {
			for x := range l.W {
				data[l.Offset(c/kernel.Lanes, y, x)+c%kernel.Lanes] = float32(rng.NormFloat64())
			}
		}
	}
}

// A problem is a convolution of a batch.
type problem struct {
	shape         Shape
	h, w, n       int
	residual      bool
	relu          bool
	weights, bias []float32
	src, dst, res kernel.Layout
	input, added  []float32
}

func newProblem(s Shape, h, w, n int, residual, relu bool) *problem {
	rng := rand.New(rand.NewPCG(uint64(h), uint64(w)))
	p := &problem{shape: s, h: h, w: w, n: n, residual: residual, relu: relu}
	p.weights = random(s.Out*s.In*s.Kernel*s.Kernel, rng)
	p.bias = random(s.Out, rng)
	top, bottom := s.Border(h)
	left, right := s.Border(w)
	p.src = kernel.Layout{C: s.In, H: h, W: w, Top: top, Left: left, Rows: top + h + bottom, Cols: left + w + right}
	oh, ow := outputs(h, s.Stride), outputs(w, s.Stride)
	p.dst = kernel.Layout{C: s.Out, H: oh, W: ow, Top: 1, Left: 2, Rows: oh + 3, Cols: ow + 2}
	p.input = make([]float32, n*p.src.Len())
	for i := range n {
		fill(p.input[i*p.src.Len():], p.src, rng)
	}
	if residual {
		p.res = kernel.Layout{C: s.Out, H: oh, W: ow, Rows: oh, Cols: ow + 1}
		p.added = make([]float32, n*p.res.Len())
		for i := range n {
			fill(p.added[i*p.res.Len():], p.res, rng)
		}
	}
	return p
}

func (p *problem) String() string {
	return fmt.Sprintf("%v,%dx%d,n=%d,res=%v,relu=%v", p.shape, p.h, p.w, p.n, p.residual, p.relu)
}

func (p *problem) conv(t testing.TB, level simd.Level) *Conv {
	t.Helper()
	c, err := New(Options{
		Weights: Pack(p.shape, p.weights), Bias: p.bias,
		Src: p.src, Dst: p.dst, Res: p.res, ReLU: p.relu, Level: level,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// run computes the outputs, whole layouts with their borders.
func (p *problem) run(t *testing.T, level simd.Level) []float32 {
	t.Helper()
	c := p.conv(t, level)
	dst := newGuarded(p.n * p.dst.Len())
	s := NewScratch(p.n, c)
	v, m := newGuarded(len(s.v)), newGuarded(len(s.m))
	s.v, s.m = v.data, m.data
	// What lies outside the input would show.
	src := newGuarded(len(p.input))
	for i := range src.whole {
		src.whole[i] = float32(math.NaN())
	}
	copy(src.data, p.input)
	c.Run(Images{dst.data, p.dst.Len()}, Images{src.data, p.src.Len()}, Images{p.added, p.res.Len()}, p.n, s)
	dst.check(t, "outputs")
	v.check(t, "transformed input")
	m.check(t, "products")
	return dst.data
}

// reference is the convolution in float64, [n][Out][H][W].
func (p *problem) reference() []float64 {
	var out []float64
	s, pad := p.shape, (p.shape.Kernel-1)/2
	for n := range p.n {
		in := p.input[n*p.src.Len():]
		for o := range s.Out {
			for y := range p.dst.H {
				for x := range p.dst.W {
					sum := float64(p.bias[o])
					for c := range s.In {
						for i := range s.Kernel {
							for j := range s.Kernel {
								iy, ix := y*s.Stride+i-pad, x*s.Stride+j-pad
								if iy < 0 || ix < 0 || iy >= p.h || ix >= p.w {
									continue
								}
								sum += float64(p.weights[((o*s.In+c)*s.Kernel+i)*s.Kernel+j]) *
									float64(in[p.src.Offset(c/kernel.Lanes, iy, ix)+c%kernel.Lanes])
							}
						}
					}
					if p.residual {
						sum += float64(p.added[n*p.res.Len()+p.res.Offset(o/kernel.Lanes, y, x)+o%kernel.Lanes])
					}
					if p.relu {
						sum = max(sum, 0)
					}
					out = append(out, sum)
				}
			}
		}
	}
	return out
}

// compare checks the outputs' relative L2 error and that everything but the
// pixels is zero.
func (p *problem) compare(t *testing.T, got []float32) {
	t.Helper()
	rest := append([]float32(nil), got...)
	want := p.reference()
	var diff, norm float64
	i := 0
	for n := range p.n {
		for o := range p.dst.C {
			for y := range p.dst.H {
				for x := range p.dst.W {
					at := n*p.dst.Len() + p.dst.Offset(o/kernel.Lanes, y, x) + o%kernel.Lanes
					d := float64(got[at]) - want[i]
					diff += d * d
					norm += want[i] * want[i]
					rest[at] = 0
					i++
				}
			}
		}
	}
	if e := math.Sqrt(diff / norm); !(e < 5e-6) && norm > 0 {
		t.Fatalf("%v: relative error %.3g", p, e)
	}
	for i, v := range rest {
		if v != 0 {
			t.Fatalf("%v: border or unused channel at %d is %v", p, i, v)
		}
	}
}

func TestAgainstDirect(t *testing.T) {
	for _, stride := range []int{1, 2} {
		for h := 1; h <= 13; h++ {
			w := h*5%13 + 1
			s := Shape{Out: 1 + h*7%40, In: 1 + h*11%37, Kernel: 3, Stride: stride}
			p := newProblem(s, h, w, 1+h%3, h%2 == 0, h%3 == 0)
			p.compare(t, p.run(t, simd.Generic))
		}
	}
}
