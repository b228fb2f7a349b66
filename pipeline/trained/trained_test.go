package trained

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/cache"
	"featurecache/extract"
	"featurecache/head"

	"github.com/google/go-cmp/cmp"
)

func testHead(classes ...string) *head.Head {
	return &head.Head{In: 3, Weight: []float32{1, 2, 3, 4, 5, 6}, Bias: []float32{7, 8}, Classes: classes}
}

func TestSaveAndLoad(t *testing.T) {
	dir := t.TempDir()
	features := extract.Provenance{Space: cache.Space{Feature: "pool", Transform: "crop", Numerics: "f", Width: 3, Model: "m.onnx"}, ViewSeed: 9}
	saved, err := Save(dir, testHead("a", "b"), &Provenance{Features: features, Views: 5, Seeds: 10, Stream: &Stream{Block: 64, Rows: 1024}})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, FileName)} {
		h, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(saved, h); d != "" {
			t.Errorf("%s: %s", path, d)
		}
		if p, err := h.Features(); err != nil || p != features {
			t.Errorf("%s: %+v, error %v", path, p, err)
		}
	}
	want := map[string]string{
		"space": features.ID().String(), "views": "5", "kept_of_seeds": "10", "stream_block": "64", "stream_rows": "1024", "view_seed": "9",
	}
	for key, value := range want {
		if saved.Meta[key] != value {
			t.Errorf("%s: %q, want %q", key, saved.Meta[key], value)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), filepath.Join(dir, FileName)) {
		t.Errorf("a folder without a head: %v", err)
	}
	damaged := filepath.Join(dir, "damaged")
	if err := os.WriteFile(damaged, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(damaged); err == nil || !strings.Contains(err.Error(), damaged+": not a safetensors file that fit wrote") {
		t.Errorf("half a head: %v", err)
	}
	// A head that another program wrote does not say what it was trained on.
	foreign := filepath.Join(dir, "foreign")
	if err := testHead("a", "b").Save(foreign); err != nil {
		t.Fatal(err)
	}
	h, err := Load(foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Features(); err == nil || !strings.Contains(err.Error(), foreign) {
		t.Errorf("a head without provenance: %v", err)
	}
	if _, err := h.Network("absent.onnx"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a head without provenance has a network: %v", err)
	}
}
