package graph_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/extract/backbone/randomnet"
)

// spliced writes the model at path with a head and returns the new file's path.
func spliced(t *testing.T, path string, h graph.Head) string {
	t.Helper()
	s, err := graph.OpenSplicer(path, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return splicedFrom(t, s, h)
}

func splicedFrom(t *testing.T, s *graph.Splicer, h graph.Head) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Write(&b, h); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.onnx")
	if err := os.WriteFile(out, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSpliceAgain takes a model's logits as features, so that there is no classifier to
// replace and the outputs' names are taken. The new network must compute the layers on top
// of those logits.
func TestSpliceAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.onnx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := randomnet.WriteResNet(f, randomnet.Options{Blocks: []int{1}, Width: 8, InputSize: 32, Classes: 3, Seed: 4}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := graph.OpenSplicer(path, graph.Options{Feature: graph.LogitsName})
	if err != nil {
		t.Fatal(err)
	}
	head := graph.Head{Softmax: true, Metadata: map[string]string{"b": "2", "a": "1"}, Layers: []graph.Linear{
		{Weight: []float32{1, 0, 0, 0, -1, 0}, Bias: []float32{0.5, 0.25}},
		{Weight: []float32{1, 2, 3, 4}, Bias: []float32{5, 6}},
	}}
	var first, second bytes.Buffer
	if err := s.Write(&first, head); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(&second, head); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("writing twice gives different bytes, or the error %v", err)
	}
	out := filepath.Join(t.TempDir(), "out.onnx")
	if err := os.WriteFile(out, first.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	image := make([]float32, s.Graph.Input.Shape.Len())
	for i := range image {
		image[i] = float32(math.Sin(float64(i)))
	}
	below := graphtest.Eval(s.Graph, image)
	g, err := graph.Load(out, graph.Options{Feature: graph.LogitsName})
	if err != nil {
		t.Fatal(err)
	}
	hidden := []float64{max(0, float64(below[0])+0.5), max(0, 0.25-float64(below[1]))}
	want := []float64{hidden[0] + 2*hidden[1] + 5, 3*hidden[0] + 4*hidden[1] + 6}
	for i, got := range graphtest.Eval(g, image) {
		if d := math.Abs(float64(got) - want[i]); !(d < 1e-5) {
			t.Errorf("logit %d: %v, want %v", i, got, want[i])
		}
	}

	// A second head replaces the first and its softmax, and finds the metadata.
	again := spliced(t, out, graph.Head{Layers: []graph.Linear{{Weight: []float32{1, 1}, Bias: []float32{0}}}})
	info, err := graph.Inspect(again, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Outputs) != 1 || info.Outputs[0].String() != "logits float32 [N,1]" {
		t.Errorf("outputs %v", info.Outputs)
	}
}

// TestSpliceKeeps gives new classifiers to networks whose features need branches: gains,
// concatenations, picked channels.
func TestSpliceKeeps(t *testing.T) {
	for _, name := range []string{"densenet", "concat_pool", "squeeze_excite", "squeeze_excite_linear", "channels"} {
		path := filepath.Join("testdata", "dialects", name+".onnx")
		g, err := graph.Load(path, graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		features := graphtest.Eval(g, pattern(g.Input.Shape))
		weight := make([]float32, len(features))
		want := 0.5
		for i := range weight {
			weight[i] = float32(i%7) - 2
			want += float64(weight[i]) * features[i]
		}
		out := spliced(t, path, graph.Head{Layers: []graph.Linear{{Weight: weight, Bias: []float32{0.5}}}})
		h, err := graph.Load(out, graph.Options{Feature: graph.LogitsName})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := graphtest.Eval(h, pattern(h.Input.Shape)); len(got) != 1 || math.Abs(got[0]-want) > 1e-6*max(1, math.Abs(want)) {
			t.Errorf("%s: logits %v, want %v", name, got, want)
		}
	}
}
