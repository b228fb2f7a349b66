package view

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"featurecache/testdata"
)

// FuzzDecode feeds all decoders: no panic, no time or memory beyond the limit, an
// image of the announced size or one of our errors.
func FuzzDecode(f *testing.F) {
	for _, s := range readModes(f) {
		f.Add(s.data)
	}
	f.Add(screenlessGIF)
	names, err := filepath.Glob(filepath.Join(testdata.Shared(f, "golden", "bad-images"), "*"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		if data, err := os.ReadFile(name); err == nil && len(data) < 10000 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 18
		img, err := new(Decoder).decode(data, DecodeOptions{ExifOrientation: true}, limit)
		if err != nil {
			if !ours(err) || img != nil {
				t.Fatalf("image %v with error %v", img, err)
			}
			return
		}
		if img.Width <= 0 || img.Height <= 0 || img.Width*img.Height > limit || len(img.Pix) != 3*img.Width*img.Height {
			t.Fatalf("%d×%d pixels in %d bytes", img.Width, img.Height, len(img.Pix))
		}
		r := NewResampler(Transform{Size: 5})
		dst := make([]float32, 75)
		r.Eval(dst, img)
		r.Train(dst, img, Draw(0, [32]byte{}, 1, img.Width, img.Height))
	})
}

// FuzzEXIF feeds the EXIF reader in each container.
func FuzzEXIF(f *testing.F) {
	f.Add(tiff(binary.LittleEndian, 0x112, 3, 1, 6))
	f.Add(tiff(binary.BigEndian, 0x112, 3, 1, 8))
	f.Add(jpegWith(tiff(binary.BigEndian, 0x112, 3, 1, 3)))
	f.Add(pngWith(grey1x2, tiff(binary.BigEndian, 0x112, 3, 1, 3)))
	for _, s := range readSamples(f, "testdata/exif.npz") {
		f.Add(s.data)
		f.Add(s.data[min(12, len(s.data)):]) // behind the signature of a container
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, _ := tiffOrientation(data); v < 0 || v > 8 {
			t.Fatalf("EXIF orientation %d", v)
		}
		for _, o := range []int{
			orientation(sniff(data), data),
			orientation(formatJPEG, append([]byte("\xff\xd8\xff"), data...)),
			orientation(formatPNG, append([]byte("\x89PNG\r\n\x1a\n"), data...)),
			orientation(formatWebP, append([]byte("RIFF....WEBP"), data...)),
		} {
			if o < 1 || o > 8 {
				t.Fatalf("orientation %d", o)
			}
		}
	})
}

// FuzzResize compares the resampler with a plain evaluation of its definition.
func FuzzResize(f *testing.F) {
	f.Add(uint16(40), uint16(30), uint16(3), uint16(4), uint16(20), uint16(21), uint8(7), uint8(0))
	f.Add(uint16(3), uint16(90), uint16(0), uint16(0), uint16(3), uint16(90), uint8(9), uint8(1))
	f.Add(uint16(1), uint16(1), uint16(0), uint16(0), uint16(1), uint16(1), uint8(1), uint8(2))
	f.Fuzz(func(t *testing.T, width, height, left, top, w, h uint16, size, filter uint8) {
		img := noise(1+int(width%300), 1+int(height%300))
		c := Crop{Left: int(left) % img.Width, Top: int(top) % img.Height}
		c.Width, c.Height = 1+int(w)%(img.Width-c.Left), 1+int(h)%(img.Height-c.Top)
		side := 1 + int(size%40)
		got := make([]uint8, 3*side*side)
		by := Interpolation(filter % 3)
		NewResampler(Transform{Size: side, Interpolation: by}).TrainRGB(got, img, c)
		if d := compare(got, plainResize(img, c, side, by)); d.max != 0 {
			t.Fatalf("%d×%d, %+v to %d, %v: %v", img.Width, img.Height, c, side, by, d)
		}
	})
}
