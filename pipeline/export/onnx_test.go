package export

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/extract"
	"featurecache/extract/backbone"
	"featurecache/extract/backbone/graph"
	"featurecache/extract/view"
	"featurecache/head"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/train"
	"featurecache/pipeline/trained"
	"featurecache/testdata"
)

// tolerance is the largest difference of a logit that rounding may make.
const tolerance = 1e-4

// TestExportONNX fits heads on real images for every model of the reference data
// that can see them, and compares the exported network's logits with the head's:
// by our own engine, and by ONNX Runtime in a Python that [testdata.Python] finds.
func TestExportONNX(t *testing.T) {
	models, err := filepath.Glob(filepath.Join(testdata.Shared(t, "golden", "models"), "*.onnx"))
	if err != nil || len(models) == 0 {
		t.Fatalf("no models: %v", err)
	}
	models = append(models, testdata.Shared(t, "models", "resnet18.onnx"))
	dir := t.TempDir()
	images := someImages(t, filepath.Join(dir, "data"), 4, 3)
	for _, model := range models {
		name := strings.TrimSuffix(filepath.Base(model), ".onnx")
		for _, hidden := range []int{0, 8} {
			if name == "resnet18_odd_size" {
				continue // it sees [3,97,131]: no view has that shape
			}
			t.Run(fmt.Sprintf("%s/hidden%d", name, hidden), func(t *testing.T) {
				run := filepath.Join(dir, t.Name())
				if err := os.MkdirAll(run, 0o755); err != nil {
					t.Fatal(err)
				}
				headDir := fitOn(t, filepath.Join(dir, "data"), model, run, hidden)
				checkExport(t, headDir, model, images, run)
			})
		}
	}
}

// someImages makes an image folder of the first few ants and bees, and returns its
// first three validation images.
func someImages(t *testing.T, data string, train, val int) []string {
	t.Helper()
	var chosen []string
	for split, n := range map[string]int{"train": train, "val": val} {
		for _, class := range []string{"ants", "bees"} {
			paths, err := filepath.Glob(filepath.Join(testdata.Shared(t, "data", "hymenoptera", split, class), "*.jpg"))
			if err != nil || len(paths) < n {
				t.Fatalf("%d images: %v", len(paths), err)
			}
			dir := filepath.Join(data, split, class)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			for _, path := range paths[:n] {
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				to := filepath.Join(dir, filepath.Base(path))
				if err := os.WriteFile(to, b, 0o644); err != nil {
					t.Fatal(err)
				}
				if split == "val" && len(chosen) < 3 { // resnet18_fixed_batch takes three at a time
					chosen = append(chosen, to)
				}
			}
		}
	}
	return chosen
}

func fitOn(t *testing.T, data, model, run string, hidden int) string {
	t.Helper()
	store := filepath.Join(run, "f.db")
	_, err := extract.Run(t.Context(), extract.Options{Data: data, Backbone: model, Cache: store, Views: 1})
	if err != nil {
		t.Fatal(err)
	}
	opt := head.DefaultOptions()
	opt.Epochs, opt.Hidden = 3, hidden
	out := filepath.Join(run, "head")
	set, err := dataset.Open(store)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	fitted, err := train.Fit(t.Context(), set, train.Options{Head: opt})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fitted.Write(out); err != nil {
		t.Fatal(err)
	}
	return out
}

// checkExport compares the exported network with the head on the backbone.
func checkExport(t *testing.T, headDir, model string, images []string, run string) {
	t.Helper()
	h, err := trained.Load(headDir)
	if err != nil {
		t.Fatal(err)
	}
	network, err := h.Network(model)
	if err != nil {
		t.Fatal(err)
	}
	input := views(t, network, images)
	n := len(images)
	features := make([]float32, n*network.Net.Width())
	network.Net.NewWorker(n).Run(features, input, n)
	want := make([]float32, n*len(h.Bias))
	h.Logits(want, features)

	out := filepath.Join(run, "out.onnx")
	if err := ONNX(headDir, model, out, true); err != nil {
		t.Fatal(err)
	}
	again, err := backbone.Load(out, graph.Options{Feature: graph.LogitsName})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, len(want))
	again.NewWorker(n).Run(got, input, n)
	if d := testdata.LargestDifference(got, want); d > tolerance {
		t.Errorf("largest difference %g", d)
	}
	checkRuntime(t, out, input, want, n)
}

func views(t *testing.T, network *extract.Network, images []string) []float32 {
	t.Helper()
	length := network.Net.Input().Len()
	input := make([]float32, len(images)*length)
	for i, path := range images {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := new(view.Decoder).Decode(b, network.Transform.Decode)
		if err != nil {
			t.Fatal(err)
		}
		view.NewResampler(network.Transform).Eval(input[i*length:][:length], picture)
	}
	return input
}

// checkRuntime has ONNX Runtime compute the logits.
func checkRuntime(t *testing.T, model string, input, want []float32, n int) {
	t.Helper()
	python := testdata.Python(t, "onnxruntime", "onnx", "numpy")
	got := testdata.RunPython(t, python, filepath.Join("testdata", "onnx_logits.py"), input, model, fmt.Sprint(n))
	d := testdata.LargestDifference(got, want)
	t.Logf("ONNX Runtime: largest difference of a logit %.2g", d)
	if len(got) != len(want) || d > tolerance {
		t.Errorf("%d logits, largest difference %g", len(got), d)
	}
}
