package graph

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// FuzzFolds checks that no constant makes a folder panic or allocate out of proportion. It
// folds all outputs of the model, where loading folds what the features need.
func FuzzFolds(f *testing.F) {
	data, err := os.ReadFile(filepath.Join("testdata", "folds.onnx"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		before := maxFilled
		maxFilled = 1 << 16
		defer func() { maxFilled = before }()
		m, err := parseModel(data)
		if err != nil || len(m.inputs) == 0 {
			return
		}
		nodes, err := m.decode()
		if err != nil {
			return
		}
		net, err := newNetwork(m, nodes)
		if err != nil {
			return
		}
		image, err := net.image(m.inputs[0], Options{})
		if err != nil {
			return
		}
		for _, out := range m.outputs {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _ = net.lower(out.Name, image, m.inputs[0].Name)
			runtime.ReadMemStats(&after)
			if size, bound := after.TotalAlloc-before.TotalAlloc, uint64(32<<20+100*len(data)); size > bound {
				t.Errorf("%q: %d bytes were allocated for a file of %d", out.Name, size, len(data))
			}
		}
	})
}
