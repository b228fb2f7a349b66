package cache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
)

func TestReadBackAfterReopen(t *testing.T) {
	path, space := storePath(t), testSpace("a", 512)
	s := open(t, path)
	keys := keysOf(0, 30, 25)
	fill(t, s, space, keys)
	checkRead(t, s, space, keys)
	shut(t, s)

	s = open(t, path)
	slices.Reverse(keys)
	checkRead(t, s, space, keys)
	x, err := s.Index(space.ID())
	if err != nil {
		t.Fatal(err)
	}
	if x.Len() != 750 || x.Images() != 30 || !x.Has(keys[0]) || x.Has(Key{contentOf(0), 25}) || x.Has(Key{contentOf(30), 0}) {
		t.Errorf("index has %d features of %d images", x.Len(), x.Images())
	}
	got := slices.Collect(x.Keys())
	slices.SortFunc(got, compareKeys)
	slices.SortFunc(keys, compareKeys)
	if diff := cmp.Diff(keys, got); diff != "" {
		t.Errorf("Keys: %s", diff)
	}
}

func compareKeys(a, b Key) int {
	if c := strings.Compare(string(a.Content[:]), string(b.Content[:])); c != 0 {
		return c
	}
	return int(a.View) - int(b.View)
}

func TestReadNamesTheMissingKey(t *testing.T) {
	s, space := open(t, storePath(t)), testSpace("a", 4)
	fill(t, s, space, keysOf(0, 1, 2))
	missing := Key{contentOf(0), 2}
	err := s.Read(space.ID(), []Key{{contentOf(0), 1}, missing}, make([]float32, 8))
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), missing.String()) {
		t.Errorf("got %v", err)
	}
	if err := s.Read(testSpace("b", 4).ID(), nil, nil); !errors.Is(err, ErrNoSpace) {
		t.Errorf("unknown space: got %v", err)
	}
}

func TestPutAgainChangesNothing(t *testing.T) {
	s, space := open(t, storePath(t)), testSpace("a", 4)
	keys := keysOf(0, 1, 1)
	fill(t, s, space, keys)
	w, err := s.NewWriter(space)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Put(keys[0], make([]float32, 4)), w.Close()); err != nil {
		t.Fatal(err)
	}
	checkRead(t, s, space, keys)
	if err := w.Put(keys[0], make([]float32, 4)); err == nil {
		t.Error("Put after Close succeeded")
	}
}

func TestPutCopies(t *testing.T) {
	s, space := open(t, storePath(t)), testSpace("a", 4)
	w, err := s.NewWriter(space)
	if err != nil {
		t.Fatal(err)
	}
	k := keysOf(0, 1, 1)
	f := featureOf(k[0], 4)
	if err := w.Put(k[0], f); err != nil {
		t.Fatal(err)
	}
	clear(f)
	if err := w.Put(k[0], f[:3]); err == nil {
		t.Error("a feature of the wrong width was taken")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	checkRead(t, s, space, k)
}

func TestBadImages(t *testing.T) {
	path, space := storePath(t), testSpace("a", 4)
	s := open(t, path)
	w, err := s.NewWriter(space)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.PutBad(contentOf(1), "truncated"), w.PutBad(contentOf(2), "a web page"), w.Close()); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	s = open(t, path)
	x, err := s.Index(space.ID())
	if err != nil {
		t.Fatal(err)
	}
	if reason, ok := x.Bad(contentOf(1)); !ok || reason != "truncated" {
		t.Errorf("got %q, %v", reason, ok)
	}
	fill(t, s, space, keysOf(1, 1, 1)) // now it can be read after all
	if _, ok := x.Bad(contentOf(1)); ok {
		t.Error("an image with features is still bad")
	}
	shut(t, s)
	s = open(t, path)
	if x, err = s.Index(space.ID()); err != nil {
		t.Fatal(err)
	}
	if _, ok := x.Bad(contentOf(1)); ok {
		t.Error("an image with features is bad again after reopening")
	}
	if _, ok := x.Bad(contentOf(2)); !ok {
		t.Error("the other bad image was forgotten")
	}
}

func TestSpacesAreKeptApart(t *testing.T) {
	path := storePath(t)
	s := open(t, path)
	a, b := testSpace("a", 4), testSpace("b", 8)
	fill(t, s, a, keysOf(0, 3, 2))
	fill(t, s, b, keysOf(0, 2, 1))
	checkRead(t, s, a, keysOf(0, 3, 2))
	checkRead(t, s, b, keysOf(0, 2, 1))
	if err := s.PutScan(b.ID(), testScan("/data", 4)); err != nil {
		t.Fatal(err)
	}
	infos, err := s.Spaces()
	if err != nil || len(infos) != 2 {
		t.Fatalf("%d spaces, %v", len(infos), err)
	}
	for _, i := range infos {
		switch i.ID {
		case a.ID():
			if i.Space != a || i.Features != 6 || i.Images != 3 || i.Bytes != 96 || i.Scan != nil || i.Last {
				t.Errorf("a: %+v", i)
			}
		case b.ID():
			if i.Space != b || i.Features != 2 || i.Images != 2 || i.Bytes != 64 || i.Scan == nil || i.Scan.Train != 2 || !i.Last {
				t.Errorf("b: %+v", i)
			}
		}
		if time.Since(i.Created) > time.Minute {
			t.Errorf("created %v", i.Created)
		}
	}
}

func TestSpaceIDCoversWhatShapesAFeature(t *testing.T) {
	base := testSpace("a", 4)
	if m := base; func() SpaceID { m.Model = "other"; return m.ID() }() != base.ID() {
		t.Error("the model's name changes the ID")
	}
	for _, change := range []func(*Space){
		func(s *Space) { s.Backbone[31]++ },
		func(s *Space) { s.Feature += "x" },
		func(s *Space) { s.Feature, s.Transform = s.Feature+s.Transform[:1], s.Transform[1:] },
		func(s *Space) { s.Transform += "x" },
		func(s *Space) { s.Numerics += "x" },
		func(s *Space) { s.Width++ },
	} {
		other := base
		change(&other)
		if other.ID() == base.ID() || base.difference(other) == "" {
			t.Errorf("same ID or no difference: %+v", other)
		}
	}
}

func TestLock(t *testing.T) {
	path := storePath(t)
	synctest.Test(t, func(t *testing.T) { // waiting takes no time
		s := open(t, path)
		for _, opt := range []Options{{}, {ReadOnly: true}, {Timeout: 50 * time.Millisecond}} {
			began := time.Now()
			if _, err := Open(path, opt); !errors.Is(err, ErrLocked) {
				t.Errorf("%+v: got %v", opt, err)
			}
			if waited := time.Since(began); waited < opt.Timeout {
				t.Errorf("%+v: it gave up after %v", opt, waited)
			}
		}
		got := make(chan *Store)
		go func() { got <- waitFor(t, path, Options{Timeout: 10 * time.Second, ReadOnly: true}) }()
		synctest.Wait() // it is waiting for the lock
		shut(t, s)
		s2 := <-got
		s3, err := Open(path, Options{ReadOnly: true})
		if err != nil {
			t.Fatalf("two readers: %v", err)
		}
		if err := errors.Join(s2.Close(), s3.Close()); err != nil {
			t.Fatal(err)
		}
	})
}

// waitFor opens a store, for a goroutine of a test. Without one it returns nil.
func waitFor(t *testing.T, path string, opt Options) *Store {
	s, err := Open(path, opt)
	if err != nil {
		t.Error(err)
	}
	return s
}

// A store that is replaced while one waits for its lock must not be written to:
// what is written would be gone.
func TestLockFollowsReplacedFile(t *testing.T) {
	path := storePath(t)
	synctest.Test(t, func(t *testing.T) { // waiting takes no time
		s := open(t, path)
		got := make(chan *Store)
		go func() { got <- waitFor(t, path, Options{Timeout: 10 * time.Second}) }()
		synctest.Wait() // it is waiting for the lock
		if err := os.Rename(path, path+".old"); err != nil {
			t.Fatal(err)
		}
		replacement := open(t, path)
		fill(t, replacement, testSpace("new", 4), keysOf(0, 1, 1))
		shut(t, s)
		time.Sleep(time.Second) // of the test's own clock: the lock is tried many times
		synctest.Wait()
		select {
		case <-got:
			t.Fatal("the replaced file was opened")
		default:
		}
		shut(t, replacement)
		if s2 := <-got; s2 != nil {
			checkRead(t, s2, testSpace("new", 4), keysOf(0, 1, 1))
			shut(t, s2)
		}
	})
}

func TestReadOnly(t *testing.T) {
	path, space := storePath(t), testSpace("a", 4)
	if _, err := Open(path, Options{ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: got %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{ReadOnly: true}); err == nil || !strings.Contains(err.Error(), "the file is empty; run extract first") {
		t.Errorf("empty: got %v", err)
	}
	s := open(t, path)
	fill(t, s, space, keysOf(0, 3, 1))
	shut(t, s)
	s, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	checkRead(t, s, space, keysOf(0, 3, 1))
	_, err1 := s.NewWriter(space)
	_, err2 := s.NewWriter(testSpace("b", 4))
	err3 := s.PutScan(space.ID(), testScan("/data", 1))
	for _, err := range []error{err1, err2, err3} {
		if !errors.Is(err, errReadOnly) {
			t.Errorf("got %v", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Two writers would give one slot to two features.
func TestOneWriterASpace(t *testing.T) {
	s := open(t, storePath(t))
	first, err := s.NewWriter(testSpace("a", 4))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.NewWriter(testSpace("a", 4)); err == nil || !strings.Contains(err.Error(), "already has a writer") {
		t.Errorf("a second writer: %v", err)
	}
	other, err := s.NewWriter(testSpace("b", 4))
	if err := errors.Join(err, first.Close()); err != nil {
		t.Fatal(err)
	}
	second, err := s.NewWriter(testSpace("a", 4))
	if err != nil {
		t.Fatal(err)
	}
	_ = first.Close() // once too often, and it is not the second's business
	if _, err := s.NewWriter(testSpace("a", 4)); err == nil {
		t.Error("a third writer beside the second")
	}
	if err := errors.Join(second.Close(), other.Close()); err != nil {
		t.Error(err)
	}
}

// Files that are not stores are refused and stay as they are.
func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other.db")
	db, err := bbolt.Open(other, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("kittens")); return err })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("PK\x03\x04 not a store ", 5000)
	for name, data := range map[string]string{"page.html": "<!doctype html>", "x.npz": big, "one": "x", "zeros": strings.Repeat("\x00", 40000)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		before, _ := os.ReadFile(path)
		for _, opt := range []Options{{}, {ReadOnly: true}} {
			_, err := Open(path, opt)
			if !errors.Is(err, ErrNotStore) || errors.Is(err, ErrDamaged) {
				t.Errorf("%s: got %v", e.Name(), err)
			}
		}
		if after, _ := os.ReadFile(path); string(after) != string(before) {
			t.Errorf("%s was changed", e.Name())
		}
	}
	if _, err := Open(dir, Options{}); err == nil {
		t.Error("a folder was opened")
	}
}

func TestFutureVersion(t *testing.T) {
	path := storePath(t)
	s := open(t, path)
	err := s.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(headerBucket).Put(formatKey, seal(formatKey, []byte{formatVersion + 1, 0, 0, 0}))
	})
	if err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	if _, err := Open(path, Options{}); !errors.Is(err, errVersion) {
		t.Errorf("got %v", err)
	}
}

// A file that a kill left before its header was written is a new store.
func TestHalfMadeStore(t *testing.T) {
	path := storePath(t)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	fill(t, open(t, path), testSpace("a", 4), keysOf(0, 1, 1))
}
