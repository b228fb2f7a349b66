package backbone

import (
	"fmt"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/simd"
)

// TestBatchFrom checks from where on a batch is computed as one.
func TestBatchFrom(t *testing.T) {
	const large = largeWeights + 1
	for _, test := range []struct {
		sides, weights []int
		want           int
	}{
		{nil, nil, 0},
		{[]int{56, 28, 28}, []int{0, 0, 0}, 3},                     // never
		{[]int{56, 28, 28}, []int{0, large, 0}, 1},                 // large weights
		{[]int{56, 28, 16, 7, 1}, []int{0, 0, 0, 0, 0}, 2},         // small images
		{[]int{56, 28, 16, 7}, []int{0, large, 0, 0}, 1},           // both
		{[]int{56, 1, 1, 56, 7}, []int{0, 0, 0, 0, 0}, 4},          // an excitation's gains are small, what follows is not
		{[]int{14, 14}, []int{0, 0}, 0},                            // always
		{[]int{17, 56, 16}, []int{largeWeights, 0, large * 10}, 2}, // where both begin
	} {
		var nodes []node
		for i, side := range test.sides {
			v := &graph.Value{Shape: graph.Shape{C: 1, H: side, W: side}}
			nodes = append(nodes, node{dst: v, weights: test.weights[i]})
		}
		if got := batchFrom(nodes); got != test.want {
			t.Errorf("sides %v, weights %v: from %d, want %d", test.sides, test.weights, got, test.want)
		}
	}
}

// TestBatchChangesNothing runs graphs for the whole batch from each of their nodes on:
// the bits are the same.
func TestBatchChangesNothing(t *testing.T) {
	graphs := []*graph.Graph{denseGraph(4)}
	for seed := range uint64(4) {
		graphs = append(graphs, randomGraph(seed), joinedGraph(seed), tokenGraph(seed))
	}
	const n = 3
	step := 1
	if slow() {
		graphs, step = graphs[2:5], 4
	}
	for i, g := range graphs {
		p, err := newProgram(g, simd.Best())
		if err != nil {
			t.Fatal(err)
		}
		b := mustCompile(t, g, simd.Best())
		images := make([]float32, n*b.Input().Len())
		noise(images)
		var first []float32
		for from := 0; from <= len(p.nodes); from += step {
			b.plan = arrange(p, from)
			got, w := make([]float32, n*b.Width()), b.NewWorker(n)
			for range 2 { // the second time in memory that was in use
				w.Run(got, images, n)
			}
			if first == nil {
				first = got
			}
			sameBits(t, fmt.Sprintf("graph %d for the batch from node %d of %d", i, from, len(p.nodes)), got, first)
		}
	}
}
