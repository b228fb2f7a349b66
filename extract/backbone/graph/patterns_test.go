package graph_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"

	"featurecache/extract/backbone/graph"
)

// TestPatterns compares the ways in which exporters write GELU, norms and attention with
// ONNX Runtime, and near misses too. It checks that the patterns are found, and only them.
// See testdata/make_patterns.py.
func TestPatterns(t *testing.T) {
	r, err := npz.Open(filepath.Join("testdata", "patterns.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var names []byte
	if err := r.Read("names.npy", &names); err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(string(names), "\n")
	all := readDrawn(t, "patterns.npz")
	if len(all) != len(cases) || len(all) < 180 {
		t.Fatalf("%d models, %d names", len(all), len(cases))
	}
	for i, d := range all {
		name, found, _ := strings.Cut(cases[i], "\t")
		t.Run(name, func(t *testing.T) {
			g, wrong, err := d.disagreement()
			if err != nil || wrong != "" {
				t.Fatalf("%v %s, of\n%s", err, wrong, nodeList(d.model))
			}
			if got := patternsIn(g); got != found {
				t.Errorf("found %s, want %s, in\n%s", got, found, nodeList(d.model))
			}
		})
	}
}

// patternsIn lists the layers and activations of a graph that patterns become, each once;
// "-" if there is none. Parts that a pattern should have taken in follow it.
func patternsIn(g *graph.Graph) string {
	var found []string
	activations := map[graph.ActKind]string{graph.GELU: "GELU", graph.GELUTanh: "GELUTanh", graph.SiLU: "SiLU", graph.Swish: "Swish", graph.HardSwish: "HardSwish"}
	for _, l := range g.Layers {
		name := ""
		switch l := l.(type) {
		case *graph.Conv:
			name = activations[l.Act.Kind]
		case *graph.Affine:
			name = activations[l.Act.Kind]
		case *graph.Add:
			name = activations[l.Act.Kind]
		case *graph.Activate:
			name = activations[l.Act.Kind]
		case *graph.Norm:
			name = "Norm"
			if l.RMS {
				name = "RMSNorm"
			}
		case *graph.Attention:
			name = "Attention"
		}
		if name != "" && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	if found == nil {
		return "-"
	}
	for _, l := range g.Layers {
		switch l.(type) {
		case *graph.Combine, *graph.Product, *graph.Softmax, *graph.Reduce:
			found = append(found, strings.TrimPrefix(fmt.Sprintf("%T", l), "*graph."))
		}
	}
	return strings.Join(found, " ")
}
