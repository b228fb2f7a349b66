package train

import (
	"slices"
	"strings"
	"testing"

	"featurecache/head"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/dataset/datasettest"
)

// When the features exceed the memory limit, training streams them: two such fits are
// equal, and as good as one in memory.
func TestFitStreams(t *testing.T) {
	const train, val, views = 20_000, 2_000, 3 // 127 MB of features
	path := datasettest.Store(t, train, val, views)
	set, err := dataset.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	opt := Options{Head: head.DefaultOptions()}
	opt.Head.Epochs = 3
	fit := func(maxMemory int64) *Fitted {
		t.Helper()
		opt.MaxMemory = maxMemory
		f, err := Fit(t.Context(), set, opt)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	whole := fit(1 << 30)
	one, two := fit(140<<20), fit(140<<20)
	if whole.Streamed || !one.Streamed || !two.Streamed {
		t.Fatalf("streamed: with 1 GiB %v, with 140 MiB %v and %v", whole.Streamed, one.Streamed, two.Streamed)
	}
	if !slices.Equal(one.History, two.History) {
		t.Errorf("two runs differ:\n%v\n%v", one.History, two.History)
	}
	for name, r := range map[string]*Fitted{"from memory": whole, "streamed": one} {
		if r.Train != train || r.Val != val || r.Views != views || r.BestValAcc != 1 {
			t.Errorf("%s: %d and %d images, %d views, accuracy %v", name, r.Train, r.Val, r.Views, r.BestValAcc)
		}
	}
	opt.MaxMemory = 110 << 20
	if _, err := Fit(t.Context(), set, opt); err == nil || !strings.Contains(err.Error(), "--max-memory") {
		t.Errorf("110 MiB: %v", err)
	}
	opt.MaxMemory, opt.Seeds = 140<<20, 2
	if _, err := Fit(t.Context(), set, opt); err == nil || !strings.Contains(err.Error(), "--max-memory") {
		t.Errorf("two seeds while streaming: %v", err)
	}
}
