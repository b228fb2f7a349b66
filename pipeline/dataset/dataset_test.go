package dataset

import (
	"math"
	"slices"
	"strings"
	"testing"

	"featurecache/cache/folder"
	"featurecache/extract"
	"featurecache/head"
	"featurecache/pipeline/dataset/datasettest"
	"featurecache/pipeline/trained"
)

func openTest(t *testing.T, train, val, views int) *Dataset {
	t.Helper()
	d, err := Open(datasettest.Store(t, train, val, views))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// testHead is a head that finds class 1 by the first value of a feature, which the test
// store sets to 4 for it and to 0 for class 0.
func testHead(t *testing.T, p extract.Provenance, classes ...string) *trained.Head {
	t.Helper()
	h := &head.Head{Classes: classes, In: p.Width, Weight: make([]float32, len(classes)*p.Width), Bias: make([]float32, len(classes))}
	h.Weight[p.Width], h.Bias[1] = 1, -2
	saved, err := trained.Save(t.TempDir(), h, &trained.Provenance{Features: p})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func TestScore(t *testing.T) {
	d := openTest(t, 4, 7, 2)
	s, err := d.Score(testHead(t, d.Provenance, "ants", "bees"))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Images) != 7 || !slices.Equal(s.Labels, []int32{0, 1, 0, 1, 0, 1, 0}) {
		t.Errorf("%d images, labels %v", len(s.Images), s.Labels)
	}
	want := 1 / (1 + math.Exp(-2)) // of the logits 0 and ±2
	probabilities := s.Probabilities()
	for i := range s.Images {
		class := s.Best(i)
		p := float64(probabilities[2*i+class])
		if class != int(s.Labels[i]) || math.Abs(p-want) > 1e-6 {
			t.Errorf("image %d: class %d with %g, want %d with %g", i, class, p, s.Labels[i], want)
		}
	}
}

// A head of another feature space, or of other classes, would give confident nonsense.
func TestScoreRefuses(t *testing.T) {
	d := openTest(t, 4, 2, 1)
	same := d.Provenance
	backbone, seed := same, same
	backbone.Backbone[0]++
	seed.Transform += " seed 7"
	for name, c := range map[string]struct {
		head *trained.Head
		want string
	}{
		"another backbone":  {testHead(t, backbone, "ants", "bees"), "features of space " + backbone.ID().String()},
		"another transform": {testHead(t, seed, "ants", "bees"), "features of space " + seed.ID().String()},
		"another order":     {testHead(t, same, "bees", "ants"), "other classes"},
		"a class more":      {testHead(t, same, "ants", "bees", "wasps"), "other classes"},
	} {
		if s, err := d.Score(c.head); err == nil || !strings.Contains(err.Error(), c.want) || s != nil {
			t.Errorf("%s: %v, error %v", name, s, err)
		}
	}
	h := testHead(t, same, "ants", "bees")
	delete(h.Meta, "view_seed")
	if _, err := d.Score(h); err == nil || !strings.Contains(err.Error(), h.File) {
		t.Errorf("a head without provenance: %v", err)
	}
}

func TestImages(t *testing.T) {
	d := openTest(t, 3, 0, 2)
	if images, err := d.Images(folder.Train); err != nil || len(images) != 3 {
		t.Errorf("training: %v, error %v", images, err)
	}
	if _, err := d.Images(folder.Val); err == nil || !strings.Contains(err.Error(), "/data has no usable val image") {
		t.Errorf("validation: %v", err)
	}
}

// A block is no longer than maxRows, and the blocks are all rows in order.
func TestEachBlock(t *testing.T) {
	d := openTest(t, maxRows/2+1, 3, 2)
	rows := d.Rows()
	if len(rows) != maxRows+2+3 {
		t.Fatalf("%d rows", len(rows))
	}
	var seen []Row
	var sizes []int
	err := d.EachBlock(t.Context(), rows, func(block []Row, x []float32) error {
		sizes = append(sizes, len(block))
		seen = append(seen, block...)
		for i, r := range block {
			if x[i*d.Provenance.Width] != float32(4*r.Image.Label) {
				t.Fatalf("row %d has the feature of another image", len(seen)-len(block)+i)
			}
		}
		return nil
	})
	if err != nil || !slices.Equal(sizes, []int{maxRows, 5}) || !slices.Equal(seen, rows) {
		t.Errorf("blocks %v, error %v", sizes, err)
	}
}
