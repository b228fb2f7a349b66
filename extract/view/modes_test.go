package view

import (
	"errors"
	"flag"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"
)

var modesFile = flag.String("modes", "testdata/modes.npz", "archive of images with Pillow's pixels, from testdata/make_modes.py")

// sample is an encoded image with what Pillow makes of it.
type sample struct {
	name          string
	data          []byte
	width, height int
	rgb           []uint8
}

// readModes reads the archive that testdata/make_modes.py wrote.
func readModes(tb testing.TB) []sample {
	tb.Helper()
	return readSamples(tb, *modesFile)
}

// readSamples reads an archive of files and their pixels.
func readSamples(tb testing.TB, path string) (samples []sample) {
	tb.Helper()
	archive, err := npz.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer archive.Close()
	for _, key := range archive.Keys() {
		name, ok := strings.CutSuffix(key, ".file.npy")
		if !ok {
			continue
		}
		s := sample{name: name}
		if err := errors.Join(archive.Read(key, &s.data), archive.Read(name+".rgb.npy", &s.rgb)); err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		shape := archive.Header(name + ".rgb.npy").Descr.Shape
		s.height, s.width = shape[0], shape[1]
		samples = append(samples, s)
	}
	if len(samples) == 0 {
		tb.Fatal("the archive holds no images")
	}
	return samples
}

// TestModes compares the decoders with Pillow's convert("RGB") in every mode and
// depth, bit for bit.
func TestModes(t *testing.T) {
	compareSamples(t, readModes(t), DecodeOptions{})
}

// compareSamples decodes files and compares them with Pillow's pixels.
func compareSamples(t *testing.T, samples []sample, opt DecodeOptions) {
	t.Helper()
	for _, s := range samples {
		img, err := decodeNew(s.data, opt)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		if img.Width != s.width || img.Height != s.height {
			t.Errorf("%s: size %d×%d, want %d×%d", s.name, img.Width, img.Height, s.width, s.height)
			continue
		}
		if d := compare(img.Pix, s.rgb); d.max != 0 {
			t.Errorf("%s: %v", s.name, d)
		}
	}
	t.Logf("%d images", len(samples))
}
