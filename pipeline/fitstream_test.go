package pipeline

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"featurecache/cache"
	"featurecache/cache/folder"
	"featurecache/head"
)

// separableStore makes a store of two classes of images whose features, of 512
// values, differ by their first value, beside noise in the others.
func separableStore(t *testing.T, train, val, views int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "features.db")
	store, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	space := cache.Space{Feature: "pool", Transform: "none", Numerics: "none", Width: 512, Model: "none.onnx"}
	w, err := store.NewWriter(space)
	if err != nil {
		t.Fatal(err)
	}
	scan := &folder.Scan{Root: "/data", Time: time.Now(), Views: views, Classes: []string{"ants", "bees"}}
	feature := make([]float32, space.Width)
	for i := range train + val {
		img := folder.Image{Label: i % 2, Path: fmt.Sprint(i), Content: sha256.Sum256(binary.LittleEndian.AppendUint32(nil, uint32(i)))}
		first, last := uint32(1), uint32(views)
		if i >= train {
			img.Split, first, last = folder.Val, 0, 0
		}
		scan.Images = append(scan.Images, img)
		for v := first; v <= last; v++ {
			for d := range feature {
				feature[d] = float32((i*31+d*17+int(v)*7)%101) / 101
			}
			feature[0] = float32(4 * img.Label)
			if err := w.Put(cache.Key{Content: img.Content, View: v}, feature); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(w.Close(), store.PutScan(space.ID(), scan), store.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// A store of more features than memory is allowed is streamed from, twice with the
// same result, and taught from as well as from memory.
func TestFitStreams(t *testing.T) {
	const train, val, views = 20_000, 2_000, 3 // 127 MB of features
	path := separableStore(t, train, val, views)
	opt := FitOptions{Cache: path, Head: head.DefaultOptions()}
	opt.Head.Epochs = 3
	fit := func(maxMemory int64) *FitResult {
		t.Helper()
		opt.MaxMemory, opt.Out = maxMemory, t.TempDir()
		r, err := Fit(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	whole := fit(1 << 30)
	one, two := fit(140<<20), fit(140<<20)
	if whole.Streamed || !one.Streamed || !two.Streamed {
		t.Fatalf("streamed: with 1 GiB %v, with 140 MiB %v and %v", whole.Streamed, one.Streamed, two.Streamed)
	}
	if !slices.Equal(one.History, two.History) {
		t.Errorf("two runs differ:\n%v\n%v", one.History, two.History)
	}
	for name, r := range map[string]*FitResult{"from memory": whole, "streamed": one} {
		if r.Train != train || r.Val != val || r.Views != views || r.BestValAcc != 1 {
			t.Errorf("%s: %d and %d images, %d views, accuracy %v", name, r.Train, r.Val, r.Views, r.BestValAcc)
		}
	}
	opt.MaxMemory = 110 << 20
	if _, err := Fit(t.Context(), opt); !errors.Is(err, ErrMemory) {
		t.Errorf("110 MiB: %v", err)
	}
	opt.MaxMemory, opt.Seeds = 140<<20, 2
	if _, err := Fit(t.Context(), opt); !errors.Is(err, ErrMemory) {
		t.Errorf("two seeds while streaming: %v", err)
	}
}
