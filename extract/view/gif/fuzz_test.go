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
// fit the size. Where image/gif reads a picture that fills the screen, the pixels of its
// palette are the same.
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
		if err != nil || header.palette == nil || header.background != 0 {
			return // without a palette, or perhaps with transparency
		}
		img, err := gif.Decode(bytes.NewReader(data))
		if err != nil || img.Bounds() != image.Rect(0, 0, width, height) {
			return
		}
		for i := range width * height {
			r, g, b, a := img.At(i%width, i/width).RGBA()
			got := rgb[3*i : 3*i+3]
			if a != 0 && (got[0] != uint8(r>>8) || got[1] != uint8(g>>8) || got[2] != uint8(b>>8)) {
				t.Fatalf("pixel %d of %d×%d is %v, not (%d, %d, %d)", i, width, height, got, r>>8, g>>8, b>>8)
			}
		}
	})
}
