package cache

import (
	"path/filepath"
	"slices"
	"testing"

	"featurecache/cache/folder"
)

// TestRelease reads the same features before and after, for a page that was given
// back must come back as it was.
func TestRelease(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "f.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	space := Space{Transform: "t", Feature: "f", Numerics: "n", Width: 16}
	w, err := s.NewWriter(space)
	if err != nil {
		t.Fatal(err)
	}
	var keys []Key
	for i := range 1000 {
		k := Key{Content: folder.Content{byte(i), byte(i >> 8)}, View: 1}
		if err := w.Put(k, slices.Repeat([]float32{float32(i)}, 16)); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	before, after := make([]float32, 16*len(keys)), make([]float32, 16*len(keys))
	if err := s.Read(space.ID(), keys, before); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(); err != nil {
		t.Fatal(err)
	}
	if err := s.Read(space.ID(), keys, after); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, after) {
		t.Error("features changed")
	}
}
