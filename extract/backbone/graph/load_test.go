package graph_test

import (
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/testdata"
)

// readArray reads an [N,…] float32 array of a .npz file as N rows.
func readArray(t *testing.T, path, name string) [][]float32 {
	t.Helper()
	r, err := npz.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var flat []float32
	if err := r.Read(name+".npy", &flat); err != nil {
		t.Fatal(err)
	}
	n := r.Header(name+".npy").Descr.Shape[0]
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = flat[i*len(flat)/n : (i+1)*len(flat)/n]
	}
	return rows
}

// TestGoldenModels compares a float64 evaluation with PyTorch's features.
func TestGoldenModels(t *testing.T) {
	models, err := filepath.Glob(filepath.Join(testdata.Shared(t, "golden", "models"), "*.onnx"))
	if err != nil || len(models) == 0 {
		t.Fatalf("no golden models: %v", err)
	}
	for _, path := range models {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			g, err := graph.Load(path, graph.Options{})
			if err != nil {
				t.Fatal(err)
			}
			reference := strings.TrimSuffix(path, ".onnx") + ".npz"
			inputs, features := readArray(t, reference, "input"), readArray(t, reference, "features")
			got := graphtest.Eval(g, inputs[0])
			if e := graphtest.RelativeError(got, features[0]); e > 2e-6 {
				t.Errorf("relative L2 error %.2g of %d features", e, len(got))
			}
		})
	}
}
