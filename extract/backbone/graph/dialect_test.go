package graph_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
)

// pattern is the image that testdata/dialects.py shows ONNX Runtime.
func pattern(s graph.Shape) []float32 {
	image := make([]float32, s.Len())
	for i := range image {
		image[i] = float32(float64(7919*i%1009)/504.5 - 1)
	}
	return image
}

// TestDialects compares tiny models, each written in another exporter's way, with ONNX
// Runtime. See testdata/dialects.py.
func TestDialects(t *testing.T) {
	models, err := filepath.Glob(filepath.Join("testdata", "dialects", "*.onnx"))
	if err != nil || len(models) < 34 {
		t.Fatalf("%d models: %v", len(models), err)
	}
	for _, path := range models {
		name := strings.TrimSuffix(filepath.Base(path), ".onnx")
		t.Run(name, func(t *testing.T) {
			g, err := graph.Load(path, graph.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := readArray(t, filepath.Join("testdata", "dialects.npz"), name, 1)[0]
			tolerance := 1e-6
			if name == "half" {
				tolerance = 1e-3 // we compute in float32, ONNX Runtime rounds to halves
			}
			if e := graphtest.RelativeError(graphtest.Eval(g, pattern(g.Input.Shape)), want); !(e <= tolerance) {
				t.Errorf("relative L2 error %.2g", e)
			}
		})
	}
}

// TestFusing checks what is left of models whose layers could fuse in a wrong way.
func TestFusing(t *testing.T) {
	for name, want := range map[string]string{
		"mobilenet_v2":          "Conv Conv Conv Conv+ Conv Conv Conv+ AvgPool",
		"preactivation":         "Conv Affine Conv Conv+ Add Affine AvgPool",
		"shared_weights":        "Conv Conv Conv Add Conv+ AvgPool",
		"preprocessing":         "Affine Conv AvgPool",
		"batch_norm_1d":         "Conv AvgPool Affine Conv",
		"activations":           "Conv Conv Conv Conv AvgPool",
		"vgg":                   "Conv Conv Conv",
		"densenet":              "Conv Affine Conv Conv Concat2 Affine Conv Conv Concat3 Affine Conv Conv Concat4 Affine Conv AvgPool Activate Concat2 Activate Concat2 Conv+ AvgPool",
		"concat_pool":           "Conv MaxPool AvgPool Concat2 MaxPool Concat2",
		"channels":              "Conv Conv Conv Concat3 AvgPool",
		"squeeze_excite":        "Conv AvgPool Conv Conv Scale AvgPool Conv Scale AvgPool",
		"squeeze_excite_linear": "Conv Conv AvgPool Conv Conv Scale Add AvgPool",
		"affine_used_twice":     "Conv MaxPool Affine Activate Affine Add AvgPool",
	} {
		g, err := graph.Load(filepath.Join("testdata", "dialects", name+".onnx"), graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := kinds(g); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
		if err := graphtest.Check(g); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestResidualOrder checks that the sum of two convolutions is fused into the one that is
// computed last.
func TestResidualOrder(t *testing.T) {
	g, err := graph.Load(writeModel(t, small(conv("x", "a", 3), conv("a", "b", 4), op("Add", names("a", "b"), "y"))), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := graph.Load(writeModel(t, small(conv("x", "a", 3), conv("x", "b", 3), op("Add", names("a", "b"), "y"))), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []*graph.Graph{g, h} {
		first, last := g.Layers[0].(*graph.Conv), g.Layers[1].(*graph.Conv)
		if first.Out.Name != "a" || last.Residual != first.Out || last.Out.Name != "y" {
			t.Errorf("%s with residual %v, then %s with residual %v", first.Out.Name, first.Residual, last.Out.Name, last.Residual)
		}
	}
}

// TestNoClassifier checks that a fully connected layer inside a network, with a
// convolution after it, isn't taken for the classifier.
func TestNoClassifier(t *testing.T) {
	g, err := graph.Load(writeModel(t, small(
		op("GlobalAveragePool", names("x"), "a"), op("Flatten", names("a"), "b"), op("Gemm", names("b", "w"), "c"), weight("w", 1, 3, 5),
		op("Reshape", names("c", "s"), "d"), intWeight("s", 0, 5, 1, 1), conv("d", "y", 5),
	)), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if g.Features.Name != "y" || g.Logits != "" {
		t.Errorf("features %q, logits %q", g.Features.Name, g.Logits)
	}
}

// TestComputedShape follows a flattening whose shape takes the batch from behind,
// in int32, and a squeeze that doesn't name its axes.
func TestComputedShape(t *testing.T) {
	rest := message(5, header("rest", 6, 1), message(9, []byte{0xff, 0xff, 0xff, 0xff}))
	g, err := graph.Load(writeModel(t, small(
		op("Shape", names("x"), "a"), intWeight("index", -4), op("Gather", names("a", "index"), "n"),
		rest, op("Cast", names("rest"), "r", intAttr("to", 7)), op("Concat", names("n", "r"), "s", intAttr("axis", 0)),
		op("Reshape", names("x", "s"), "flat"), op("Gemm", names("flat", "w"), "b"), weight("w", 1, 192, 4),
		op("Reshape", names("b", "four"), "c"), intWeight("four", 0, 4, 1, 1), op("Relu", names("c"), "d"),
		op("Squeeze", names("d"), "y"),
	)), graph.Options{Feature: "y"})
	if err != nil {
		t.Fatal(err)
	}
	if got := kinds(g); got != "Conv" || g.Features.Shape != (graph.Shape{C: 4, H: 1, W: 1}) {
		t.Errorf("%s with features %v", got, g.Features.Shape)
	}
}

// kinds lists the layers; a convolution with a residual is Conv+.
func kinds(g *graph.Graph) string {
	var names []string
	for _, l := range g.Layers {
		switch l := l.(type) {
		case *graph.Conv:
			name := "Conv"
			if l.Residual != nil {
				name = "Conv+"
			}
			names = append(names, name)
		case *graph.Affine:
			names = append(names, "Affine")
		case *graph.Add:
			names = append(names, "Add")
		case *graph.Scale:
			names = append(names, "Scale")
		case *graph.Concat:
			names = append(names, fmt.Sprint("Concat", len(l.In)))
		case *graph.Activate:
			names = append(names, "Activate")
		case *graph.MaxPool:
			names = append(names, "MaxPool")
		case *graph.AvgPool:
			names = append(names, "AvgPool")
		}
	}
	return strings.Join(names, " ")
}
