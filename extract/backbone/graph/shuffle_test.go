package graph_test

import (
	"slices"
	"testing"

	"featurecache/extract/backbone/graph"
)

// TestChannelShuffle checks the order in which a ShuffleNet's Reshape, Transpose and
// Reshape leave the channels.
func TestChannelShuffle(t *testing.T) {
	g, err := graph.LoadUnfused(small(conv("x", "a", 3),
		op("Reshape", names("a", "s"), "b"), intWeight("s", 0, 2, 2, 8, 8),
		op("Transpose", names("b"), "c", intsAttr("perm", 0, 2, 1, 3, 4)),
		op("Reshape", names("c", "t"), "y"), intWeight("t", 0, 4, 8, 8)))
	if err != nil {
		t.Fatal(err)
	}
	pick, ok := g.Layers[len(g.Layers)-1].(*graph.Conv)
	want := []float32{
		1, 0, 0, 0,
		0, 0, 1, 0,
		0, 1, 0, 0,
		0, 0, 0, 1,
	}
	if !ok || !slices.Equal(pick.Weight, want) {
		t.Errorf("%+v, want the channels 0, 2, 1, 3", pick)
	}
}
