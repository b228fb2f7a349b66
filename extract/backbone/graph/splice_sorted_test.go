package graph_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"featurecache/extract/backbone/graph"
)

// TestSpliceSorts gives a new head to a model whose nodes stand after their readers, which
// the loader accepts and onnx.checker does not.
func TestSpliceSorts(t *testing.T) {
	model := small(
		op("Gemm", names("d", "w"), "y"), op("Flatten", names("c"), "d"), op("GlobalAveragePool", names("b"), "c"),
		op("Relu", names("a"), "b"), weight("w", 1, 4, 5), conv("x", "a", 3))
	if n := unsorted(model); n == 0 {
		t.Fatal("the model is sorted")
	}
	path := filepath.Join(t.TempDir(), "net.onnx")
	if err := os.WriteFile(path, model, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(spliced(t, path, graph.Head{Layers: []graph.Linear{{Weight: make([]float32, 8), Bias: make([]float32, 2)}}}))
	if err != nil {
		t.Fatal(err)
	}
	if n := unsorted(out); n != 0 {
		t.Errorf("%d nodes stand before what they read", n)
	}
	if !bytes.Contains(out, []byte("logits")) {
		t.Error("there is no head")
	}
}

// unsorted counts the inputs of nodes that are made by later nodes.
func unsorted(model []byte) (n int) {
	made := map[string]bool{}
	var nodes [][]byte
	for _, g := range messages(model, 7) {
		nodes = messages(g, 1)
	}
	var all []string
	for _, node := range nodes {
		for _, name := range messages(node, 2) {
			all = append(all, string(name))
		}
	}
	for _, node := range nodes {
		for _, name := range messages(node, 1) {
			if slices.Contains(all, string(name)) && !made[string(name)] {
				n++
			}
		}
		for _, name := range messages(node, 2) {
			made[string(name)] = true
		}
	}
	return n
}

// messages lists the values of a field that holds bytes.
func messages(b []byte, id protowire.Number) (all [][]byte) {
	for len(b) > 0 {
		field, typ, n := protowire.ConsumeTag(b)
		m := protowire.ConsumeFieldValue(field, typ, b[n:])
		if field == id && typ == protowire.BytesType {
			v, _ := protowire.ConsumeBytes(b[n:])
			all = append(all, v)
		}
		b = b[n+m:]
	}
	return all
}
