package npz

import (
	"bytes"
	"slices"
	"testing"

	npyio "codeberg.org/sbinet/npyio/npz"
)

// TestFloats reads with npyio what the writer writes.
func TestFloats(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	dst, err := w.Floats("x", 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := []float32{1, 2, 3, 4, 5, 6}
	if _, err := dst.Write(AppendFloats(nil, want)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := npyio.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []float32
	if err := r.Read("x.npy", &got); err != nil || !slices.Equal(got, want) {
		t.Fatalf("%v, %v", got, err)
	}
	if shape := r.Header("x.npy").Descr.Shape; !slices.Equal(shape, []int{2, 3}) {
		t.Errorf("shape %v", shape)
	}
}
