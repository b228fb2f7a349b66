package cache

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"featurecache/cache/folder"
)

func TestGC(t *testing.T) {
	path := storePath(t)
	s := open(t, path)
	live, other, dead := testSpace("live", 512), testSpace("other", 8), testSpace("dead", 16)
	fill(t, s, dead, keysOf(0, 100, 1))
	fill(t, s, other, keysOf(0, 10, 2))
	for i := range 30 { // night by night, an image each
		fill(t, s, live, keysOf(i, 1, 3))
	}
	w, err := s.NewWriter(live)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(w.PutBad(contentOf(100), "truncated"), w.PutBad(contentOf(101), "empty"), w.Close())
	scan := testScan("/data", 20)
	slices.Reverse(scan.Images)
	scan.Bad = []folder.BadImage{{Image: folder.Image{Path: "x", Content: contentOf(100)}, Reason: "truncated"}}
	if err := errors.Join(err, s.PutScan(live.ID(), scan)); err != nil {
		t.Fatal(err)
	}
	before, _ := s.Spaces()
	shut(t, s)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".gc", []byte("left by a kill"), 0o600); err != nil {
		t.Fatal(err)
	}

	r, err := GC(context.Background(), path, GCOptions{Keep: []SpaceID{other.ID()}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Spaces != 2 || r.SpacesDropped != 1 || r.Features != 80 || r.FeaturesDropped != 130 || r.After >= r.Before {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(path + ".gc"); err == nil {
		t.Error("a temporary file is left")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 || info.Size() != r.After {
		t.Errorf("%v, %v", info, err)
	}
	s = open(t, path)
	verify(t, s)
	checkRead(t, s, live, keysOf(0, 20, 3))
	checkRead(t, s, other, keysOf(0, 10, 2))
	x, err := s.Index(live.ID())
	if err != nil {
		t.Fatal(err)
	}
	if x.Len() != 60 || x.Has(Key{contentOf(20), 0}) {
		t.Errorf("%d features", x.Len())
	}
	if k := slices.Collect(x.Keys()); k[0] != (Key{contentOf(19), 0}) || k[2].View != 2 {
		t.Errorf("not in the scan's order: %v", k[:3])
	}
	_, bad100 := x.Bad(contentOf(100))
	_, bad101 := x.Bad(contentOf(101))
	if !bad100 || bad101 {
		t.Errorf("bad images: %v, %v", bad100, bad101)
	}
	if id, got, err := s.LastScan(); err != nil || id != live.ID() || cmp.Diff(scan, got) != "" {
		t.Errorf("%v, %s", err, cmp.Diff(scan, got))
	}
	after, _ := s.Spaces()
	for _, a := range after {
		i := slices.IndexFunc(before, func(b SpaceInfo) bool { return b.ID == a.ID })
		if !before[i].Created.Equal(a.Created) {
			t.Error("the time of creation was lost")
		}
	}
}

func TestGCLeavesTheStoreWhenItFails(t *testing.T) {
	path := storePath(t)
	s := open(t, path)
	space := testSpace("a", 512)
	fill(t, s, space, keysOf(0, 10, 1))
	if _, err := GC(context.Background(), path, GCOptions{}); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v", err)
	}
	shut(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := GC(ctx, path, GCOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := GC(context.Background(), path+"x", GCOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	for _, p := range []string{path + ".gc", path + "x"} {
		if _, err := os.Stat(p); err == nil {
			t.Errorf("%s is left", p)
		}
	}
	checkRead(t, open(t, path), space, keysOf(0, 10, 1))
}

func TestSetAside(t *testing.T) {
	path := storePath(t)
	now := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	for _, want := range []string{".damaged-20261124T030000Z", ".damaged-20261124T030000Z-2"} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := setAside(path, now)
		if err != nil || got != path+want {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if _, err := setAside(path, now); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
