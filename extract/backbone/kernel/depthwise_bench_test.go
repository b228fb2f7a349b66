package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"featurecache/simd"
)

// BenchmarkDepthwise runs the depthwise convolutions of MobileNets and ConvNeXt on one
// image. Its figures are those of the fastest run.
func BenchmarkDepthwise(b *testing.B) {
	for _, s := range []struct{ channels, k, size int }{{96, 3, 56}, {144, 5, 28}, {96, 7, 56}, {192, 7, 28}, {384, 7, 14}, {768, 7, 7}} {
		c := with(conv(s.channels, s.channels, s.k, 1, s.k/2), func(c *Conv) { c.Groups = s.channels })
		in := Layout{C: s.channels, H: s.size, W: s.size, Top: s.k / 2, Left: s.k / 2, Rows: s.size + s.k - 1, Cols: s.size + s.k - 1}
		out := Layout{C: s.channels, H: s.size, W: s.size, Rows: s.size, Cols: s.size}
		rng := rand.New(rand.NewPCG(1, 1))
		d := NewDirect(c, draw(rng, s.channels*s.k*s.k), draw(rng, s.channels), in, out, Layout{})
		pixels := pixelsOf(d, 1, in.Len(), out.Len(), 0)
		src, dst := Alloc(in.Len()), Alloc(out.Len())
		fill(rng, src, in, 1)
		for _, level := range simd.Levels()[1:] {
			b.Run(fmt.Sprintf("%dx%d-%d@%d/%v", s.k, s.k, s.channels, s.size, level), func(b *testing.B) {
				best, peak := time.Hour, 0.0
				for b.Loop() {
					peak = max(peak, Peak(level))
					for range 20 {
						start := time.Now()
						d.Run(level, dst, src, nil, pixels, 1, Share{})
						best = min(best, time.Since(start))
					}
				}
				speed := 2 * float64(s.size*s.size*s.channels*s.k*s.k) / best.Seconds() / 1e9
				b.ReportMetric(best.Seconds()*1e3, "ms/image")
				b.ReportMetric(speed, "GFLOP/s")
				b.ReportMetric(100*speed/peak, "%peak")
			})
		}
	}
}
