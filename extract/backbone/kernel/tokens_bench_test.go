package kernel

import (
	"math/rand/v2"
	"testing"

	"featurecache/simd"
)

// plain is a layout without borders.
func plain(c, h, w int) Layout { return Layout{C: c, H: h, W: w, Rows: h, Cols: w} }

func noisy(n int) []float32 {
	rng := rand.New(rand.NewPCG(3, 4))
	v := Alloc(n)
	for i := range v {
		v[i] = rng.Float32()*2 - 1
	}
	return v
}

// perElement reports the time of one of n elements.
func perElement(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/element")
}

// BenchmarkMoves is a gather of the tokens of a ViT-B, in the usual orders.
func BenchmarkMoves(b *testing.B) {
	const c, t = 768, 197
	in := plain(c, 1, t)
	rng := rand.New(rand.NewPCG(1, 2))
	order, channels, all := rng.Perm(t), rng.Perm(c), rng.Perm(c*t)
	for _, form := range []struct {
		name string
		out  Layout
		from func(c, p int) int
	}{
		{"same", in, func(c, p int) int { return c*t + p }},
		{"border", Layout{C: c, H: 1, W: t, Top: 1, Left: 1, Rows: 3, Cols: t + 2}, func(c, p int) int { return c*t + p }},
		{"pixels", in, func(c, p int) int { return c*t + order[p] }},
		{"channels", in, func(c, p int) int { return channels[c]*t + p }},
		{"shifted", in, func(ch, p int) int { return (ch+5)%c*t + p }},
		{"turned", plain(t, 1, c), func(ch, p int) int { return p*t + ch }},
		{"random", in, func(c, p int) int { return all[c*t+p] }},
	} {
		b.Run(form.name, func(b *testing.B) {
			var from []int32
			plane := form.out.H * form.out.W
			for i := range c * t {
				from = append(from, int32(form.from(i/plane, i%plane)))
			}
			m := NewReading(form.out, in, from)
			dst, src := Alloc(form.out.Len()), noisy(in.Len())
			for b.Loop() {
				m.Run(dst, src, Share{})
			}
			perElement(b, c*t)
			b.ReportMetric(float64(c*t)/float64(len(m.list)), "elements/move")
		})
	}
}

// BenchmarkSoftmax is the softmax of a ViT-B's scores, as a layer of its own.
func BenchmarkSoftmax(b *testing.B) {
	l := plain(197, 1, 12*197)
	m := Softmax{In: l, Out: l}
	dst, src := Alloc(l.Len()), noisy(l.Len())
	for b.Loop() {
		m.Run(simd.Best(), dst, src, Share{})
	}
	perElement(b, l.C*l.H*l.W)
}

func BenchmarkReduce(b *testing.B) {
	l := plain(768, 1, 197)
	m := Reduce{In: l, Out: plain(1, 1, 197), Op: SumSquares}
	dst, src := Alloc(m.Out.Len()), noisy(l.Len())
	for b.Loop() {
		m.Run(dst, src, Share{})
	}
	perElement(b, l.C*l.H*l.W)
}

// BenchmarkCombine multiplies the two halves of a gated perceptron, and tokens by the
// channels of one pixel.
func BenchmarkCombine(b *testing.B) {
	l := plain(3072, 1, 197)
	var one []int32
	for i := range l.C * l.W {
		one = append(one, int32(i/l.W))
	}
	for _, form := range []struct {
		name  string
		b     Layout
		moves *Moves
	}{{"same", l, nil}, {"pixel", plain(l.C, 1, 1), NewReading(l, plain(l.C, 1, 1), one)}} {
		b.Run(form.name, func(b *testing.B) {
			m := Combine{A: l, B: form.b, Out: l, BMoves: form.moves, Op: Times}
			dst, x, y := Alloc(l.Len()), noisy(l.Len()), noisy(form.b.Len())
			for b.Loop() {
				m.Run(simd.Best(), dst, x, y, nil, Share{})
			}
			perElement(b, l.C*l.W)
		})
	}
}

// BenchmarkProduct is the two products of a ViT-B's attention that was not recognised.
func BenchmarkProduct(b *testing.B) {
	const heads, t, d = 12, 197, 64
	qkv, scores := plain(heads*d, 1, t), plain(t, 1, heads*t)
	rows := func(h, i, c int) int32 { return int32((h*d+c)*t + i) }
	f := Factors{Batch: heads, M: t, K: d, N: t}
	g := Factors{Batch: heads, M: t, K: t, N: d}
	for h := range heads {
		for i := range t * d {
			f.AFrom = append(f.AFrom, rows(h, i/d, i%d))
			f.BFrom = append(f.BFrom, rows(h, i%t, i/t))
			g.BFrom = append(g.BFrom, rows(h, i/d, i%d))
		}
		for i := range t * t {
			g.AFrom = append(g.AFrom, int32(i%t*heads*t+h*t+i/t))
		}
	}
	for _, form := range []struct {
		name      string
		f         Factors
		a, b, out Layout
	}{{"scores", f, qkv, qkv, scores}, {"values", g, scores, qkv, plain(d, 1, heads*t)}} {
		b.Run(form.name, func(b *testing.B) {
			p := NewProduct(form.f, form.a, form.b, form.out)
			dst, x, y, work := Alloc(form.out.Len()), noisy(form.a.Len()), noisy(form.b.Len()), Alloc(p.Work())
			for b.Loop() {
				p.Run(simd.Best(), dst, x, y, work, Share{})
			}
			b.ReportMetric(2*heads*t*t*d*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
	b.Logf("peak %.1f GFLOP/s", Peak(simd.Best()))
}
