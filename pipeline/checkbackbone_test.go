package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/pipeline/export/npz"
)

// The reference's arrays must have the ranks that the check reads.
func TestOpenFloats(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := npz.NewWriter(f)
	for name, shape := range map[string][]int{"vector": {4}, "matrix": {2, 2}, "images": {1, 1, 2, 2}} {
		dst, err := w.Floats(name, shape...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dst.Write(npz.AppendFloats(nil, []float32{1, 2, 3, 4})); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	reference, err := npz.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reference.Close()
	for _, c := range []struct {
		name string
		rank int
		want string
	}{
		{"images", 4, ""}, {"matrix", 0, ""}, {"images", 0, ""},
		{"matrix", 4, "shape [2 2]"}, {"vector", 0, "shape [4]"}, {"absent", 0, "no such array"},
	} {
		a, err := openFloats(reference, c.name, c.rank)
		switch {
		case c.want == "" && err == nil:
			_ = a.Close()
		case c.want == "" || err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "features [N,D]"):
			t.Errorf("%s of rank %d: %v", c.name, c.rank, err)
		}
	}
}
