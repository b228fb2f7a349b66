package backbone

import (
	"fmt"
	"os"
	"testing"
	"time"

	"featurecache/extract/backbone/graph"
	"featurecache/simd"
)

func TestTmp(t *testing.T) {
	g, err := graph.Load(os.Getenv("TMPMODEL"), graph.Options{})
	if err != nil {
		t.Skip(err)
	}
	bb := mustCompile(t, g, simd.Best())
	macs := map[string]int64{}
	shape := map[string]string{}
	for _, l := range g.Layers {
		macs[l.Output().Name] = (&graph.Graph{Layers: []graph.Layer{l}}).MACs()
		s := l.Output().Shape
		i := l.Inputs()[0].Shape
		shape[l.Output().Name] = fmt.Sprintf("%dx%dx%d -> %dx%dx%d", i.C, i.H, i.W, s.C, s.H, s.W)
		if c, ok := l.(*graph.Conv); ok {
			shape[l.Output().Name] += fmt.Sprintf(" k%d s%d g%d", c.KH, c.StrideH, c.Groups)
		}
	}
	batch := 8
	w := bb.NewWorker(batch)
	noise(w.Input())
	dst := make([]float32, batch*bb.Width())
	runs := w.runs[0]
	best := make([]time.Duration, len(runs))
	for i, run := range runs {
		best[i] = time.Hour
		runs[i] = func(level simd.Level, dst, a, b []float32, n int) {
			start := time.Now()
			run(level, dst, a, b, n)
			best[i] = min(best[i], time.Since(start)/time.Duration(n))
		}
	}
	for range 40 {
		w.Run(dst, w.Input(), batch)
	}
	var total time.Duration
	for i, s := range bb.plan.steps {
		total += best[i]
		fmt.Printf("%8.1f µs %7.1f GF/s %-22T %s\n", best[i].Seconds()*1e6, 2*float64(macs[s.name])/best[i].Seconds()/1e9, s.op, shape[s.name])
	}
	fmt.Printf("%8.1f µs/image in all, batchFrom %d of %d\n", total.Seconds()*1e6, bb.plan.batchFrom, len(bb.plan.steps))
}
