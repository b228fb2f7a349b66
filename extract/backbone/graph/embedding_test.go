package graph_test

import (
	"strings"
	"testing"

	"featurecache/extract/backbone/graph"
)

// TestEmbedding takes the embedding of a network that ends in one, and not what enters the
// layer that makes it.
func TestEmbedding(t *testing.T) {
	tail := func(nodes ...[]byte) []byte {
		return small(append([][]byte{conv("x", "a", 3), op("Flatten", names("a"), "f"), weight("w", 1, 256, 5),
			op("Gemm", names("f", "w"), "e")}, nodes...)...)
	}
	norm := func(in, out string) []byte {
		return join(op("BatchNormalization", names(in, "one", "one", "one", "one"), out), weight("one", 1, 5))
	}
	for name, c := range map[string]struct {
		model   []byte
		feature string
		width   int
		logits  string
	}{
		"batch norm":            {tail(norm("e", "y")), "y", 5, ""},
		"divided by its length": {tail(op("ReduceL2", names("e"), "l", intsAttr("axes", 1)), op("Div", names("e", "l"), "y")), "e", 5, ""},
		"both": {tail(norm("e", "n"), op("ReduceL2", names("n"), "l", intsAttr("axes", 1)),
			op("Div", names("n", "l"), "y")), "n", 5, ""},
		"classifier": {tail(op("Identity", names("e"), "y")), "f", 256, "e"},
	} {
		g, err := graph.LoadBytes(c.model, "", graph.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if g.Features.Shape.Len() != c.width || g.Logits != c.logits || g.Note != "" {
			t.Errorf("%s: features %q of %v, logits %q, note %q", name, g.Features.Name, g.Features.Shape, g.Logits, g.Note)
		}
	}
}

// TestWideFeatures says that an unpooled image as features may not be meant.
func TestWideFeatures(t *testing.T) {
	wide := join(conv("x", "a", 3), op("Flatten", names("a"), "f"), weight("w", 1, 16384, 5), op("Gemm", names("f", "w"), "y"))
	g, err := graph.LoadBytes(small(wide), "", graph.Options{Height: 64, Width: 64})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(g.Note, "16384 values wide") || !strings.Contains(g.Note, "--feature y") {
		t.Errorf("the note is %q", g.Note)
	}
	if g, err = graph.LoadBytes(small(wide), "", graph.Options{Height: 64, Width: 64, Feature: "f"}); err != nil || g.Note != "" {
		t.Errorf("asked for by name: %q, %v", g.Note, err)
	}
}
