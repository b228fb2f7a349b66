package graph_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/extract/backbone/randomnet"
)

func randomModel(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := randomnet.WriteResNet(&b, randomnet.Options{Blocks: []int{1, 1}, Width: 4, InputSize: 32, Classes: 2, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	return writeModel(t, b.Bytes())
}

func evalFeature(t *testing.T, path, feature string) []float64 {
	t.Helper()
	g, err := graph.Load(path, graph.Options{Feature: feature})
	if err != nil {
		t.Fatal(err)
	}
	if err := graphtest.Check(g); err != nil {
		t.Fatal(err)
	}
	return graphtest.Eval(g, pattern(g.Input.Shape))
}

// TestFeatureInsideFusion takes features from between layers that would otherwise be
// fused.
func TestFeatureInsideFusion(t *testing.T) {
	path := randomModel(t)
	branch := evalFeature(t, path, "layer1.0.conv2")
	shortcut := evalFeature(t, path, "maxpool")
	sum := evalFeature(t, path, "layer1.0.add")
	rectified := evalFeature(t, path, "layer1.0.relu")
	for i := range sum {
		if sum[i] != branch[i]+shortcut[i] || rectified[i] != max(sum[i], 0) {
			t.Fatalf("element %d: %v + %v = %v, rectified %v", i, branch[i], shortcut[i], sum[i], rectified[i])
		}
	}
	if logits := evalFeature(t, path, "logits"); len(logits) != 2 {
		t.Errorf("%d logits", len(logits))
	}
}

func TestUnknownFeature(t *testing.T) {
	_, err := graph.Load(randomModel(t), graph.Options{Feature: "avgpol"})
	if !errors.Is(err, graph.ErrUnsupported) || !strings.Contains(err.Error(), `no node makes a tensor named "avgpol"`) ||
		!strings.Contains(err.Error(), `"avgpool"`) {
		t.Errorf("the message is: %v", err)
	}
}

// TestInputSize checks symbolic sizes, and a declared one that is overridden.
func TestInputSize(t *testing.T) {
	symbolic := writeModel(t, onnxModel(input("x", 1, 0, 0, 0, 0), output("y"), conv("x", "y", 3)))
	says := writeModel(t, join(onnxModel(input("x", 1, 0, 0, 0, 0), output("y"), conv("x", "y", 3)),
		message(14, text(1, "crop"), text(2, "40 floor")), message(14, text(1, "resize"), text(2, "48x48")), message(14, text(1, "interpolation"), text(2, "bicubic"))))
	fixed := writeModel(t, small(conv("x", "y", 3)))
	for _, c := range []struct {
		path string
		opt  graph.Options
		want graph.Shape
	}{
		{symbolic, graph.Options{}, graph.Shape{C: 3, H: 224, W: 224}},
		{symbolic, graph.Options{Height: 10, Width: 12}, graph.Shape{C: 3, H: 10, W: 12}},
		{symbolic, graph.Options{Side: 384}, graph.Shape{C: 3, H: 384, W: 384}},
		{symbolic, graph.Options{Height: 10, Width: 12, Side: 384}, graph.Shape{C: 3, H: 10, W: 12}},
		{says, graph.Options{}, graph.Shape{C: 3, H: 40, W: 40}},
		{says, graph.Options{Side: 384}, graph.Shape{C: 3, H: 40, W: 40}},
		{says, graph.Options{Height: 10, Width: 12}, graph.Shape{C: 3, H: 10, W: 12}},
		{fixed, graph.Options{}, graph.Shape{C: 3, H: 8, W: 8}},
		{fixed, graph.Options{Side: 384}, graph.Shape{C: 3, H: 8, W: 8}},
		{fixed, graph.Options{Height: 10, Width: 12}, graph.Shape{C: 3, H: 10, W: 12}},
	} {
		g, err := graph.Load(c.path, c.opt)
		if err != nil {
			t.Fatal(err)
		}
		if g.Input.Shape != c.want {
			t.Errorf("%+v gives an input of %v, want %v", c.opt, g.Input.Shape, c.want)
		}
	}
	g, err := graph.Load(says, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := graph.Framing{Size: 40, Interpolation: "bicubic", Resize: 48, Squash: true, RoundDown: true}
	if got, err := g.Framing(); err != nil || got != want {
		t.Errorf("framing %+v, %v; want %+v", got, err, want)
	}
}

func TestInspect(t *testing.T) {
	info, err := graph.Inspect(randomModel(t), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Inputs[0].String() + " → " + info.Outputs[0].String(); got != "input float32 [N,3,32,32] → logits float32 [N,2]" {
		t.Errorf("inputs and outputs: %s", got)
	}
	if info.Opset != 13 || info.Producer != "randomnet" || info.Graph == nil || len(info.Problems) != 0 {
		t.Errorf("%+v", info)
	}
	if info.Feature != "flatten" || !strings.Contains(info.Why, "Gemm (logits), the last fully connected layer") {
		t.Errorf("features from %q because %s", info.Feature, info.Why)
	}
	if g := info.Graph; g.Logits != "logits" || g.Features.Name != "avgpool" || g.Params != info.Params {
		t.Errorf("logits %q, features %q, %d parameters of %d", g.Logits, g.Features.Name, g.Params, info.Params)
	}

	path := writeModel(t, small(op("If", names("x"), "a"), op("Relu", names("a"), "b"), op("LSTM", names("b"), "c"), op("Celu", names("c"), "y")))
	info, err = graph.Inspect(path, graph.Options{})
	if !errors.Is(err, graph.ErrUnsupported) || info == nil || len(info.Problems) != 3 || len(info.Tensors) != 4 {
		t.Errorf("%v: %+v", err, info)
	}
}

// TestHash checks that the hash is that of the file as any tool computes it, and
// that it covers external data.
func TestHash(t *testing.T) {
	path := filepath.Join("testdata", "dialects", "half.onnx")
	g, err := graph.Load(path, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := sha256File(t, path); g.Hash != want {
		t.Errorf("hash %x, want %x", g.Hash, want)
	}
	dir := t.TempDir()
	model := writeFile(t, dir, "m.onnx", small(op("Conv", names("x", "w"), "y"), outside("w", "data", "", "", 4, 3, 1, 1)))
	writeFile(t, dir, "data", make([]byte, 48))
	before, err := graph.Load(model, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "data", bytes.Repeat([]byte{0, 0, 128, 63}, 12))
	after, err := graph.Load(model, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if before.Hash == after.Hash {
		t.Error("other weights in the external file, but the same hash")
	}
	if c := after.Layers[0].(*graph.Conv); c.Weight[5] != 1 {
		t.Errorf("weights %v", c.Weight)
	}
}

// TestPointwiseClassifier takes what enters a classifier that is a 1×1 convolution,
// and no other 1×1 convolution for one.
func TestPointwiseClassifier(t *testing.T) {
	pooled := func(kind string) []byte {
		return join(conv("x", "c", 3), op(kind, names("c"), "p"), op("Dropout", names("p"), "d"), conv("d", "l", 4), op("Flatten", names("l"), "y"))
	}
	for _, c := range []struct {
		name           string
		graph          []byte
		feature, logit string
	}{
		{"after the pooling", pooled("GlobalAveragePool"), "d", "l"},
		{"after a reduction", join(conv("x", "c", 3), op("ReduceMean", names("c"), "p", intsAttr("axes", 2, 3)), conv("p", "y", 4)), "p", "y"},
		{"before the pooling", join(conv("x", "c", 3), op("GlobalAveragePool", names("c"), "y")), "y", ""},
		{"after a rectifier", pooled("Relu"), "y", ""},
		{"that the image has a way past", join(conv("x", "c", 3), op("GlobalAveragePool", names("c"), "p"), conv("p", "g", 4), op("Mul", names("c", "g"), "m"), op("GlobalAveragePool", names("m"), "y")), "y", ""},
		{"behind one that it has", join(conv("x", "c", 3), op("GlobalAveragePool", names("c"), "p"), conv("p", "g", 4), op("Mul", names("c", "g"), "m"), op("GlobalAveragePool", names("m"), "q"), conv("q", "y", 4)), "q", "y"},
		{"whose result's shape the image's size makes", join(conv("x", "c", 3), op("Shape", names("c"), "h", intAttr("end", 2)), op("GlobalAveragePool", names("c"), "p"), conv("p", "l", 4), op("Reshape", names("l", "h"), "y")), "p", "l"},
	} {
		info, err := graph.Inspect(writeModel(t, small(c.graph)), graph.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if info.Feature != c.feature || info.Graph.Logits != c.logit {
			t.Errorf("%s: features %q, logits %q; want %q and %q", c.name, info.Feature, info.Graph.Logits, c.feature, c.logit)
		}
	}
}
