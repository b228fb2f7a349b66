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
	pick, ok := g.Layers[len(g.Layers)-1].(*graph.Gather)
	var want []int32
	for _, c := range []int32{0, 2, 1, 3} {
		for p := range int32(64) {
			want = append(want, c*64+p)
		}
	}
	if !ok || !slices.Equal(pick.From, want) {
		t.Errorf("%+v, want the channels 0, 2, 1, 3", pick)
	}
}
