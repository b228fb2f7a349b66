package extract

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"featurecache/cache"
	"featurecache/extract/backbone"
	"featurecache/extract/backbone/graph"
)

func testProvenance() Provenance {
	return Provenance{
		Space: cache.Space{
			Backbone: [32]byte{1, 2, 31: 3}, Model: "net.onnx", Feature: "pool", Transform: "crop", Numerics: backbone.Numerics, Width: 8,
		},
		ViewSeed: 1<<64 - 1,
	}
}

// Every field that shapes a feature comes back from the metadata.
func TestProvenanceMetadata(t *testing.T) {
	want := testProvenance()
	got, err := ParseProvenance(want.Metadata(), want.Width)
	if err != nil || got != want {
		t.Errorf("got %+v, error %v, want %+v", got, err, want)
	}
	// A file name that is not UTF-8 is no part of the identity, and files need UTF-8.
	odd := want
	odd.Model = "caf\xe9.onnx"
	got, err = ParseProvenance(odd.Metadata(), odd.Width)
	if err != nil || got.ID() != want.ID() || got.Model != "caf_.onnx" {
		t.Errorf("got %+v, error %v", got, err)
	}
}

func TestParseProvenanceRejects(t *testing.T) {
	for key, values := range map[string][]string{
		keyBackbone: {"", "0102", strings.Repeat("g", 64), strings.Repeat("0", 66)},
		keyViewSeed: {"", "-1", "1.5", "18446744073709551616"},
	} {
		for _, value := range values {
			meta := maps.Clone(testProvenance().Metadata())
			meta[key] = value
			if _, err := ParseProvenance(meta, 8); err == nil || !strings.Contains(err.Error(), key) {
				t.Errorf("%s %q: error %v", key, value, err)
			}
		}
	}
}

// Features of one model are not comparable with those of another, nor with another tensor
// of the same model, nor with what another version of the program computes.
func TestProvenanceCheck(t *testing.T) {
	p := testProvenance()
	model := func(change func(*graph.Graph)) *graph.Graph {
		g := &graph.Graph{Hash: p.Backbone, Features: &graph.Value{Name: p.Feature, Shape: graph.Shape{C: p.Width, H: 1, W: 1}}}
		change(g)
		return g
	}
	for name, c := range map[string]struct {
		change func(*graph.Graph)
		want   string
	}{
		"same":           {func(*graph.Graph) {}, ""},
		"another model":  {func(g *graph.Graph) { g.Hash[31]++ }, "use that model"},
		"another tensor": {func(g *graph.Graph) { g.Features.Name = "conv" }, `"pool"`},
		"another width":  {func(g *graph.Graph) { g.Features.Shape.H = 2 }, "8 values, and this model's have 16"},
	} {
		err := p.Check(model(c.change))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	p.Numerics += "x"
	if err := p.Check(model(func(*graph.Graph) {})); !errors.Is(err, errOtherVersion) {
		t.Errorf("other numerics: %v", err)
	}
	if _, err := p.Network("absent.onnx"); !errors.Is(err, errOtherVersion) {
		t.Errorf("an unknown transform: %v", err)
	}
}
