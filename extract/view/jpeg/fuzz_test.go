package jpeg

import (
	"bytes"
	"image/jpeg"
	"testing"
)

// fuzzPixels keeps hostile headers from slowing the fuzzer down.
const fuzzPixels = 1 << 18

func addFixtures(f *testing.F) {
	for _, e := range readTable(f, "fixtures.tsv") {
		f.Add(readFixture(f, e.path))
	}
}

// FuzzDecode looks for panics, for pixels that do not fit the size, and for anything
// that one file leaves behind in a decoder for the next.
func FuzzDecode(f *testing.F) {
	addFixtures(f)
	before := readFixture(f, "progressive_420.jpg")
	f.Fuzz(func(t *testing.T, data []byte) {
		w, h, rgb, err := new(Decoder).Decode(nil, data, fuzzPixels)
		if err == nil && (w < 1 || h < 1 || w*h > fuzzPixels || len(rgb) != 3*w*h) {
			t.Fatalf("%d×%d in %d bytes", w, h, len(rgb))
		}
		var d Decoder
		if _, _, _, err := d.Decode(nil, before, 0); err != nil {
			t.Fatal(err)
		}
		w2, h2, rgb2, err2 := d.Decode(nil, data, fuzzPixels)
		if (err == nil) != (err2 == nil) || w != w2 || h != h2 || !bytes.Equal(rgb, rgb2) {
			t.Fatalf("a used decoder gives %d×%d, %v; a fresh one %d×%d, %v", w2, h2, err2, w, h, err)
		}
	})
}

// FuzzAgainstStandardLibrary compares sizes with image/jpeg, which must be alike
// where both decode a file.
func FuzzAgainstStandardLibrary(f *testing.F) {
	addFixtures(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		w, h, _, err := new(Decoder).Decode(nil, data, fuzzPixels)
		if err != nil {
			return
		}
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		if size := img.Bounds().Size(); size.X != w || size.Y != h {
			t.Fatalf("%d×%d, the standard library says %v", w, h, size)
		}
	})
}
