package cache

import (
	"testing"
)

// TestFileIsCompact holds the whole file, scan included, against the features'
// bytes.
func TestFileIsCompact(t *testing.T) {
	for _, c := range []struct {
		name          string
		images, views int
		most          float64
	}{
		{"ants and bees, 25 views", 397, 25, 1.02},
		{"ants and bees, one view", 397, 1, 1.15},
		{"20000 images, one view", 20_000, 1, 1.08},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, space := open(t, storePath(t)), testSpace("a", 512)
			w, err := s.NewWriter(space)
			if err != nil {
				t.Fatal(err)
			}
			feature := make([]float32, 512)
			for _, k := range keysOf(0, c.images, c.views) {
				if err := w.Put(k, feature); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if err := s.PutScan(space.ID(), testScan("/data", c.images)); err != nil {
				t.Fatal(err)
			}
			size, err := s.Size()
			if err != nil {
				t.Fatal(err)
			}
			ratio := float64(size) / float64(c.images*c.views*2048)
			t.Logf("%d bytes, %.3f times the features", size, ratio)
			if ratio > c.most {
				t.Errorf("%.3f times the features' bytes, want at most %v", ratio, c.most)
			}
		})
	}
}
