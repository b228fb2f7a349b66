package view

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"testing"
)

// pngOf builds a PNG file of one grey byte a pixel around compressed data.
func pngOf(width, height uint32, idat []byte) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return pngWithHeader(append(header, 8, 0, 0, 0, 0), idat)
}

// pngWithHeader builds a PNG file from the body of IHDR and compressed data.
func pngWithHeader(header, idat []byte) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, body []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
		start := len(b)
		b = append(append(b, kind...), body...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[start:]))
	}
	chunk("IHDR", header)
	chunk("IDAT", idat)
	chunk("IEND", nil)
	return b
}

func deflated(raw []byte) []byte {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, err := w.Write(raw)
	if err := errors.Join(err, w.Close()); err != nil {
		panic(err) // a buffer takes everything
	}
	return z.Bytes()
}

// grey1x2 is a PNG file of two pixels, 7 above 9.
var grey1x2 = pngOf(1, 2, deflated([]byte{0, 7, 0, 9}))

// screenlessGIF is a GIF file of two pixels, 1 beside 2, on a screen of 0×0: its frame
// makes the screen larger.
var screenlessGIF = []byte("GIF89a\x00\x00\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x02\x00\x01\x00\x00\x02\x02\x8c\x0a\x00;")

// changed returns data with the byte at i replaced.
func changed(data []byte, i int, v byte) []byte {
	data = slices.Clone(data)
	data[i] = v
	return data
}

func TestRefusals(t *testing.T) {
	stream := deflated([]byte{0, 7, 0, 9})
	for _, c := range []struct {
		name string
		data []byte
		want error
		says string
	}{
		{"empty", nil, ErrFormat, "empty"},
		{"html", []byte("\n <!DOCTYPE HTML><p>404"), ErrFormat, "HTML page"},
		{"html with a byte order mark", []byte("\xef\xbb\xbf<html>"), ErrFormat, "HTML page"},
		{"svg", []byte("<svg xmlns=''/>"), ErrFormat, "SVG"},
		{"text", []byte("Zugriff verweigert für Ünïcode"), ErrFormat, "text"},
		{"pointer", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:0"), ErrFormat, "Git LFS"},
		{"unknown", []byte{1, 2, 3, 0xfe}, ErrFormat, "01 02 03 fe"},
		{"TIFF", []byte("II*\x00\x08\x00\x00\x00"), ErrUnsupported, "TIFF"},
		{"BigTIFF", []byte("MM\x00+\x00\x08\x00\x00"), ErrUnsupported, "TIFF"},
		{"HEIC", []byte("\x00\x00\x00\x18ftypheic"), ErrUnsupported, "HEIC"},
		{"AVIF", []byte("\x00\x00\x00\x18ftypavif"), ErrUnsupported, "AVIF"},

		{"PNG of only a signature", []byte("\x89PNG\r\n\x1a\n"), ErrTruncated, "PNG"},
		{"PNG without IHDR", append([]byte("\x89PNG\r\n\x1a\n"), grey1x2[33:]...), ErrCorrupt, "IDAT"},
		{"PNG of unknown colour", pngColour(5, 8), ErrCorrupt, "colour type 5"},
		{"PNG of odd depth", pngColour(2, 4), ErrCorrupt, "4 bits"},
		{"PNG without its palette", pngColour(3, 8), ErrCorrupt, "palette"},
		{"PNG with a wrong checksum", changed(grey1x2, len(grey1x2)-13, 0), ErrCorrupt, "checksum"},
		{"PNG cut in IDAT", grey1x2[:len(grey1x2)-20], ErrTruncated, "IDAT"},
		{"PNG with too little data", pngOf(1, 3, stream), ErrTruncated, "ends early"},
		{"PNG with much too little data", pngOf(10000, 10000, stream), ErrTruncated, "can't hold"},
		{"PNG with no zlib", pngOf(1, 2, []byte("hello")), ErrCorrupt, "zlib"},
		{"PNG with a wrong Adler", pngOf(1, 2, changed(stream, len(stream)-1, 0)), ErrCorrupt, "checksum"},
		{"PNG with a bad filter", pngOf(1, 1, deflated([]byte{9, 7})), ErrCorrupt, "filter 9"},
		{"PNG above the limit", pngOf(178956971, 1, stream), ErrTooLarge, "178956970"},
		{"PNG of no width", pngOf(0, 5, stream), ErrCorrupt, "0×5"},

		{"text that starts like BMP", []byte("BMW and others"), ErrFormat, "text"},
		{"BMP cut in the header", []byte("BM4567\x00\x00\x00\x00123456"), ErrTruncated, "header"},
		{"BMP of unknown header", append([]byte("BM....\x00\x00......\x29\x00\x00\x00"), make([]byte, 60)...), ErrUnsupported, "41 bytes"},
		{"PNM cut in the header", []byte("P5 3 # no end"), ErrTruncated, "header"},
		{"PNM with words", []byte("P6 three 4 255 "), ErrCorrupt, "three"},
		{"PNM with a huge number", []byte("P6 99999999999 4 255 "), ErrCorrupt, "too long"},
		{"PNM above the limit", []byte("P5 999999999 999999999 255 "), ErrTooLarge, "limit"},
		{"PNM with maxval 0", []byte("P5 1 1 0 \x00"), ErrCorrupt, "maximal value"},
		{"PNM with too little", []byte("P6 2 2 255 12345"), ErrTruncated, "can't hold"},
		{"PNM that is negative", []byte("P2 1 1 255 -1"), ErrCorrupt, "not a number"},
		{"PNM sample above maxval", []byte("P2 1 1 15 16"), ErrCorrupt, "above 15"},
		{"PNM bit of two", []byte("P1 2 1 0 2"), ErrCorrupt, "not a bit"},
		{"WebP of only a header", []byte("RIFF\x04\x00\x00\x00WEBP"), ErrCorrupt, "WebP"},
		{"GIF of only a header", []byte("GIF89a"), ErrTruncated, "GIF"},
		{"GIF without a picture", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), ErrCorrupt, "no picture"},
		{"GIF above the limit", changed(changed(screenlessGIF, 7, 0xff), 9, 0xff), ErrTooLarge, "limit 178956970"},
	} {
		img, err := decodeNew(c.data, DecodeOptions{ExifOrientation: true})
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %v with %q", c.name, err, c.want, c.says)
		}
		if img != nil {
			t.Errorf("%s: an image came with the error", c.name)
		}
	}
}

// pngColour is a PNG file whose header claims a colour type and depth.
func pngColour(colour, depth byte) []byte {
	b := changed(changed(grey1x2, 24, depth), 25, colour)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// forgivenPNG holds faulty files of grey1x2 that Pillow and this package read.
var forgivenPNG = map[string][]byte{
	"PNG without IEND":       grey1x2[:len(grey1x2)-12],
	"PNG with a broken end":  grey1x2[:len(grey1x2)-5],
	"PNG with too much data": pngOf(1, 2, deflated([]byte{0, 7, 0, 9, 0, 1, 2, 3})),
}

// TestForgiven checks faults that Pillow overlooks, and so does this package.
func TestForgiven(t *testing.T) {
	files := maps.Clone(forgivenPNG)
	files["PNG with rubbish behind"] = append(slices.Clone(grey1x2), "rubbish"...)
	files["PGM with a comment inside"] = []byte("P2 # one\n1 2 # two\r255\n# three\n7 #\n9")
	for name, data := range files {
		img, err := decodeNew(data, DecodeOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := []uint8{7, 7, 7, 9, 9, 9}; !slices.Equal(img.Pix, want) {
			t.Errorf("%s: got %v, want %v", name, img.Pix, want)
		}
	}
}

// TestScreenlessGIF decodes a construct that the standard library refuses.
func TestScreenlessGIF(t *testing.T) {
	img, err := decodeNew(screenlessGIF, DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []uint8{1, 1, 1, 2, 2, 2}; img.Width != 2 || img.Height != 1 || !slices.Equal(img.Pix, want) {
		t.Errorf("got %d×%d %v, want 2×1 %v", img.Width, img.Height, img.Pix, want)
	}
}

// TestMaxPixels guards the limit in every format, by images of a known size.
func TestMaxPixels(t *testing.T) {
	for _, s := range readModes(t) {
		n := int64(s.width) * int64(s.height)
		if _, err := new(Decoder).decode(s.data, DecodeOptions{}, n); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		if n == 1 {
			continue
		}
		if _, err := new(Decoder).decode(s.data, DecodeOptions{}, n-1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %d pixels with a limit of %d: %v", s.name, n, n-1, err)
		}
	}
}

// TestCut cuts every kind of file at every length: an error of ours each time, or
// the whole picture when only the end of the container is missing.
func TestCut(t *testing.T) {
	for _, s := range readModes(t) {
		for n := range s.data {
			img, err := decodeNew(s.data[:n], DecodeOptions{ExifOrientation: true})
			if err == nil && strings.HasPrefix(s.name, "pnm_p") {
				continue // a number may lose its last digit unnoticed
			}
			if err == nil {
				if d := compare(img.Pix, s.rgb); d.max != 0 {
					t.Errorf("%s cut to %d of %d bytes: %v", s.name, n, len(s.data), d)
				}
				continue
			}
			if !ours(err) {
				t.Errorf("%s cut to %d of %d bytes: %v", s.name, n, len(s.data), err)
			}
		}
	}
}

// ours says whether err wraps one of the package's sentinels.
func ours(err error) bool {
	return slices.ContainsFunc([]error{ErrFormat, ErrUnsupported, ErrCorrupt, ErrTruncated, ErrTooLarge},
		func(sentinel error) bool { return errors.Is(err, sentinel) })
}

// decodeNew decodes with a new Decoder, so that the image stays valid.
func decodeNew(data []byte, opt DecodeOptions) (*Image, error) {
	return new(Decoder).Decode(data, opt)
}

// Recognise knows more formats than are read.
func TestRecognise(t *testing.T) {
	for head, want := range map[string]struct {
		name      string
		supported bool
	}{
		"\xff\xd8\xff\xe0":             {"JPEG", true},
		"GIF89a":                       {"GIF", true},
		"P6\n2 2\n":                    {"PNM", true},
		"\x00\x00\x00\x18ftypheic":     {"HEIC", false},
		"\x00\x00\x00\x18ftypavif\x00": {"AVIF", false},
		"II*\x00":                      {"TIFF", false},
		"plain text":                   {"", false},
		"":                             {"", false},
	} {
		if name, supported := Recognise([]byte(head)); name != want.name || supported != want.supported {
			t.Errorf("%q: %q, %v", head, name, supported)
		}
	}
}
