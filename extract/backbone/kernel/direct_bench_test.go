package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"featurecache/simd"
)

// BenchmarkDirect runs ResNet shapes on a batch of eight, or one where a layer is
// large; compare GFLOP/s with BenchmarkPeak's.
func BenchmarkDirect(b *testing.B) {
	for _, s := range []struct{ in, out, k, stride, size, n int }{
		{64, 64, 3, 1, 56, 1}, {64, 128, 1, 2, 56, 1}, {256, 64, 1, 1, 56, 1}, {128, 128, 3, 1, 28, 1},
		{256, 256, 3, 1, 14, 8}, {256, 512, 3, 2, 14, 8}, {256, 512, 1, 2, 14, 8}, {512, 512, 3, 1, 7, 8},
	} {
		c := conv(s.in, s.out, s.k, s.stride, s.k/2)
		in := Layout{C: s.in, H: s.size, W: s.size, Top: s.k / 2, Left: s.k / 2, Rows: s.size + s.k - 1, Cols: s.size + s.k - 1}
		o := s.size / s.stride
		if o*s.stride < s.size {
			o++
		}
		out := Layout{C: s.out, H: o, W: o, Top: 1, Left: 1, Rows: o + 2, Cols: o + 2}
		rng := rand.New(rand.NewPCG(1, 1))
		d := NewDirect(c, draw(rng, s.in*s.out*s.k*s.k), draw(rng, s.out), in, out, Layout{})
		pixels := pixelsOf(d, s.n, in.Len(), out.Len(), 0)
		src, dst := make([]float32, s.n*in.Len()), make([]float32, s.n*out.Len())
		fill(rng, src, in, s.n)
		for _, level := range simd.Levels()[1:] {
			b.Run(fmt.Sprintf("%dx%d-%d-%d@%d/%v", s.k, s.k, s.in, s.out, s.size, level), func(b *testing.B) {
				for b.Loop() {
					d.Run(level, dst, src, nil, pixels, s.n, Share{})
				}
				flop := 2 * float64(s.n*o*o*s.in*s.out*s.k*s.k)
				b.ReportMetric(flop*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N*s.n), "µs/image")
			})
		}
	}
}
