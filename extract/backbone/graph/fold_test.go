package graph

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"
)

// TestFolds compares every folded operator with what ONNX Runtime computes, see
// testdata/make_folds.py.
func TestFolds(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "folds.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	archive, err := npz.Open(filepath.Join("testdata", "folds.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	m, err := parseModel(data)
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := m.decode()
	if err != nil {
		t.Fatal(err)
	}
	net, err := newNetwork(m, nodes)
	if err != nil {
		t.Fatal(err)
	}
	image, err := net.image(m.inputs[0], Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range archive.Keys() {
		name := strings.TrimSuffix(key, ".npy")
		var want []float64
		if err := archive.Read(key, &want); err != nil {
			t.Fatal(err)
		}
		l, err := net.lower(name, image, m.inputs[0].Name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := l.known[name].konst
		if got == nil {
			t.Errorf("%s is no constant", name)
			continue
		}
		var dims []int64
		for _, d := range archive.Header(key).Descr.Shape {
			dims = append(dims, int64(d))
		}
		if !slices.Equal(got.dims, dims) {
			t.Errorf("%s has the shape %v, want %v", name, got.dims, dims)
		}
		reals, isReal := got.float32s()
		ints, _ := got.int64s()
		for i, w := range want {
			switch {
			case isReal && float64(reals[i]) != w && !(math.Abs(float64(reals[i])-w) <= 1e-5*(1+math.Abs(w))):
				t.Errorf("%s: element %d is %v, want %v", name, i, reals[i], w)
			case !isReal && float64(ints[i]) != w:
				t.Errorf("%s: element %d is %v, want %v", name, i, ints[i], w)
			}
		}
	}
}
