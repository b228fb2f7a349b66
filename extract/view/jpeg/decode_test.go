package jpeg

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"featurecache/testdata"
)

// expected is a line of a table that testdata/make.py wrote.
type expected struct {
	path          string
	refused       bool
	width, height int
	sha256        string // of the RGB bytes
}

func readTable(tb testing.TB, name string) []expected {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	var table []expected
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSpace(line), "\t")
		e := expected{path: f[0], refused: f[1] == "refused"}
		if !e.refused {
			e.width, err = strconv.Atoi(f[1])
			if err != nil {
				tb.Fatal(err)
			}
			e.height, err = strconv.Atoi(f[2])
			if err != nil {
				tb.Fatal(err)
			}
			e.sha256 = f[3]
		}
		table = append(table, e)
	}
	return table
}

// check decodes a file with d and compares with what Pillow makes of it.
func (e expected) check(t *testing.T, d *Decoder, dst, data []byte) []byte {
	t.Helper()
	w, h, rgb, err := d.Decode(dst, data, 0)
	if e.refused {
		if err == nil {
			t.Errorf("%s: decoded to %d×%d, Pillow refuses it", e.path, w, h)
		}
		return dst
	}
	if err != nil {
		t.Errorf("%s: %v", e.path, err)
		return dst
	}
	if w != e.width || h != e.height || len(rgb) != 3*w*h {
		t.Errorf("%s: %d×%d in %d bytes, want %d×%d", e.path, w, h, len(rgb), e.width, e.height)
	}
	if sum := sha256.Sum256(rgb); hex.EncodeToString(sum[:]) != e.sha256 {
		t.Errorf("%s: pixels differ from Pillow's", e.path)
	}
	return rgb
}

func readFixture(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// Every kind of file is decoded alone, and by a decoder that has seen all the others, in
// both orders: nothing may be left over from one file to the next.
func TestPixelsAreThoseOfPillow(t *testing.T) {
	table := readTable(t, "fixtures.tsv")
	for _, e := range table {
		t.Run(e.path, func(t *testing.T) { e.check(t, new(Decoder), nil, readFixture(t, e.path)) })
	}
	var d Decoder
	var rgb []byte
	for i := range 2 * len(table) {
		e := table[min(i, 2*len(table)-1-i)]
		rgb = e.check(t, &d, rgb, readFixture(t, e.path))
	}
}

func TestPixelsOfPhotos(t *testing.T) {
	var d Decoder
	var rgb []byte
	for _, e := range readTable(t, "shared.tsv") {
		data, err := os.ReadFile(testdata.Shared(t, strings.Split(e.path, "/")...))
		if err != nil {
			t.Fatal(err)
		}
		rgb = e.check(t, &d, rgb, data)
	}
}

// patch returns data with the bytes at the first occurrence of a marker's code,
// and offset bytes on, replaced.
func patch(data []byte, marker byte, offset int, with ...byte) []byte {
	data = bytes.Clone(data)
	copy(data[bytes.Index(data, []byte{0xFF, marker})+offset:], with)
	return data
}

func TestErrors(t *testing.T) {
	good := readFixture(t, "baseline_420.jpg")
	scan := bytes.Index(good, []byte{0xFF, markerSOS})
	frame := bytes.Index(good, []byte{0xFF, markerSOF0})
	for _, test := range []struct {
		name string
		data []byte
		want error
		says string
	}{
		{"empty", nil, ErrFormat, "not a JPEG"},
		{"text", []byte("<!DOCTYPE html>"), ErrFormat, "not a JPEG"},
		{"start only", good[:2], ErrFormat, ""},
		{"cut in the header", good[:frame+8], ErrTruncated, "SOF0"},
		{"cut before the scan", good[:scan], ErrTruncated, ""},
		{"cut in the scan", good[:scan+100], ErrTruncated, "entropy-coded"},
		{"end without an image", []byte{0xFF, markerSOI, 0xFF, markerEOI}, ErrCorrupt, "no image"},
		{"12 bits", patch(good, markerSOF0, 4, 12), ErrUnsupported, "12-bit"},
		{"a lossless frame with a DCT scan", patch(good, markerSOF0, 1, markerSOF3), ErrUnsupported, "lossless"},
		{"hierarchical", patch(good, markerSOF0, 1, 0xC5), ErrUnsupported, "hierarchical"},
		{"lossless arithmetic", patch(good, markerSOF0, 1, 0xCB), ErrUnsupported, "lossless"},
		{"odd conditioning", patch(good, markerDHT, 1, markerDAC), ErrCorrupt, "conditioning"},
		{"reserved marker", patch(good, markerDQT, 1, 0xF3), ErrUnsupported, "FFF3"},
		{"no height", patch(good, markerSOF0, 5, 0, 0), ErrCorrupt, "0 pixels"},
		{"too wide", patch(good, markerSOF0, 7, 0xFF, 0xFF), ErrTooLarge, "65535"},
		{"sampling factor 5", patch(good, markerSOF0, 11, 0x51), ErrCorrupt, "5×1"},
		{"sampling 3 to 2", patch(good, markerSOF0, 11, 0x31, 0, 2, 0x21), ErrUnsupported, "2×1 of 3×1"},
		{"quantisation table 7", patch(good, markerDQT, 4, 7), ErrCorrupt, "table 7"},
		{"Huffman table 7", patch(good, markerDHT, 4, 7), ErrCorrupt, "table 7"},
		{"Huffman table too full", patch(good, markerDHT, 5, 3), ErrCorrupt, "Huffman"},
		{"unknown component", patch(good, markerSOS, 5, 9), ErrCorrupt, "component 9"},
		{"second start", append(bytes.Clone(good[:scan]), good...), ErrCorrupt, "second start"},
		{"more blocks than an MCU may have", patch(good, markerSOF0, 11, 0x44), ErrCorrupt, "MCU"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, _, err := new(Decoder).Decode(nil, test.data, 0)
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q does not say %q", err, test.says)
			}
		})
	}
}

// TestLargeArithmetic decodes arithmetic coding across a boundary of 64 KiB, where Pillow
// gives up.
func TestLargeArithmetic(t *testing.T) {
	data := readFixture(t, "arithmetic_420.jpg")
	scan := bytes.Index(data, []byte{0xFF, markerSOS})
	comment := make([]byte, pillowChunk-scan-200)
	copy(comment, []byte{0xFF, markerCOM, byte((len(comment) - 2) >> 8), byte(len(comment) - 2)})
	large := slices.Concat(data[:scan], comment, data[scan:])
	_, _, want, err := new(Decoder).Decode(nil, data, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, got, err := new(Decoder).Decode(nil, large, 0); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the pixels differ, or %v", err)
	}
}

// Neither Pillow nor this package reads a file of two components.
func TestTwoComponents(t *testing.T) {
	data := []byte{0xFF, markerSOI, 0xFF, markerSOF0, 0, 14, 8, 0, 8, 0, 8, 2, 1, 0x11, 0, 2, 0x11, 0}
	if _, _, _, err := new(Decoder).Decode(nil, data, 0); !errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v, want %v", err, ErrUnsupported)
	}
}

// The pixel limit must apply before memory is allocated for pixels.
func TestPixelLimit(t *testing.T) {
	data := readFixture(t, "baseline_444.jpg")
	if _, _, _, err := new(Decoder).Decode(nil, data, 53*37); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, _, _, err := new(Decoder).Decode(nil, data, 53*37-1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("above the limit: got %v, want %v", err, ErrTooLarge)
	}
	bomb := patch(data, markerSOF0, 5, 0xFF, 0xDC, 0xFF, 0xDC)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, _, err := new(Decoder).Decode(nil, bomb, 178956970)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("bomb: got %v, want %v", err, ErrTooLarge)
	}
	// The counter is the whole process's, so leave room for its other goroutines.
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<20 {
		t.Errorf("refusing a bomb of 4 gigapixels took %d bytes", allocated)
	}
}

// A small hostile progressive file may visit the same blocks over and over.
func TestScanLimits(t *testing.T) {
	data := readFixture(t, "progressive_444.jpg")
	scan := bytes.Index(data, []byte{0xFF, markerSOS})
	header, body := data[:scan], data[scan:len(data)-2]
	first := body[:bytes.Index(body[2:], []byte{0xFF, markerDHT})+2]
	t.Run("scans", func(t *testing.T) {
		many := append(bytes.Clone(header), bytes.Repeat(first, maxScans+1)...)
		if _, _, _, err := new(Decoder).Decode(nil, many, 0); !errors.Is(err, ErrTooLarge) {
			t.Errorf("got %v, want %v", err, ErrTooLarge)
		}
	})
	t.Run("lossless", func(t *testing.T) {
		data := readFixture(t, "lossless_scans.jpg")
		scan := bytes.Index(data, []byte{0xFF, markerSOS})
		scans := bytes.Repeat(data[scan:scan+10], 3*maxLosslessVisits+1)
		large := patch(append(bytes.Clone(data[:scan]), scans...), markerSOF3, 5, 0x10, 0, 0x10, 0)
		if _, _, _, err := new(Decoder).Decode(nil, large, 0); !errors.Is(err, ErrTooLarge) {
			t.Errorf("got %v, want %v", err, ErrTooLarge)
		}
	})
	t.Run("blocks", func(t *testing.T) {
		large := patch(append(bytes.Clone(header), bytes.Repeat(first, maxVisits+1)...), markerSOF2, 5, 0x10, 0, 0x10, 0)
		if _, _, _, err := new(Decoder).Decode(nil, large, 0); !errors.Is(err, ErrTooLarge) {
			t.Errorf("got %v, want %v", err, ErrTooLarge)
		}
	})
}

// A worker decodes millions of files: once its buffers have grown, none may allocate.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, name := range []string{"baseline_420.jpg", "progressive_420.jpg", "cmyk.jpg", "restart_blocks.jpg",
		"arithmetic_420.jpg", "arithmetic_progressive_420.jpg", "lossless_4.jpg", "lossless_sampling_scans.jpg",
	} {
		data := readFixture(t, name)
		var d Decoder
		var rgb []byte
		allocs := testing.AllocsPerRun(10, func() {
			var err error
			if _, _, rgb, err = d.Decode(rgb, data, 0); err != nil {
				t.Fatal(err)
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}

func ExampleDecoder() {
	data, err := os.ReadFile("testdata/baseline_420.jpg")
	if err != nil {
		fmt.Println(err)
		return
	}
	var d Decoder // one for each worker
	var rgb []uint8
	width, height, rgb, err := d.Decode(rgb, data, 1<<20)
	fmt.Println(width, height, len(rgb), err)
	// Output: 53 37 5883 <nil>
}
