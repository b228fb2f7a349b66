package jpeg

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/testdata"
)

// readFolder returns the JPEG files under a folder.
func readFolder(tb testing.TB, dir string) map[string][]byte {
	tb.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".jpg") {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

// BenchmarkDecode decodes the ants-and-bees images, all of them for each
// operation, and the transforms' JPEG files one by one; MP/s counts pixels.
func BenchmarkDecode(b *testing.B) {
	b.Run("ants-and-bees", func(b *testing.B) {
		benchmarkDecode(b, readFolder(b, testdata.Shared(b, "data", "hymenoptera")))
	})
	for name, data := range readFolder(b, testdata.Shared(b, "golden", "transforms")) {
		b.Run(name, func(b *testing.B) { benchmarkDecode(b, map[string][]byte{name: data}) })
	}
}

func benchmarkDecode(b *testing.B, files map[string][]byte) {
	var d Decoder
	var rgb []uint8
	pixels, bytes := 0, 0
	for b.Loop() {
		pixels, bytes = 0, 0
		for name, data := range files {
			w, h, out, err := d.Decode(rgb, data, 0)
			if err != nil {
				b.Fatalf("%s: %v", name, err)
			}
			rgb = out
			pixels += w * h
			bytes += len(data)
		}
	}
	b.SetBytes(int64(bytes))
	seconds := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(float64(pixels)/1e6/seconds, "MP/s")
	b.ReportMetric(1e3*seconds/float64(len(files)), "ms/image")
}
