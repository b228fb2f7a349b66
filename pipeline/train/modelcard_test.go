package train_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/extract"
	"featurecache/head"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/demo"
	"featurecache/pipeline/train"
	"featurecache/pipeline/trained"
	"featurecache/testdata"
)

// TestModelCard fits twice, requires the same card, and has PyTorch run the card's
// lines in a Python that [testdata.Python] finds.
func TestModelCard(t *testing.T) {
	dir := t.TempDir()
	if err := demo.WriteImages(filepath.Join(dir, "data"), 6, 4); err != nil {
		t.Fatal(err)
	}
	backbone, store := filepath.Join(dir, "backbone.onnx"), filepath.Join(dir, "f.db")
	if err := demo.WriteBackbone(backbone); err != nil {
		t.Fatal(err)
	}
	if _, err := extract.Run(t.Context(), extract.Options{Data: filepath.Join(dir, "data"), Backbone: backbone, Cache: store, Views: 2}); err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(store)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	for name, test := range map[string]struct {
		hidden, seeds int
		want          []string
	}{
		"linear": {0, 1, []string{"accuracy", "`` plums ``: 4", "nn.Linear(128, 2)", "| training | 12 | 2 |", "frozen"}},
		"hidden": {8, 3, []string{"8 hidden units", "One of 3 seeds", "nn.ReLU()"}},
	} {
		t.Run(name, func(t *testing.T) {
			opt := head.DefaultOptions()
			opt.Hidden = test.hidden
			var cards [2]string
			for i := range cards {
				out := filepath.Join(dir, name)
				fitted, err := train.Fit(t.Context(), set, train.Options{Head: opt, Seeds: test.seeds})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := fitted.Write(out); err != nil {
					t.Fatal(err)
				}
				text, err := os.ReadFile(filepath.Join(out, "MODEL.md"))
				if err != nil {
					t.Fatal(err)
				}
				cards[i] = string(text)
			}
			if cards[0] != cards[1] {
				t.Error("two equal fits have different cards")
			}
			for _, want := range append(test.want, "95 %", "## Limitations") {
				if !strings.Contains(cards[0], want) {
					t.Errorf("no %q in:\n%s", want, cards[0])
				}
			}
			if strings.Contains(cards[0], dir) || strings.Contains(cards[0], "<no value>") {
				t.Errorf("a path of this machine, or a missing value:\n%s", cards[0])
			}
			runCard(t, filepath.Join(dir, name))
		})
	}
}

// runCard has PyTorch run the lines of a card.
func runCard(t *testing.T, dir string) {
	t.Helper()
	python := testdata.Python(t, "torch", "safetensors", "numpy")
	h, err := trained.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	features := make([]float32, 5*h.In)
	for i := range features {
		features[i] = rng.Float32() * 2
	}
	want := make([]float32, 5*len(h.Bias))
	h.Probabilities(want, features)
	got := testdata.RunPython(t, python, filepath.Join("testdata", "torch_card.py"), features, dir, "128")
	d := testdata.LargestDifference(got, want)
	t.Logf("PyTorch: largest difference of a probability %.2g", d)
	if len(got) != len(want) || d > 1e-6 {
		t.Errorf("%d probabilities, largest difference %g", len(got), d)
	}
}
