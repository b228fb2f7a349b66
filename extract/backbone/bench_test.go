package backbone

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
	"featurecache/testdata"
)

func load(tb testing.TB, elem ...string) *graph.Graph {
	tb.Helper()
	g, err := graph.Load(testdata.Shared(tb, elem...), graph.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func mustCompile(tb testing.TB, g *graph.Graph, level simd.Level) *Backbone {
	tb.Helper()
	b, err := compileFor(g, level)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// BenchmarkRun is the forward pass of ResNet-18, 224×224.
func BenchmarkRun(b *testing.B) {
	g := load(b, "models", "resnet18.onnx")
	for _, level := range simd.Levels()[1:] {
		bb := mustCompile(b, g, level)
		for _, batch := range []int{1, 8} {
			b.Run(fmt.Sprintf("%v/batch=%d", level, batch), func(b *testing.B) {
				w := bb.NewWorker(batch)
				noise(w.Input())
				dst := make([]float32, batch*bb.Width())
				for b.Loop() {
					w.Run(dst, w.Input(), batch)
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N*batch), "ms/image")
			})
		}
	}
}

// BenchmarkTeam is the forward pass of one image on one core, and on two.
func BenchmarkTeam(b *testing.B) {
	bb := mustCompile(b, load(b, "models", "resnet18.onnx"), simd.Best())
	for _, goroutines := range []int{1, 2} {
		b.Run(fmt.Sprint("goroutines=", goroutines), func(b *testing.B) {
			w := bb.NewTeam(1, goroutines)
			noise(w.Input())
			dst := make([]float32, bb.Width())
			for b.Loop() {
				w.Run(dst, w.Input(), 1)
			}
		})
	}
}

var model = flag.String("model", "", "ONNX file whose layers BenchmarkLayers times, in place of ResNet-18's")

// BenchmarkLayers times every step of ResNet-18, or of -model, inside whole forward
// passes, so that caches are filled as in real use. With -v, it logs each step's best
// time, which other load on the machine disturbs least.
func BenchmarkLayers(b *testing.B) {
	var g *graph.Graph
	if *model == "" {
		g = load(b, "models", "resnet18.onnx")
	} else {
		var err error
		if g, err = graph.Load(*model, graph.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	bb := mustCompile(b, g, simd.Best())
	for _, batch := range []int{1, 8} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) { benchmarkLayers(b, g, bb, batch) })
	}
}

func benchmarkLayers(b *testing.B, g *graph.Graph, bb *Backbone, batch int) {
	macs, shape := map[string]int64{}, map[string]string{}
	for _, l := range g.Layers {
		name := l.Output().Name
		macs[name] = graph.MACs(l)
		shape[name] = fmt.Sprint(l.Output().Shape)
		if in := l.Inputs(); len(in) > 0 {
			shape[name] = fmt.Sprint(in[0].Shape, l.Output().Shape)
		}
		if c, ok := l.(*graph.Conv); ok {
			shape[name] += fmt.Sprintf(" %d×%d stride %d groups %d", c.KH, c.KW, c.StrideH, c.Groups)
		}
	}
	w := bb.NewWorker(batch)
	noise(w.Input())
	dst := make([]float32, batch*bb.Width())
	runs := w.runs[0]
	best := make([]time.Duration, len(runs))
	for i, run := range runs {
		best[i] = time.Hour
		runs[i] = func(level simd.Level, dst []float32, in inputs, n int) {
			start := time.Now()
			run(level, dst, in, n)
			best[i] = min(best[i], time.Since(start)/time.Duration(n))
		}
	}
	for b.Loop() {
		w.Run(dst, w.Input(), batch)
	}
	b.Logf("peak %.1f GFLOP/s", kernel.Peak(bb.level))
	var total time.Duration
	for i, s := range bb.plan.steps {
		total += best[i]
		b.Logf("%8.1f µs/image %7.1f GFLOP/s  %-20T %s %s", best[i].Seconds()*1e6, 2*float64(macs[s.name])/best[i].Seconds()/1e9, s.op, shape[s.name], s.name)
	}
	b.Logf("%8.1f µs/image in all", total.Seconds()*1e6)
}

func noise(v []float32) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range v {
		v[i] = float32(3.4*rng.Float32()) - 1.7 // not fused, and not NormFloat64: they differ between machines
	}
}
