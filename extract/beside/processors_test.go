package beside

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"

	"featurecache/extract/view"
)

// TestProcessors compares with what transformers' own processors make of images, which
// testdata/make_processors.py has recorded. The pixels must be equal; the last bits of the
// normalised numbers may differ.
func TestProcessors(t *testing.T) {
	archive, err := npz.Open("testdata/processors.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	cases := 0
	for _, key := range archive.Keys() {
		name, ok := strings.CutSuffix(key, ".config.npy")
		if !ok {
			continue
		}
		cases++
		var config []uint8
		if err := archive.Read(key, &config); err != nil {
			t.Fatal(err)
		}
		s, err := read(t, map[string]string{transformersFile: string(config)})
		if err != nil || s == nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := view.NewResampler(view.Transform{
			Size: s.Size, Interpolation: s.Interpolation, Evaluation: s.Evaluation, Mean: s.Mean, Std: s.Std, BGR: s.BGR,
		})
		for i := range 2 {
			var src []uint8
			var want []float32
			at := fmt.Sprintf("%s.%d", name, i)
			if err := errors.Join(archive.Read(at+".src.npy", &src), archive.Read(at+".out.npy", &want)); err != nil {
				t.Fatal(err)
			}
			shape := archive.Header(at + ".src.npy").Descr.Shape
			got := make([]float32, 3*s.Size*s.Size)
			r.Eval(got, &view.Image{Width: shape[1], Height: shape[0], Pix: src})
			if d := difference(got, want); !(d < 1e-6) {
				t.Errorf("%s of %d×%d: the largest difference is %g", at, shape[1], shape[0], d)
			}
		}
	}
	if cases != 21 {
		t.Errorf("%d processors", cases)
	}
}

// difference is the largest of two inputs' samples; one of 8 bits is more than 0.003.
func difference(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	d := 0.0
	for i := range a {
		d = max(d, math.Abs(float64(a[i])-float64(b[i])))
	}
	return d
}
