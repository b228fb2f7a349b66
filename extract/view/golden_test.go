package view

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/testdata"
)

// goldenCase is one line of golden/transforms/cases.json.
type goldenCase struct {
	Name, Source, Key        string
	Top, Left, Height, Width int
	Flip                     bool
}

// path finds the source: in golden, or for real photographs in the data set.
func (c goldenCase) path(tb testing.TB) string {
	if strings.HasPrefix(c.Source, "val/") {
		return testdata.Shared(tb, "data", "hymenoptera", filepath.FromSlash(c.Source))
	}
	return testdata.Shared(tb, "golden", filepath.FromSlash(c.Source))
}

// TestGoldenViews compares views with Pillow's, bit for bit, from lossless files
// and from JPEG.
func TestGoldenViews(t *testing.T) {
	dir := testdata.Shared(t, "golden", "transforms")
	text, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	want, err := zip.OpenReader(filepath.Join(dir, "pixels.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()

	r := NewResampler(Transform{})
	got := make([]uint8, 3*224*224)
	var all difference
	images := map[string]*Image{}
	for _, c := range cases {
		img := images[c.Source]
		if img == nil {
			data, err := os.ReadFile(c.path(t))
			if err != nil {
				t.Fatal(err)
			}
			if img, err = decodeNew(data, DecodeOptions{}); err != nil {
				t.Fatalf("%s: %v", c.Source, err)
			}
			images[c.Source] = img
		}
		if strings.HasSuffix(c.Key, ".eval") {
			r.EvalRGB(got, img)
		} else {
			r.TrainRGB(got, img, Crop{c.Top, c.Left, c.Height, c.Width, c.Flip})
		}
		d := compare(got, readBytes(t, &want.Reader, c.Key+".npy"))
		if d.max != 0 {
			t.Errorf("%s (%s): %v", c.Key, c.Source, d)
		}
		all.add(d)
	}
	if len(cases) < 170 {
		t.Errorf("only %d cases", len(cases))
	}
	t.Logf("%d cases: %v", len(cases), all)
}

// readBytes returns the elements of a uint8 array in an npz archive: the last bytes
// of the member. The npz library takes seconds for so many elements.
func readBytes(t *testing.T, archive *zip.Reader, name string) []uint8 {
	f, err := archive.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return all[len(all)-3*224*224:]
}

// TestBadImages decodes what image folders really hold.
func TestBadImages(t *testing.T) {
	dir := testdata.Shared(t, "golden", "bad-images")
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct{ Expect, Why string }
	if err := json.Unmarshal(text, &expected); err != nil {
		t.Fatal(err)
	}
	reasons := map[string]error{
		"empty.jpg": ErrFormat, "html.jpg": ErrFormat, "text.png": ErrFormat,
		"truncated.jpg": ErrTruncated, "truncated_header.jpg": ErrTruncated, "random.jpg": ErrTruncated,
		"crc.png": ErrCorrupt, "zero_size.png": ErrCorrupt,
		"bomb_header.png": ErrTooLarge, "bomb_real.png": ErrTooLarge, "bomb.jpg": ErrTooLarge,
		"photo.tiff": ErrUnsupported,
	}
	dst := make([]float32, 3*224*224)
	r := NewResampler(Transform{})
	for name, want := range expected {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		img, err := decodeNew(data, DecodeOptions{})
		if want.Expect == "bad" {
			t.Logf("%s: %v", name, err)
			if !errors.Is(err, reasons[name]) {
				t.Errorf("%s (%s): got %v, want %v", name, want.Why, err, reasons[name])
			}
			continue
		}
		if err != nil {
			t.Errorf("%s (%s): %v", name, want.Why, err)
			continue
		}
		r.Eval(dst, img)
		r.Train(dst, img, Draw(0, [32]byte{}, 1, img.Width, img.Height))
	}
}
