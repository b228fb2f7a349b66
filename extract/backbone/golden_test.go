package backbone

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/simd"
	"featurecache/testdata"
)

// tolerance is the promise: relative L2 error of an image's features.
const tolerance = 5e-5

func readArray(tb testing.TB, path, name string) (flat []float32, n int) {
	tb.Helper()
	r, err := npz.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Close()
	if err := r.Read(name+".npy", &flat); err != nil {
		tb.Fatal(err)
	}
	return flat, r.Header(name + ".npy").Descr.Shape[0]
}

func goldenModels(tb testing.TB) []string {
	tb.Helper()
	var models []string
	for _, folder := range []string{"models", "transformers"} {
		list, err := filepath.Glob(filepath.Join(testdata.Shared(tb, "golden", folder), "*.onnx"))
		if err != nil || len(list) == 0 {
			tb.Fatalf("no golden models in %s: %v", folder, err)
		}
		models = append(models, list...)
	}
	return models
}

// slow reports whether plain Go or the race detector is in use, which leave time for small
// networks only.
func slow() bool { return raceDetector || simd.Best() == simd.Generic }

// levels are the kernel levels to test; plain Go takes seconds on a large image.
func levels(g *graph.Graph) []simd.Level {
	all := simd.Levels()
	if (raceDetector || g.MACs() > 300e6) && len(all) > 1 {
		return all[1:]
	}
	return all
}

// features runs all images through one worker, batch at a time.
func features(tb testing.TB, g *graph.Graph, level simd.Level, images []float32, n, batch int) []float32 {
	tb.Helper()
	b, err := compileFor(g, level)
	if err != nil {
		tb.Fatal(err)
	}
	w := b.NewWorker(batch)
	size, width := b.Input().Len(), b.Width()
	out := make([]float32, n*width)
	for i := 0; i < n; i += batch {
		k := min(batch, n-i)
		w.Run(out[i*width:], images[i*size:(i+k)*size], k)
	}
	return out
}

func sameBits(tb testing.TB, what string, got, want []float32) {
	tb.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			tb.Fatalf("%s: feature %d is %x, want %x", what, i, got[i], want[i])
		}
	}
}

// TestGoldenModels compares every model's features with PyTorch's and with a
// float64 evaluation, on every kernel level.
func TestGoldenModels(t *testing.T) {
	for _, path := range goldenModels(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			g, err := graph.Load(path, graph.Options{})
			if err != nil {
				t.Fatal(err)
			}
			reference := strings.TrimSuffix(path, ".onnx") + ".npz"
			images, n := readArray(t, reference, "input")
			torch, _ := readArray(t, reference, "features")
			if slow() && g.MACs() > 300e6 {
				t.Skip("takes too long in plain Go or under the race detector")
			}
			exact := graphtest.Eval(g, images[:g.Input.Shape.Len()])
			width := len(exact)
			var first []float32
			for _, level := range levels(g) {
				got := features(t, g, level, images, n, n)
				if first == nil {
					first = got
				}
				sameBits(t, level.String(), got, first)
				for i := range n {
					if e := graphtest.RelativeError(got[i*width:(i+1)*width], torch[i*width:(i+1)*width]); !(e <= tolerance) {
						t.Errorf("%v, image %d: relative L2 error %.2g against PyTorch", level, i, e)
					}
				}
			}
			e := graphtest.RelativeError(first[:width], exact)
			t.Logf("relative L2 error %.2g against float64", e)
			if !(e <= tolerance) {
				t.Errorf("relative L2 error %.2g against float64", e)
			}
			for _, batch := range []int{1, 2, 3} {
				sameBits(t, fmt.Sprintf("batch %d", batch), features(t, g, simd.Best(), images, n, batch), first)
			}
		})
	}
}
