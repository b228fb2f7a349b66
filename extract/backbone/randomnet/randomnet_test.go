package randomnet_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/extract/backbone/randomnet"
)

func load(t *testing.T, opt randomnet.Options) *graph.Graph {
	t.Helper()
	path := filepath.Join(t.TempDir(), "random.onnx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := randomnet.WriteResNet(f, opt); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	g, err := graph.Load(path, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestArchitecture compares with torchvision's models, whose convolutions have
// 1 813 561 344 and 4 087 136 256 multiply-adds, 118 013 952 of them in the first:
// an eighth of the width leaves an eighth of those, and 1/64 of the others.
func TestArchitecture(t *testing.T) {
	for _, c := range []struct {
		name   string
		opt    randomnet.Options
		layers int
		width  int
		macs   int64
	}{
		{"resnet18", randomnet.Options{Width: 8}, 22, 64, 1_813_561_344},
		{"resnet50", randomnet.Options{Width: 8, Blocks: []int{3, 4, 6, 3}, Bottleneck: true}, 55, 256, 4_087_136_256},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := load(t, c.opt)
			if len(g.Layers) != c.layers || g.Features.Shape != (graph.Shape{C: c.width, H: 1, W: 1}) {
				t.Errorf("%d layers, features %v", len(g.Layers), g.Features.Shape)
			}
			const stem = 118_013_952
			if want := stem/8 + (c.macs-stem)/64; g.MACs() != want {
				t.Errorf("%d multiply-adds, want %d", g.MACs(), want)
			}
		})
	}
}

// TestScale checks that activations neither die out nor explode in a deep network.
func TestScale(t *testing.T) {
	g := load(t, randomnet.Options{Blocks: []int{3, 4, 23, 3}, Bottleneck: true, Width: 4, InputSize: 64, Classes: 2, Seed: 1})
	image := make([]float32, g.Input.Shape.Len())
	for i := range image {
		image[i] = float32(i%17)/8 - 1
	}
	var sum float64
	features := graphtest.Eval(g, image)
	for _, v := range features {
		sum += v * v
	}
	if rms := math.Sqrt(sum / float64(len(features))); rms < 0.1 || rms > 100 {
		t.Errorf("the features' root mean square is %.3g", rms)
	}
}

// TestSameBytes pins the bytes: demonstrations and tests elsewhere rely on them.
func TestSameBytes(t *testing.T) {
	var b bytes.Buffer
	if err := randomnet.WriteResNet(&b, randomnet.Options{Blocks: []int{1, 1}, Width: 4, InputSize: 32, Classes: 2, Seed: 7}); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	if got, want := hex.EncodeToString(sum[:8]), "b332cddd48e575df"; got != want {
		t.Errorf("the model's hash begins with %s, not %s", got, want)
	}
}

func TestBadOptions(t *testing.T) {
	if err := randomnet.WriteResNet(&bytes.Buffer{}, randomnet.Options{Width: -1}); err == nil {
		t.Error("a negative width was accepted")
	}
}
