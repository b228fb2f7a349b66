package fetch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"featurecache/testdata"
)

// TestFullDisk fetches onto a file system that is too small, then makes room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		testdata.Missing(t, "can't mount a small disk: %v: run the tests as root", err)
	}
	defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	data := content(200_000)
	url, requests := serve(t, whole(data))
	opt := quick(t)
	opt.Dir = dir
	_, err := Fetch(context.Background(), modelOf(data, url), opt)
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free ") || requests.Load() != 1 {
		t.Fatalf("%v after %d requests, want a full disk after one", err, requests.Load())
	}
	if _, err := os.Stat(filepath.Join(dir, "small.onnx")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file is kept: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	path, err := Fetch(context.Background(), modelOf(data, url), opt)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
}
