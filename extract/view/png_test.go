package view

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

// photo returns a picture of 500×375 pixels like a photograph: large smooth shapes, fine
// texture and noise in the last bits. Samples have 16 bits.
func photo() *image.RGBA64 {
	img := image.NewRGBA64(image.Rect(0, 0, 500, 375))
	s := newStream(3, [32]byte{}, 0)
	for y := range 375 {
		for x := range 500 {
			shape := 0.5 + 0.3*math.Sin(float64(x)/61+float64(y)/97) + 0.12*math.Cos(float64(x*y)/4001) + 0.02*s.uniform()
			img.SetRGBA64(x, y, color.RGBA64{
				R: uint16(60000 * shape), G: uint16(65000 * shape * shape), B: uint16(50000 * (1 - shape)), A: 0xffff,
			})
		}
	}
	return img
}

// converted copies img into dst.
func converted[T interface {
	image.Image
	Set(x, y int, c color.Color)
}](dst T, img image.Image) T {
	b := img.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			dst.Set(x, y, img.At(x, y))
		}
	}
	return dst
}

func encoded(tb testing.TB, img image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// interlaced encodes img with Adam7. It encodes each reduced image as a picture of its own,
// and joins the filtered rows in one stream.
func interlaced(tb testing.TB, img *image.RGBA) []byte {
	tb.Helper()
	var raw []byte
	bounds := img.Bounds()
	for _, p := range (&pngFile{interlaced: true}).passes() {
		part := image.NewRGBA(image.Rect(0, 0, (bounds.Dx()-p.x0+p.dx-1)/p.dx, (bounds.Dy()-p.y0+p.dy-1)/p.dy))
		for y := range part.Rect.Dy() {
			for x := range part.Rect.Dx() {
				part.SetRGBA(x, y, img.RGBAAt(p.x0+x*p.dx, p.y0+y*p.dy))
			}
		}
		f, err := parsePNG(encoded(tb, part), maxPixels)
		if err != nil {
			tb.Fatal(err)
		}
		z, err := zlib.NewReader(&chunkReader{chunks: f.idat})
		if err != nil {
			tb.Fatal(err)
		}
		rows, err := io.ReadAll(z)
		if err != nil {
			tb.Fatal(err)
		}
		raw = append(raw, rows...)
	}
	header := binary.BigEndian.AppendUint32(nil, uint32(bounds.Dx()))
	header = binary.BigEndian.AppendUint32(header, uint32(bounds.Dy()))
	return pngWithHeader(append(header, 8, pngRGB, 0, 0, 1), deflated(raw))
}

// libraryPNG decodes with image/png and converts to RGB as [Decoder.Decode] does, reading
// the samples straight from memory for each type of picture.
func libraryPNG(data []byte) (*Image, error) {
	src, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	img := newImage(w, h)
	dst := img.Pix
	// every converts pixels of size bytes; r, g and b are the offsets of the colours.
	every := func(pix []uint8, size, r, g, b int) {
		for i := range w * h {
			p := pix[size*i : size*i+size]
			dst[3*i], dst[3*i+1], dst[3*i+2] = p[r], p[g], p[b]
		}
	}
	switch src := src.(type) {
	case *image.Gray:
		every(src.Pix, 1, 0, 0, 0)
	case *image.Gray16:
		for i := range w * h {
			v := src.Pix[2*i+1]
			if src.Pix[2*i] != 0 {
				v = 255
			}
			dst[3*i], dst[3*i+1], dst[3*i+2] = v, v, v
		}
	case *image.RGBA:
		every(src.Pix, 4, 0, 1, 2)
	case *image.NRGBA:
		every(src.Pix, 4, 0, 1, 2)
	case *image.RGBA64:
		every(src.Pix, 8, 0, 2, 4)
	case *image.NRGBA64:
		every(src.Pix, 8, 0, 2, 4)
	case *image.Paletted:
		var table [256][3]uint8
		for i, c := range src.Palette {
			switch c := c.(type) {
			case color.RGBA: // opaque
				table[i] = [3]uint8{c.R, c.G, c.B}
			case color.NRGBA:
				table[i] = [3]uint8{c.R, c.G, c.B}
			}
		}
		for i, v := range src.Pix {
			copy(dst[3*i:3*i+3], table[v][:])
		}
	default:
		return nil, fmt.Errorf("pixels of type %T", src)
	}
	return img, nil
}

// pngKinds returns PNG files of the photo, by the kind of their pixels.
func pngKinds(tb testing.TB) map[string][]byte {
	deep := photo()
	rgb := converted(image.NewRGBA(deep.Rect), deep)
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.RGBA{uint8(i >> 5 * 36), uint8(i >> 2 & 7 * 36), uint8(i & 3 * 85), 255}
	}
	return map[string][]byte{
		"rgb8":       encoded(tb, rgb),
		"palette":    encoded(tb, converted(image.NewPaletted(deep.Rect, palette), deep)),
		"grey8":      encoded(tb, converted(image.NewGray(deep.Rect), deep)),
		"rgb16":      encoded(tb, deep),
		"grey16":     encoded(tb, converted(image.NewGray16(deep.Rect), deep)),
		"interlaced": interlaced(tb, rgb),
	}
}

// TestPNGBesideStandardLibrary checks what the package's doc of PNG says of image/png:
// the same pixels from whole files, an error for some that Pillow reads.
func TestPNGBesideStandardLibrary(t *testing.T) {
	files := pngKinds(t)
	for _, s := range readModes(t) {
		if strings.HasPrefix(s.name, "png_") {
			files[s.name] = s.data
		}
	}
	for name, data := range files {
		ours, err := decodeNew(data, DecodeOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		theirs, err := libraryPNG(data)
		if err != nil {
			t.Errorf("%s: image/png: %v", name, err)
			continue
		}
		if !slices.Equal(ours.Pix, theirs.Pix) {
			t.Errorf("%s: other pixels than image/png's", name)
		}
	}
	for name, data := range forgivenPNG {
		if _, err := libraryPNG(data); err == nil {
			t.Errorf("%s: image/png reads it now: correct the reason in png.go", name)
		}
	}
}

// BenchmarkPNG compares this package with image/png: the same files to the same RGB.
func BenchmarkPNG(b *testing.B) {
	files := pngKinds(b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data := files[name]
		b.Run("kind="+name+"/decoder=view", func(b *testing.B) {
			for b.Loop() {
				if _, err := decodeNew(data, DecodeOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("kind="+name+"/decoder=image-png", func(b *testing.B) {
			for b.Loop() {
				if _, err := libraryPNG(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
