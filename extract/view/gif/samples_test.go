package gif

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// sample is a file with what Pillow makes of it: no pixels if it refuses the file.
type sample struct {
	name          string
	data          []byte
	width, height int
	rgb           []uint8
}

// readSamples reads the archive that testdata/make.py wrote.
func readSamples(tb testing.TB) (samples []sample) {
	tb.Helper()
	file, err := os.Open("testdata/samples.tar.gz")
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	for archive := tar.NewReader(z); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return samples
		}
		if err != nil {
			tb.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			tb.Fatal(err)
		}
		if name, ok := strings.CutSuffix(header.Name, ".gif"); ok {
			samples = append(samples, sample{name: name, data: data})
			continue
		}
		s := &samples[len(samples)-1]
		line, rgb, _ := bytes.Cut(data, []byte("\n"))
		if _, err := fmt.Sscanf(string(line), "P6 %d %d 255", &s.width, &s.height); err != nil {
			tb.Fatalf("%s: %v", header.Name, err)
		}
		s.rgb = rgb
	}
}

// refusals holds the reasons for the files that Pillow refuses.
var refusals = map[string]error{
	"refused_frame_0_wide":          ErrCorrupt,
	"refused_frame_0_high":          ErrCorrupt,
	"refused_bomb":                  ErrTooLarge,
	"refused_frame_bomb":            ErrTooLarge,
	"refused_offset_bomb":           ErrTooLarge,
	"refused_rows_missing":          ErrTruncated,
	"refused_pixel_missing":         ErrTruncated,
	"refused_cut_block":             ErrTruncated,
	"refused_block_too_long":        ErrTruncated,
	"refused_cut_palette":           ErrTruncated,
	"refused_cut_descriptor":        ErrTruncated,
	"refused_cut_local_palette":     ErrTruncated,
	"refused_cut_code_size":         ErrTruncated,
	"refused_cut_extension":         ErrTruncated,
	"refused_no_frame":              ErrCorrupt,
	"refused_frame_behind_trailer":  ErrCorrupt,
	"refused_screen_only":           ErrTruncated,
	"refused_end_first":             ErrTruncated,
	"refused_end_inside":            ErrTruncated,
	"refused_string_after_clear":    ErrCorrupt,
	"refused_unknown_code":          ErrCorrupt,
	"refused_code_size_12_twice":    ErrCorrupt,
	"refused_code_size_13":          ErrCorrupt,
	"refused_code_size_255":         ErrCorrupt,
	"refused_control_of_3":          ErrCorrupt,
	"refused_control_of_2":          ErrCorrupt,
	"refused_control_empty":         ErrTruncated,
	"refused_netscape_without_loop": ErrTruncated,
}

// pillowsLimit is the most pixels that Pillow decodes.
const pillowsLimit = 178956970

// TestPixelsAreThoseOfPillow compares every byte, and every refusal.
func TestPixelsAreThoseOfPillow(t *testing.T) {
	refused := 0
	for _, s := range readSamples(t) {
		width, height, rgb, err := Decode(s.data, pillowsLimit)
		if s.rgb == nil {
			refused++
			if want, ok := refusals[s.name]; !ok || !errors.Is(err, want) || rgb != nil {
				t.Errorf("%s: got %v and %d bytes, want %v", s.name, err, len(rgb), want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		if width != s.width || height != s.height {
			t.Errorf("%s: size %d×%d, want %d×%d", s.name, width, height, s.width, s.height)
			continue
		}
		if !bytes.Equal(rgb, s.rgb) {
			t.Errorf("%s: pixels differ from Pillow's", s.name)
		}
	}
	if refused != len(refusals) {
		t.Errorf("%d files are refused by Pillow, want %d", refused, len(refusals))
	}
}
