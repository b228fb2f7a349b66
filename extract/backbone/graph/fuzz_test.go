package graph_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/extract/backbone/randomnet"
)

// FuzzLoad checks that no file makes the loader panic or allocate out of
// proportion, and that what it accepts is consistent.
func FuzzLoad(f *testing.F) {
	models, err := filepath.Glob(filepath.Join("testdata", "dialects", "*.onnx"))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range models {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, opt := range []randomnet.Options{
		{Blocks: []int{1, 1}, Width: 1, InputSize: 32, Classes: 2},
		{Blocks: []int{1, 1}, Width: 1, InputSize: 32, Classes: 2, Bottleneck: true},
	} {
		var b bytes.Buffer
		if err := randomnet.WriteResNet(&b, opt); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add(small(op("Conv", names("x", "w"), "y"), outside("w", "data", "0", "48", 4, 3, 1, 1)))
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "data"), make([]byte, 48), 0o600); err != nil {
		f.Fatal(err)
	}
	folds, err := os.ReadFile(filepath.Join("testdata", "folds.onnx"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(folds)
	f.Add(branchingModel())
	graph.SetMaxFilled(1 << 16)
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		g, err := graph.LoadBytes(data, dir, graph.Options{})
		runtime.ReadMemStats(&after)
		if size, bound := after.TotalAlloc-before.TotalAlloc, uint64(32<<20+100*len(data)); size > bound {
			t.Errorf("%d bytes were allocated for a file of %d", size, len(data))
		}
		if err == nil {
			err = graphtest.Check(g)
			if err != nil {
				t.Error(err)
			}
		}
	})
}
