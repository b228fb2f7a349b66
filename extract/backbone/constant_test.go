package backbone

import (
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/simd"
)

// TestConstants checks that constants take no step and no memory of a worker, wherever they
// stand: as the features themselves, alone in a concatenation, or joined with others, where
// they are copied.
func TestConstants(t *testing.T) {
	r := &grapher{g: &graph.Graph{Input: &graph.Value{Name: "image", Shape: graph.Shape{C: 3, H: 2, W: 2}}}}
	data := make([]float32, 16*4)
	for i := range data {
		data[i] = float32(i + 1)
	}
	table := r.put(&graph.Constant{Out: r.value(16, 2, 2), Data: data})
	alone := r.concat(table)
	twice := r.concat(alone, table)
	for _, test := range []struct {
		features     *graph.Value
		layers, want int // how many steps the first layers take
	}{{table, 1, 0}, {alone, 2, 0}, {twice, 3, 2}} {
		g := *r.g
		g.Layers, g.Features = r.g.Layers[:test.layers], test.features
		b := mustCompile(t, &g, simd.Best())
		if got := len(b.plan.steps); got != test.want {
			t.Errorf("%d layers: %d steps, want %d", test.layers, got, test.want)
		}
		if len(b.plan.constants) != 1 {
			t.Errorf("%d layers: %d constants", test.layers, len(b.plan.constants))
		}
		one, two := b.NewWorker(2), b.NewWorker(3)
		for i, held := range b.plan.constants {
			if &one.buffers[i][0] != &held[0] || &two.buffers[i][0] != &held[0] {
				t.Errorf("%d layers: a worker has a copy", test.layers)
			}
		}
		got := make([]float32, 2*b.Width())
		one.Run(got, make([]float32, 2*12), 2)
		for i, x := range got {
			if want := data[i%len(data)]; x != want {
				t.Fatalf("%d layers: feature %d is %v, want %v", test.layers, i, x, want)
			}
		}
	}
}
