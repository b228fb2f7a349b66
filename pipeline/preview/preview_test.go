package preview

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/pipeline/dataset/datasettest"
)

// What can't be drawn leaves no file.
func TestDrawErrors(t *testing.T) {
	store, out := datasettest.Store(t, 4, 2, 3), filepath.Join(t.TempDir(), "p.png")
	for name, c := range map[string]struct {
		opt  Options
		want string
	}{
		"no store":              {Options{Cache: store + "x", Images: 1}, store + "x"},
		"more views than there": {Options{Cache: store, Images: 1, Views: 4}, "3 training views of each image, so 4"},
		"another version's":     {Options{Cache: store, Images: 1}, "another version"}, // its transform is not ours
	} {
		c.opt.Out = out
		_, err := Draw(t.Context(), c.opt)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), "preview:") != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written")
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{
		0: "0.0 %", .5: "50.0 %", .99949: "99.9 %", .9995: "over 99.9 %", .9999999: "over 99.9 %", 1: "100.0 %",
	} {
		if got := percent(share); got != want {
			t.Errorf("%g: %q, want %q", share, got, want)
		}
	}
}
