package graph_test

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/testdata"
)

// readArray reads a float32 array of a .npz file as n rows; n of 0 means its
// first dimension.
func readArray(t *testing.T, path, name string, n int) [][]float32 {
	t.Helper()
	r, err := npz.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	name += ".npy"
	var flat []float32
	if err := r.Read(name, &flat); err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		n = r.Header(name).Descr.Shape[0]
	}
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
			if err := graphtest.Check(g); err != nil {
				t.Fatal(err)
			}
			reference := strings.TrimSuffix(path, ".onnx") + ".npz"
			inputs, features := readArray(t, reference, "input", 0), readArray(t, reference, "features", 0)
			if g.MACs() > 20e6 {
				inputs = inputs[:1]
			}
			for i := range inputs {
				got := graphtest.Eval(g, inputs[i])
				if e := graphtest.RelativeError(got, features[i]); !(e <= 2e-6) {
					t.Errorf("image %d: relative L2 error %.2g of %d features", i, e, len(got))
				}
			}
		})
	}
}

// TestBadModels checks that each of the golden bad files gets its own message and takes
// little memory.
func TestBadModels(t *testing.T) {
	dir := testdata.Shared(t, "golden", "models", "bad")
	files, err := filepath.Glob(filepath.Join(dir, "*.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		kind error
		text string
	}{
		"absurd_shape":   {graph.ErrInvalid, `weight "fc.weight" has the absurd shape [1099511627776 128]`},
		"cycle":          {graph.ErrInvalid, "the graph has a cycle"},
		"empty":          {graph.ErrNotModel, "the file is empty"},
		"external_data":  {graph.ErrInvalid, `"external_data.bin", which is missing`},
		"half_precision": {graph.ErrInvalid, `weight "onnx::Conv_193" is float16, but the layer computes in float32`},
		"html_instead":   {graph.ErrNotModel, "web page"},
		"lfs_pointer":    {graph.ErrNotModel, "Git-LFS pointer"},
		"missing_weight": {graph.ErrInvalid, `needs "onnx::Conv_194", which is missing`},
		"truncated":      {graph.ErrInvalid, "cut short after 939248 bytes"},
		"unsupported_op": {graph.ErrUnsupported, "the operator LSTM is not supported"},
	}
	if len(files) != len(cases) {
		t.Errorf("%d bad files, but %d cases", len(files), len(cases))
	}
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			checkRefused(t, filepath.Join(dir, name+".onnx"), want.kind, want.text)
		})
	}
}

// checkRefused loads a bad model and checks its message, and that no more than
// a few times the golden files' size was allocated.
func checkRefused(t *testing.T, path string, kind error, text string) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	g, err := graph.Load(path, graph.Options{})
	runtime.ReadMemStats(&after)
	if err == nil || g != nil {
		t.Fatal("it was accepted")
	}
	if !errors.Is(err, kind) || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n") {
		t.Errorf("the message is: %v", err)
	}
	if !strings.HasPrefix(err.Error(), "backbone: load "+path+": ") {
		t.Errorf("the message doesn't begin with what was done: %v", err)
	}
	if size := after.TotalAlloc - before.TotalAlloc; size > 32<<20 {
		t.Errorf("%d bytes were allocated", size)
	}
}
