package winograd

import (
	"fmt"
	"testing"
	"time"

	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// BenchmarkConv runs ResNet's 3×3 convolutions at 224×224 on one core, batch 8. It
// reports, for the fastest batch, the time an image, the multiply-adds done, and those
// that a direct convolution would have done, in GFLOP/s.
func BenchmarkConv(b *testing.B) {
	for _, level := range simd.Levels()[1:] {
		for _, l := range []struct {
			name string
			s    Shape
			size int
		}{
			{"layer1", Shape{64, 64, 3, 1}, 56},
			{"layer2.0", Shape{128, 64, 3, 2}, 56},
			{"layer2", Shape{128, 128, 3, 1}, 28},
			{"layer3.0", Shape{256, 128, 3, 2}, 28},
			{"layer3", Shape{256, 256, 3, 1}, 14},
			{"layer4.0", Shape{512, 256, 3, 2}, 14},
			{"layer4", Shape{512, 512, 3, 1}, 7},
		} {
			for _, n := range []int{1, 8} {
				b.Run(fmt.Sprintf("%s/%s/n=%d", level, l.name, n), func(b *testing.B) {
					benchmark(b, newProblem(l.s, l.size, l.size, n, false, true), level)
				})
			}
		}
	}
}

func benchmark(b *testing.B, p *problem, level simd.Level) {
	c := p.conv(b, level)
	s := NewScratch(p.n, c)
	dst := kernel.Alloc(p.n * p.dst.Len())
	src := kernel.Alloc(len(p.input))
	copy(src, p.input)
	best := fastest(b, func() {
		c.Run(Images{dst, p.dst.Len()}, Images{src, p.src.Len()}, Images{}, p.n, s)
	})
	direct := p.n * p.dst.H * p.dst.W * p.shape.Out * p.shape.In * p.shape.Kernel * p.shape.Kernel
	report(b, best, p.n, c.products(p.n), direct)
}

// fastest runs the benchmark and returns the seconds of its fastest iteration, which
// other work on the machine disturbs least.
func fastest(b *testing.B, run func()) float64 {
	best := time.Hour
	for b.Loop() {
		start := time.Now()
		run()
		best = min(best, time.Since(start))
	}
	return best.Seconds()
}

func report(b *testing.B, seconds float64, images, products, direct int) {
	b.ReportMetric(seconds/float64(images)*1e6, "min-µs/image")
	b.ReportMetric(2*float64(products)/seconds/1e9, "max-GFLOP/s")
	b.ReportMetric(2*float64(direct)/seconds/1e9, "max-direct-GFLOP/s")
}

// products is the number of multiplications by weights.
func (c *Conv) products(n int) int {
	w, total := c.opt.Weights, 0
	points := w.scheme.points()
	for pos, q := range w.spans {
		k := w.scheme.classesOf(pos/points, pos%points)
		for _, b := range c.blocks {
			total += sum(b.count[k.from:k.to]) * (q.blocks.to - q.blocks.from)
		}
	}
	return n * total * w.lanes * w.shape.Out
}
