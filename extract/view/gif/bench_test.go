package gif

import (
	"bytes"
	"image"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"math"
	"testing"
)

// photo is a GIF file of 500×400 pixels with shades and dithering, like a photo's.
func photo(tb testing.TB) []byte {
	tb.Helper()
	src := image.NewRGBA(image.Rect(0, 0, 500, 400))
	for y := range 400 {
		for x := range 500 {
			at := src.PixOffset(x, y)
			for c := range 3 {
				src.Pix[at+c] = uint8(128 + 100*math.Sin(float64((c+1)*x)/90)*math.Cos(float64(y)/float64(40+c)))
			}
			src.Pix[at+3] = 255
		}
	}
	dst := image.NewPaletted(src.Rect, palette.Plan9)
	draw.FloydSteinberg.Draw(dst, dst.Rect, src, image.Point{})
	var b bytes.Buffer
	if err := gif.Encode(&b, dst, &gif.Options{NumColors: 256}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// BenchmarkDecode decodes a file of 500×400 pixels to RGB, and with image/gif to indices.
func BenchmarkDecode(b *testing.B) {
	data := photo(b)
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(3 * 500 * 400)
		for b.Loop() {
			if _, _, _, err := Decode(data, pillowsLimit); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("image-gif", func(b *testing.B) {
		b.SetBytes(3 * 500 * 400)
		for b.Loop() {
			if _, err := gif.Decode(bytes.NewReader(data)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
