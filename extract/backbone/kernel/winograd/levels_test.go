package winograd

import (
	"math"
	"testing"

	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// sameBits fails unless a and b are the same bit for bit.
func sameBits(t *testing.T, what any, a, b []float32) {
	t.Helper()
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			t.Fatalf("%v: outputs differ at %d: %v and %v", what, i, a[i], b[i])
		}
	}
}

func TestLevels(t *testing.T) {
	for _, stride := range []int{1, 2} {
		for h := 1; h <= 18; h++ {
			for _, w := range []int{1 + h*5%13, 1 + h*7%19} {
				s := Shape{Out: 1 + h*7%40, In: 1 + h*11%37, Kernel: 3, Stride: stride}
				p := newProblem(s, h, w, 1+h%4, h%2 == 0, w%3 == 0)
				want := p.run(t, simd.Generic)
				for _, l := range simd.Levels()[1:] {
					sameBits(t, p.String()+" "+l.String(), p.run(t, l), want)
				}
			}
		}
	}
}

// Tiny inputs make subnormal products and sums, where rounding twice shows.
func TestLevelsSubnormal(t *testing.T) {
	for _, stride := range []int{1, 2} {
		for _, scale := range []float32{1e-37, 1e-39, 1e-42} {
			p := newProblem(Shape{Out: 17, In: 19, Kernel: 3, Stride: stride}, 7, 9, 1, false, false)
			clear(p.bias)
			for i := range p.input {
				p.input[i] *= scale
			}
			want := p.run(t, simd.Generic)
			for _, l := range simd.Levels()[1:] {
				sameBits(t, p.String()+" "+l.String(), p.run(t, l), want)
			}
		}
	}
}

// A NaN must not disappear in a ReLU.
func TestNaN(t *testing.T) {
	for _, l := range simd.Levels() {
		p := newProblem(Shape{Out: 3, In: 2, Kernel: 3, Stride: 1}, 4, 4, 1, true, true)
		p.input[p.src.Offset(0, 1, 1)] = float32(math.NaN())
		got := p.run(t, l)
		if v := got[p.dst.Offset(0, 1, 1)]; v == v {
			t.Errorf("%v: output %v of a NaN", l, v)
		}
	}
}

// An image's outputs do not depend on its batch, nor on how the work is divided.
func TestBatches(t *testing.T) {
	for _, l := range simd.Levels() {
		// Images that share a block, that leave one partly filled, and that are split.
		for size, most := range map[int]int{5: 9, 14: 9, 31: 2} {
			p := newProblem(Shape{Out: 34, In: 18, Kernel: 3, Stride: 1}, size, size, most, true, true)
			whole := p.run(t, l)
			for n := 1; n < most; n += 3 {
				q := *p
				q.n = n
				sameBits(t, q.String(), q.run(t, l), whole[:n*p.dst.Len()])
			}

			c := p.conv(t, l)
			s := NewScratch(p.n, c)
			dst := make([]float32, len(whole))
			for part := range c.Panels() {
				for b := range c.Blocks(p.n) {
					c.RunBlock(Images{dst, p.dst.Len()}, Images{p.input, p.src.Len()}, Images{p.added, p.res.Len()},
						p.n, Share{b, part, part + 1}, s)
				}
			}
			sameBits(t, "divided", dst, whole)
		}
	}
}

// A residual may be where the output goes.
func TestResidualInPlace(t *testing.T) {
	for _, l := range simd.Levels() {
		p := newProblem(Shape{Out: 40, In: 20, Kernel: 3, Stride: 1}, 9, 10, 2, true, true)
		want := p.run(t, l)
		p.dst, p.added = p.res, append([]float32(nil), p.added...)
		c := p.conv(t, l)
		io := Images{p.added, p.res.Len()}
		c.Run(io, Images{p.input, p.src.Len()}, io, p.n, NewScratch(p.n, c))
		q := newProblem(p.shape, 9, 10, 2, true, true)
		for i := range p.n {
			for o := range p.res.C {
				for y := range p.res.H {
					for x := range p.res.W {
						lane := o % kernel.Lanes
						a := p.added[i*p.res.Len()+p.res.Offset(o/kernel.Lanes, y, x)+lane]
						b := want[i*q.dst.Len()+q.dst.Offset(o/kernel.Lanes, y, x)+lane]
						if a != b {
							t.Fatalf("%v: in place %v, apart %v", l, a, b)
						}
					}
				}
			}
		}
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	p := newProblem(Shape{Out: 70, In: 20, Kernel: 3, Stride: 1}, 9, 9, 3, true, true)
	for _, l := range simd.Levels() {
		c := p.conv(t, l)
		s := NewScratch(p.n, c)
		dst := make([]float32, p.n*p.dst.Len())
		run := func() {
			c.Run(Images{dst, p.dst.Len()}, Images{p.input, p.src.Len()}, Images{p.added, p.res.Len()}, p.n, s)
		}
		if n := testing.AllocsPerRun(3, run); n > 0 {
			t.Errorf("%v: %v allocations", l, n)
		}
	}
}
