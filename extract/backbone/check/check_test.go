package check

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"
)

// The reference's arrays must have the ranks that the check reads.
func TestOpenFloats(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	err := npz.Write(path, map[string]any{
		"vector.npy": []float32{1, 2, 3, 4},
		"matrix.npy": [2][2]float32{{1, 2}, {3, 4}},
		"images.npy": [1][1][2][2]float32{{{{1, 2}, {3, 4}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	reference, err := openArchive(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reference.close()
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
			got := make([]float32, 4)
			if err := a.read(got); err != nil || !slices.Equal(got, []float32{1, 2, 3, 4}) {
				t.Errorf("%s holds %v, %v", c.name, got, err)
			}
			_ = a.close()
		case c.want == "" || err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "features [N,D]"):
			t.Errorf("%s of rank %d: %v", c.name, c.rank, err)
		}
	}
}
