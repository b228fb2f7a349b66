package graph_test

import (
	"path/filepath"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/testdata"
)

// TestFeatureName loads every model again by the name that its features have: a
// name that is kept must lead back to the same tensor.
func TestFeatureName(t *testing.T) {
	for _, pattern := range []string{filepath.Join("testdata", "dialects", "*.onnx"), filepath.Join(testdata.Shared(t, "golden", "models"), "*.onnx")} {
		models, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range models {
			g, err := graph.Load(path, graph.Options{})
			if err != nil {
				t.Fatal(err)
			}
			again, err := graph.Load(path, graph.Options{Feature: g.Features.Name, Height: g.Input.Shape.H, Width: g.Input.Shape.W})
			if err != nil {
				t.Errorf("%v", err)
				continue
			}
			if again.Features.Name != g.Features.Name || again.Features.Shape.Len() != g.Features.Shape.Len() || len(again.Layers) != len(g.Layers) || again.MACs() != g.MACs() {
				t.Errorf("%s: %q %v of %d layers, again %q %v of %d", path, g.Features.Name, g.Features.Shape, len(g.Layers), again.Features.Name, again.Features.Shape, len(again.Layers))
			}
		}
	}
}
