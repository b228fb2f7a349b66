package train

import (
	"math/rand/v2"
	"strings"
	"testing"

	"featurecache/cache/folder"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/dataset/datasettest"
)

func TestDoubt(t *testing.T) {
	noise := func(scale, signal, offset float32) func([]float32, int, int) {
		return func(feature []float32, image, view int) {
			rng := rand.New(rand.NewPCG(uint64(image), uint64(view)))
			for d := range feature {
				feature[d] = offset + scale*rng.Float32()
				if d < 8 && image%2 == 1 {
					feature[d] += signal
				}
			}
		}
	}
	for _, c := range []struct {
		name   string
		images int
		fill   func([]float32, int, int)
		want   string
	}{
		{"noise", 80, noise(1, 0, 0), "hardly better than chance, which is 50.0 %"},
		{"noise of few images", 12, noise(1, 0, 0), ""},
		{"classes apart", 80, noise(1, 2, 0), ""},
		{"classes apart, on a large scale", 80, noise(1000, 2000, 0), ""},
		{"constant", 80, noise(0, 0, 3), "hardly differ between images, by less than a thousandth"},
		{"zero", 80, noise(0, 0, 0), "hardly differ"},
		{"nearly constant", 80, noise(0.001, 0.01, 5), "hardly differ"},
	} {
		set, err := dataset.Open(datasettest.StoreOf(t, c.images, 8, 1, c.fill))
		if err != nil {
			t.Fatal(err)
		}
		images, err := set.Images(folder.Train)
		if err != nil {
			t.Fatal(err)
		}
		got, err := doubt(t.Context(), set, images)
		if err != nil || (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
		if got != "" && !strings.Contains(got, "--channels") {
			t.Errorf("%s: %q names no cause", c.name, got)
		}
		set.Close()
	}
}
