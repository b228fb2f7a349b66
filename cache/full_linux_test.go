package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"featurecache/testdata"

	"golang.org/x/sys/unix"
)

// smallDisk mounts a disk of so many pages, which only root may.
func smallDisk(t *testing.T, pages int) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", pages*pageSize)); err != nil {
		testdata.Missing(t, "can't mount a small disk: %v: run the tests as root", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || err != nil && strings.Contains(err.Error(), "no space left on device")
}

// TestDiskFull fills the disk after each of the first pages and some later ones: committed
// features stay, and writing continues when there is room again.
func TestDiskFull(t *testing.T) {
	space := testSpace("a", 512)
	sizes := []int{300, 523, 600, 1000}
	for pages := 1; pages < 40; pages += 2 {
		sizes = append(sizes, pages)
	}
	for _, pages := range sizes {
		t.Run(fmt.Sprint("pages=", pages), func(t *testing.T) {
			dir := smallDisk(t, pages)
			path := filepath.Join(dir, "features.db")
			committed, err := fillUp(path, space)
			if !isFull(err) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("not one line: %v", err)
			}
			if info, err := os.Stat(path); committed == 0 && err == nil && info.Size() == 0 {
				t.Error("an empty file is left")
			}
			if err := unix.Mount("", dir, "", unix.MS_REMOUNT, "size=64m"); err != nil {
				t.Fatal(err)
			}
			s := open(t, path)
			verify(t, s)
			if committed > 0 {
				checkRead(t, s, space, keysOf(0, committed, 3))
			}
			// The scan is written after the images, three at a time.
			if _, scan, err := s.LastScan(); committed > 3 && (err != nil || len(scan.Images) < committed-3) {
				t.Errorf("scan: %v", err)
			}
			fill(t, s, space, keysOf(0, committed+10, 3))
			checkRead(t, s, space, keysOf(0, committed+10, 3))
			shut(t, s)
		})
	}
}

// fillUp writes images until it meets an error, and tells how many were committed.
func fillUp(path string, space Space) (committed int, err error) {
	s, err := Open(path, Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	w, err := s.NewWriter(space)
	if err != nil {
		return 0, err
	}
	for i := 0; ; i += 3 {
		for _, k := range keysOf(i, 3, 3) {
			if err := w.Put(k, featureOf(k, space.Width)); err != nil {
				return committed, err
			}
		}
		if err := w.Flush(); err != nil {
			if again := w.Flush(); !errors.Is(again, err) {
				err = fmt.Errorf("the error did not stay: %w", again)
			}
			return committed, err
		}
		committed = i + 3
		if err := s.PutScan(space.ID(), testScan("/data", committed)); err != nil {
			return committed, err
		}
	}
}

func TestDiskFullDuringGCAndMerge(t *testing.T) {
	space := testSpace("a", 512)
	dir := smallDisk(t, 500)
	path := filepath.Join(dir, "features.db")
	s := open(t, path)
	keys := keysOf(0, 600, 1)
	fill(t, s, space, keys)
	shut(t, s)
	if _, err := GC(context.Background(), path, GCOptions{}); !isFull(err) {
		t.Errorf("gc: %v", err)
	}
	if left, _ := filepath.Glob(path + "?*"); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	src := open(t, storePath(t))
	fill(t, src, space, keysOf(300, 900, 1))
	s = open(t, path)
	if err := mergeStores(context.Background(), s, []*Store{src}, &MergeReport{}, nil); !isFull(err) {
		t.Errorf("merge: %v", err)
	}
	shut(t, s)
	s = open(t, path)
	verify(t, s)
	checkRead(t, s, space, keys)
	shut(t, s)
}

func TestReadOnlyDisk(t *testing.T) {
	space := testSpace("a", 8)
	dir := smallDisk(t, 200)
	path := filepath.Join(dir, "features.db")
	keys := keysOf(0, 10, 1)
	s := open(t, path)
	fill(t, s, space, keys)
	shut(t, s)
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	_, err1 := Open(path, Options{})
	_, err2 := Open(path+".new", Options{})
	_, err3 := GC(context.Background(), path, GCOptions{})
	_, err4 := setAside(path, time.Now())
	for _, err := range []error{err1, err2, err3, err4} {
		if !errors.Is(err, syscall.EROFS) {
			t.Errorf("got %v", err)
		}
	}
	s, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if x, err := s.Index(space.ID()); err != nil || len(slices.Collect(x.Keys())) != len(keys) {
		t.Errorf("%v", err)
	}
	checkRead(t, s, space, keys)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
