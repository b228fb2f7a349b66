package view

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"slices"
	"testing"

	"featurecache/testdata"
)

// tiff builds EXIF data with one entry.
func tiff(order binary.AppendByteOrder, tag, kind uint16, count uint32, value uint16) []byte {
	magic := "II*\x00"
	if order == binary.BigEndian {
		magic = "MM\x00*"
	}
	b := order.AppendUint32([]byte(magic), 8)
	b = order.AppendUint16(b, 2)
	b = append(b, make([]byte, 12)...) // an entry of no interest
	b = order.AppendUint16(b, tag)
	b = order.AppendUint16(b, kind)
	b = order.AppendUint32(b, count)
	b = order.AppendUint16(b, value)
	return append(b, 0, 0)
}

func jpegWith(exif []byte) []byte {
	b := []byte("\xff\xd8\xff\xe0\x00\x04ab\xff\xe1")
	b = binary.BigEndian.AppendUint16(b, uint16(2+6+len(exif)))
	return append(append(b, "Exif\x00\x00"...), exif...)
}

// pngWith puts an eXIf chunk behind the picture.
func pngWith(file, exif []byte) []byte {
	end := len(file) - 12 // IEND
	b := binary.BigEndian.AppendUint32(slices.Clone(file[:end]), uint32(len(exif)))
	body := append([]byte("eXIf"), exif...)
	b = append(b, body...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(body))
	return append(b, file[end:]...)
}

func TestOrientation(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	for _, c := range []struct {
		name string
		exif []byte
		want int
	}{
		{"little-endian", tiff(le, 0x112, 3, 1, 6), 6},
		{"big-endian", tiff(be, 0x112, 3, 1, 8), 8},
		{"zero", tiff(le, 0x112, 3, 1, 0), 1},
		{"nine", tiff(le, 0x112, 3, 1, 9), 1},
		{"text", tiff(le, 0x112, 2, 1, 6), 1},
		{"two values", tiff(le, 0x112, 3, 2, 6), 6},
		{"32 bits", tiff(le, 0x112, 4, 1, 6), 6},
		{"other tag", tiff(le, 0x113, 3, 1, 6), 1},
		{"cut", tiff(le, 0x112, 3, 1, 6)[:25], 1},
		{"directory beyond the end", []byte("II*\x00\xff\xff\xff\xff"), 1},
		{"no TIFF", []byte("hello, world"), 1},
		{"empty", nil, 1},
	} {
		if got := orientation(formatJPEG, jpegWith(c.exif)); got != c.want {
			t.Errorf("%s in JPEG: got %d, want %d", c.name, got, c.want)
		}
		if got := orientation(formatPNG, pngWith(grey1x2, c.exif)); got != c.want {
			t.Errorf("%s in PNG: got %d, want %d", c.name, got, c.want)
		}
		webp := append([]byte("RIFF....WEBPVP8X\x0a\x00\x00\x00\x08123456789VP8L\x03\x00\x00\x00abc\x00EXIF"), le.AppendUint32(nil, uint32(len(c.exif)))...)
		if got := orientation(formatWebP, append(webp, c.exif...)); got != c.want {
			t.Errorf("%s in WebP: got %d, want %d", c.name, got, c.want)
		}
	}
}

// TestOrient turns a 2×3 picture; each letter is a pixel, rows apart by a slash.
func TestOrient(t *testing.T) {
	src := &Image{Width: 2, Height: 3, Pix: bytes.Repeat([]byte("abcdef"), 3)}
	for i := range src.Pix {
		src.Pix[i] = "abcdef"[i/3]
	}
	for o, want := range map[int]string{
		1: "ab/cd/ef", 2: "ba/dc/fe", 3: "fe/dc/ba", 4: "ef/cd/ab",
		5: "ace/bdf", 6: "eca/fdb", 7: "fdb/eca", 8: "bdf/ace",
	} {
		dst := orient(src, o)
		got := ""
		for i := 0; i < len(dst.Pix); i += 3 {
			if i > 0 && i/3%dst.Width == 0 {
				got += "/"
			}
			got += string(dst.Pix[i])
		}
		if got != want {
			t.Errorf("orientation %d: got %s, want %s", o, got, want)
		}
	}
}

// TestOrientationIsThatOfPillow compares with what ImageOps.exif_transpose shows for every
// type of EXIF entry, XMP, and containers of both.
func TestOrientationIsThatOfPillow(t *testing.T) {
	compareSamples(t, readSamples(t, "testdata/exif.npz"), DecodeOptions{ExifOrientation: true})
}

// TestExifOption guards the default: torchvision ignores the orientation.
func TestExifOption(t *testing.T) {
	data, err := os.ReadFile(testdata.Shared(t, "golden", "bad-images", "exif_rotated.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := decodeNew(data, DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	turned, err := decodeNew(data, DecodeOptions{ExifOrientation: true})
	if err != nil {
		t.Fatal(err)
	}
	if d := compare(turned.Pix, orient(plain, 6).Pix); d.max != 0 || turned.Width != plain.Height {
		t.Errorf("%d×%d became %d×%d: %v", plain.Width, plain.Height, turned.Width, turned.Height, d)
	}
}
