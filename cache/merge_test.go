package cache

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featurecache/cache/folder"
)

func TestMerge(t *testing.T) {
	space := testSpace("a", 16)
	all := keysOf(0, 40, 3)
	shard := func(i int) *Store {
		s := open(t, storePath(t))
		var keys []Key
		scan := testScan("/data", 40)
		scan.Views = 3
		for j, k := range all {
			if j/3%3 == i && j/3 != 30 {
				keys = append(keys, k)
			}
		}
		fill(t, s, space, keys)
		if i == 0 { // only the shard that tries image 30 knows that it is bad
			w, err := s.NewWriter(space)
			if err := errors.Join(err, w.PutBad(contentOf(30), "empty"), w.Close()); err != nil {
				t.Fatal(err)
			}
			bad := scan.Images[30]
			scan.Images = slices.Delete(scan.Images, 30, 31)
			scan.Bad = []folder.BadImage{{Image: bad, Reason: "empty"}}
			scan.Ignored = []folder.Ignored{{Path: "a.gif", Reason: "extension"}}
		}
		if err := s.PutScan(space.ID(), scan); err != nil {
			t.Fatal(err)
		}
		return s
	}
	shards := []*Store{shard(0), shard(1), shard(2)}
	dst := open(t, storePath(t))
	var r MergeReport
	err := mergeStores(context.Background(), dst, shards, &r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Added != 117 || r.Same != 0 {
		t.Errorf("%+v", r)
	}
	check := func() {
		t.Helper()
		verify(t, dst)
		checkRead(t, dst, space, slices.DeleteFunc(slices.Clone(all), func(k Key) bool { return k.Content == contentOf(30) }))
		_, scan, err := dst.LastScan()
		if err != nil {
			t.Fatal(err)
		}
		if len(scan.Images) != 39 || len(scan.Bad) != 1 || scan.Bad[0].Reason != "empty" || len(scan.Ignored) != 1 {
			t.Errorf("%d images, bad %v, ignored %v", len(scan.Images), scan.Bad, scan.Ignored)
		}
		if !slices.IsSortedFunc(scan.Images, byPath) {
			t.Error("not in the data set's order")
		}
		x, err := dst.Index(space.ID())
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := x.Bad(contentOf(30)); !ok {
			t.Error("the bad image was forgotten")
		}
	}
	check()
	r = MergeReport{}
	if err = mergeStores(context.Background(), dst, shards, &r, nil); err != nil || r.Added != 0 || r.Same != 117 {
		t.Errorf("merging again: %+v, %v", r, err)
	}
	check()
}

func TestMergeNamesGaps(t *testing.T) {
	space := testSpace("a", 16)
	s := open(t, storePath(t))
	fill(t, s, space, keysOf(0, 9, 3))
	x, err := s.Index(space.ID())
	if err != nil {
		t.Fatal(err)
	}
	want := []Key{{contentOf(9), 0}} // the last of ten images, for validation
	if diff := cmp.Diff(want, x.missing(testScan("/data", 10))); diff != "" {
		t.Error(diff)
	}
	scan := testScan("/data", 2)
	scan.Views = 3
	if diff := cmp.Diff([]Key{{contentOf(0), 3}}, x.missing(scan)); diff != "" {
		t.Error(diff)
	}
}

func TestMergeRefuses(t *testing.T) {
	make1 := func(space Space, keys []Key) *Store {
		s := open(t, storePath(t))
		fill(t, s, space, keys)
		return s
	}
	base := testSpace("a", 8)
	other := base
	other.Transform = "another"
	wider := base
	wider.Width = 16
	backbone := base
	backbone.Backbone, backbone.Model = sha256.Sum256(nil), "new.onnx"
	for _, c := range []struct {
		space Space
		says  string
	}{{other, "transform"}, {wider, "width 8 and 16"}, {backbone, "new.onnx"}} {
		dst := make1(base, keysOf(0, 2, 1))
		err := mergeStores(context.Background(), dst, []*Store{make1(c.space, keysOf(0, 2, 1))}, &MergeReport{}, nil)
		if !errors.Is(err, errConflict) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("got %v, want %q", err, c.says)
		}
		if spaces, _ := dst.Spaces(); len(spaces) != 1 {
			t.Errorf("%d spaces after a merge that was refused", len(spaces))
		}
	}
	// The same key with other bits.
	src := open(t, storePath(t))
	w, err := src.NewWriter(base)
	if err != nil {
		t.Fatal(err)
	}
	k := keysOf(1, 1, 1)[0]
	if err := errors.Join(w.Put(k, make([]float32, 8)), w.Close()); err != nil {
		t.Fatal(err)
	}
	dst := make1(base, keysOf(0, 2, 1))
	err = mergeStores(context.Background(), dst, []*Store{src}, &MergeReport{}, nil)
	if !errors.Is(err, errConflict) || !strings.Contains(err.Error(), k.String()) {
		t.Errorf("got %v", err)
	}
	checkRead(t, dst, base, keysOf(0, 2, 1))
}
