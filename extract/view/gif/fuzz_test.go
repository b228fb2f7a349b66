package gif

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	"testing"
)

// fuzzPixels keeps hostile headers from slowing the fuzzer down.
const fuzzPixels = 1 << 18

// FuzzDecode looks for panics, for errors without a reason, and for pixels that do not
// fit the size. Where image/gif reads a picture that fills the screen, the indices are the
// same.
func FuzzDecode(f *testing.F) {
	for _, s := range readSamples(f) {
		f.Add(s.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		width, height, rgb, err := Decode(data, fuzzPixels)
		if err != nil {
			for _, reason := range []error{ErrFormat, ErrTruncated, ErrCorrupt, ErrTooLarge} {
				if errors.Is(err, reason) && rgb == nil {
					return
				}
			}
			t.Fatalf("%d bytes with error %v", len(rgb), err)
		}
		if width < 1 || height < 1 || width*height > fuzzPixels || len(rgb) != 3*width*height {
			t.Fatalf("%d×%d pixels in %d bytes", width, height, len(rgb))
		}
		header, err := readHeader(data)
		if err != nil {
			t.Fatal(err)
		}
		img, err := gif.Decode(bytes.NewReader(data))
		if err != nil || img.Bounds() != image.Rect(0, 0, width, height) {
			return
		}
		colours := header.colours()
		for i, index := range img.(*image.Paletted).Pix {
			var want [3]uint8
			put(want[:], colours[index])
			if [3]uint8(rgb[3*i:]) != want {
				t.Fatalf("pixel %d of %d×%d is %v, want index %d, %v", i, width, height, rgb[3*i:3*i+3], index, want)
			}
		}
	})
}
