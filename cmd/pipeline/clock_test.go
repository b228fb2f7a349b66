//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"featurecache/cache"
)

// TestClockSetBack extracts while the clock is years ahead, and again after it has been
// corrected. Times in the future are not trusted, and do no harm.
func TestClockSetBack(t *testing.T) {
	set := newFaultSet(t)
	path, out := filepath.Join(set.dir, "f.db"), filepath.Join(set.dir, "out")
	must(t, set.extract(path)...)
	future := time.Now().AddDate(10, 0, 0)
	putScanAt(t, path, future)

	image := filepath.Join(set.data, "train", "dark", "00.png")
	changes := []func() error{
		func() error { return nil },
		func() error { return os.WriteFile(image, set.noise(t, 40, false), 0o644) },
		func() error { return os.Chtimes(image, future, future) },
		func() error {
			return errors.Join(os.WriteFile(image, set.noise(t, 40, false), 0o644), os.Chtimes(image, future, future.Add(time.Hour)))
		},
		func() error { return os.Rename(image, image+".png") },
	}
	for i, change := range changes {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		must(t, set.extract(path)...)
		sameAsFresh(t, path, set)
		must(t, set.night(path, out, i)...)
		publishedNight(t, out)
		must(t, "cache", "gc", "--quiet", "--cache", path)
		putScanAt(t, path, future) // extract has replaced it
	}
	tell(t, "clock set back by ten years", len(changes), "every change of an image is seen; extract, run and gc end with exit status 0")
}

// putScanAt sets the time of a store's last scan.
func putScanAt(t *testing.T, path string, when time.Time) {
	t.Helper()
	s, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	space, scan, err := s.LastScan()
	if err != nil {
		t.Fatal(err)
	}
	scan.Time = when
	if err := s.PutScan(space, scan); err != nil {
		t.Fatal(err)
	}
}
