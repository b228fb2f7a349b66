package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"featurecache/simd"
)

// BenchmarkMatrix runs the linear layers of transformers and ConvNeXt, 1×1 convolutions of
// pixels × inputs × outputs, for one image and for a batch of eight. Its figures are those
// of the fastest run, and their share of the peak that was measured between the runs.
func BenchmarkMatrix(b *testing.B) {
	for _, s := range []struct{ pixels, in, out int }{
		{197, 768, 768}, {197, 768, 2304}, {197, 768, 3072}, {197, 3072, 768},
		{257, 384, 384}, {257, 384, 1152}, {257, 384, 1536}, {257, 1536, 384},
		{50, 768, 2304}, {50, 768, 3072},
		{3136, 96, 384}, {3136, 384, 96}, {784, 192, 768}, {196, 384, 1536}, {49, 768, 3072},
	} {
		c := conv(s.in, s.out, 1, 1, 0)
		in := Layout{C: s.in, H: 1, W: s.pixels, Rows: 1, Cols: s.pixels}
		out := Layout{C: s.out, H: 1, W: s.pixels, Rows: 1, Cols: s.pixels}
		rng := rand.New(rand.NewPCG(1, 1))
		d := NewDirect(c, draw(rng, s.in*s.out), draw(rng, s.out), in, out, Layout{})
		for _, n := range []int{1, 8} {
			pixels := pixelsOf(d, n, in.Len(), out.Len(), 0)
			src, dst := Alloc(n*in.Len()), Alloc(n*out.Len())
			fill(rng, src, in, n)
			for _, level := range simd.Levels()[1:] {
				b.Run(fmt.Sprintf("%dx%dx%d/batch=%d/%v", s.pixels, s.in, s.out, n, level), func(b *testing.B) {
					best, peak := time.Hour, 0.0
					for b.Loop() {
						peak = max(peak, Peak(level))
						for range max(1, 8/n) {
							start := time.Now()
							d.Run(level, dst, src, nil, pixels, n, Share{})
							best = min(best, time.Since(start))
						}
					}
					speed := 2 * float64(n*s.pixels*s.in*s.out) / best.Seconds() / 1e9
					b.ReportMetric(speed, "GFLOP/s")
					b.ReportMetric(100*speed/peak, "%peak")
				})
			}
		}
	}
}
