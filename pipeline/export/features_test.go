package export

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"featurecache/cache/folder"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/dataset/datasettest"

	"codeberg.org/sbinet/npyio/npz"
	"github.com/parquet-go/parquet-go"
)

// exported is what both formats must say of the store, row by row.
type exported struct {
	image   folder.Image
	view    int
	feature []float32
}

func exportedRows(t *testing.T, path string) (rows []exported, classes []string) {
	t.Helper()
	set, err := dataset.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	for _, img := range set.Scan.Images {
		first, last := 1, set.Scan.Views
		if img.Split == folder.Val {
			first, last = 0, 0
		}
		for v := first; v <= last; v++ {
			x := make([]float32, set.Provenance.Width)
			if err := set.Read([]folder.Image{img}, uint32(v), x); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, exported{img, v, x})
		}
	}
	return rows, set.Scan.Classes
}

// What NumPy's format holds is read with a library that is not ours.
func TestNPZ(t *testing.T) {
	store, out := datasettest.Store(t, 50, 20, 3), filepath.Join(t.TempDir(), "f.npz")
	if err := NPZ(t.Context(), store, out); err != nil {
		t.Fatal(err)
	}
	want, classes := exportedRows(t, store)
	f, err := npz.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var features []float32
	var labels []int64
	var split, view []int32
	for name, dst := range map[string]any{"features.npy": &features, "labels.npy": &labels, "split.npy": &split, "view.npy": &view} {
		if err := f.Read(name, dst); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if shape := f.Header("features.npy").Descr.Shape; !slices.Equal(shape, []int{len(want), 512}) {
		t.Errorf("features %v, want [%d 512]", shape, len(want))
	}
	for i, w := range want {
		if labels[i] != int64(w.image.Label) || split[i] != int32(w.image.Split) || view[i] != int32(w.view) {
			t.Errorf("row %d: label %d, split %d, view %d, want %+v", i, labels[i], split[i], view[i], w.image)
		}
		if !slices.Equal(features[i*512:][:512], w.feature) {
			t.Errorf("row %d: another feature", i)
		}
	}
	for name, wantType := range map[string]string{"paths.npy": "'<U2'", "classes.npy": "'<U4'"} {
		if h := f.Header(name); h == nil || h.Descr.Type != wantType {
			t.Errorf("%s: %+v, want %s", name, h, wantType)
		}
	}
	if len(classes) != 2 {
		t.Errorf("classes %q", classes)
	}
}

func TestParquet(t *testing.T) {
	store, out := datasettest.Store(t, 50, 20, 3), filepath.Join(t.TempDir(), "f.parquet")
	if err := Parquet(t.Context(), store, out); err != nil {
		t.Fatal(err)
	}
	want, classes := exportedRows(t, store)
	rows, err := parquet.ReadFile[parquetRow](out)
	if err != nil || len(rows) != len(want) {
		t.Fatalf("%d rows, want %d: %v", len(rows), len(want), err)
	}
	for i, w := range want {
		r := rows[i]
		if r.Path != w.image.Path || r.Class != classes[w.image.Label] || r.Split != w.image.Split.String() ||
			int(r.View) != w.view || r.Hash != w.image.Content.String() {
			t.Errorf("row %d: %s, want %+v", i, r.Path, w.image)
		}
		if !slices.Equal(r.Features, w.feature) {
			t.Errorf("row %d: another feature", i)
		}
	}
	file, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	p, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := p.Lookup("classes"); text != `["ants","bees"]` {
		t.Errorf("classes in the metadata: %s", text)
	}
	if text, _ := p.Lookup("backbone_file"); text != "none.onnx" {
		t.Errorf("model in the metadata: %s", text)
	}
}
