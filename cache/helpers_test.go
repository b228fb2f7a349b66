package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"featurecache/cache/folder"
)

// testSpace is a space of some width; name tells one from another.
func testSpace(name string, width int) Space {
	return Space{
		Backbone: sha256.Sum256([]byte(name)), Feature: "flat", Transform: "train 224 v1 seed 0",
		Numerics: "f32", Width: width, Model: name + ".onnx",
	}
}

func contentOf(i int) folder.Content {
	return sha256.Sum256(binary.LittleEndian.AppendUint64([]byte("image"), uint64(i)))
}

// featureOf is the feature that tests store under a key.
func featureOf(k Key, width int) []float32 {
	seed := binary.LittleEndian.Uint64(k.Content[:])
	r := rand.New(rand.NewPCG(seed, uint64(k.View)))
	f := make([]float32, width)
	for i := range f {
		f[i] = r.Float32()
	}
	return f
}

// keysOf lists views of images.
func keysOf(firstImage, images, views int) []Key {
	var keys []Key
	for i := range images {
		for v := range views {
			keys = append(keys, Key{contentOf(firstImage + i), uint32(v)})
		}
	}
	return keys
}

func storePath(tb testing.TB) string { return filepath.Join(tb.TempDir(), "features.db") }

// open opens a store that the test's end closes and checks with bbolt's own
// checker, as bbolt's tests do.
func open(tb testing.TB, path string) *Store {
	tb.Helper()
	s, err := Open(path, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	s.db.NoSync = true // no test cuts the power
	tb.Cleanup(func() {
		if s.db.Path() != "" {
			shut(tb, s)
		}
	})
	return s
}

// shut closes the store after bbolt has found nothing wrong with it.
func shut(tb testing.TB, s *Store) {
	tb.Helper()
	err := s.db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			tb.Errorf("bbolt's check: %v", err)
		}
		return nil
	})
	if err != nil {
		tb.Error(err)
	}
	if err := s.Close(); err != nil {
		tb.Error(err)
	}
}

// fill puts featureOf for all keys.
func fill(tb testing.TB, s *Store, space Space, keys []Key) {
	tb.Helper()
	w, err := s.NewWriter(space)
	if err != nil {
		tb.Fatal(err)
	}
	for _, k := range keys {
		if err := w.Put(k, featureOf(k, space.Width)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
}

// checkRead reads keys and compares with featureOf.
func checkRead(tb testing.TB, s *Store, space Space, keys []Key) {
	tb.Helper()
	dst := make([]float32, len(keys)*space.Width)
	if err := s.Read(space.ID(), keys, dst); err != nil {
		tb.Fatal(err)
	}
	for i, k := range keys {
		for j, v := range featureOf(k, space.Width) {
			if dst[i*space.Width+j] != v {
				tb.Fatalf("%v, value %d: got %v, want %v", k, j, dst[i*space.Width+j], v)
			}
		}
	}
}

// testScan is a scan of n images in two classes, old enough to be trusted.
func testScan(root string, n int) *folder.Scan {
	now := time.Unix(1_800_000_000, 0)
	scan := &folder.Scan{Root: root, Time: now, Views: 2, Seed: 7, Classes: []string{"ants", "bees"}}
	for i := range n {
		split, label := folder.Split(i*2/max(n, 1)), i%2
		scan.Images = append(scan.Images, folder.Image{
			Path:  split.String() + "/" + scan.Classes[label] + "/" + contentOf(i).String()[:12] + ".jpg",
			Split: split, Label: label, Content: contentOf(i),
			Stamp: folder.Stamp{Size: int64(1000 + i), ModTimeNS: now.Add(-time.Hour).UnixNano() - int64(i*1e6), Inode: uint64(5000 + i)},
		})
	}
	return scan
}
