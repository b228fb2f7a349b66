// Package datasettest makes feature stores for tests: [Store] writes one.
package datasettest

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"featurecache/cache"
	"featurecache/cache/folder"
)

// Store writes a store of images of two classes and returns its file. Features have 512
// values: the first tells the classes apart, the others do not.
func Store(t *testing.T, train, val, views int) (path string) {
	t.Helper()
	return StoreOf(t, train, val, views, func(feature []float32, image, view int) {
		for d := range feature {
			feature[d] = float32((image*31+d*17+view*7)%101) / 101
		}
		feature[0] = float32(4 * (image % 2))
	})
}

// StoreOf is Store with features of the caller's choice: fill sets the feature of one view of
// an image, whose class is image mod 2.
func StoreOf(t *testing.T, train, val, views int, fill func(feature []float32, image, view int)) (path string) {
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
			fill(feature, i, int(v))
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
