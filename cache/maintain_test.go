package cache

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
)

func verify(t *testing.T, s *Store) VerifyReport {
	t.Helper()
	r, err := s.Verify(context.Background(), nil)
	if err != nil {
		t.Fatalf("%v: %v", err, r.Problems)
	}
	return r
}

func TestVerifyGoodStore(t *testing.T) {
	s := open(t, storePath(t))
	a, b := testSpace("a", 512), testSpace("b", 3)
	fill(t, s, a, keysOf(0, 60, 25))
	fill(t, s, b, keysOf(0, 7, 2))
	if err := s.PutScan(a.ID(), testScan("/data", 60)); err != nil {
		t.Fatal(err)
	}
	var last, total int
	r, err := s.Verify(context.Background(), func(done, all int) { last, total = done, all })
	if err != nil {
		t.Fatal(err)
	}
	want := VerifyReport{Spaces: 2, Blocks: 4, Features: 1514, Scans: 1}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if last != 4 || total != 4 {
		t.Errorf("progress %d of %d", last, total)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Verify(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// What Verify finds in values that bbolt itself has nothing to say against.
func TestVerifyFindsWrongValues(t *testing.T) {
	space := testSpace("a", 4)
	id := space.ID()
	in := func(tx *bbolt.Tx) *bbolt.Bucket { return tx.Bucket(spacesBucket).Bucket(id[:]) }
	block := func(tx *bbolt.Tx, n uint32) *bbolt.Bucket { return in(tx).Bucket(blocksBucket).Bucket(blockKey(n)) }
	flip := func(b *bbolt.Bucket, key []byte, at int) error {
		v := slices.Clone(b.Get(key))
		v[(at+len(v))%len(v)] ^= 4
		return b.Put(key, v)
	}
	for name, c := range map[string]struct {
		spoil func(tx *bbolt.Tx) error
		says  string
	}{
		"feature":     {func(tx *bbolt.Tx) error { return flip(block(tx, 1), featuresKey, -1) }, "block 1: the store is damaged: wrong checksum"},
		"checksum":    {func(tx *bbolt.Tx) error { return flip(block(tx, 0), featuresKey, 0) }, "block 0"},
		"row":         {func(tx *bbolt.Tx) error { return flip(block(tx, 0), contentKey, 0) }, "content of block 0"},
		"short":       {func(tx *bbolt.Tx) error { return block(tx, 0).Put(featuresKey, []byte{1, 2}) }, "block 0"},
		"fewer":       {func(tx *bbolt.Tx) error { b := block(tx, 0); return b.Put(featuresKey, b.Get(featuresKey)[:40]) }, "2 features, and a row of 6"},
		"no features": {func(tx *bbolt.Tx) error { return block(tx, 0).Delete(featuresKey) }, "block 0"},
		"no row":      {func(tx *bbolt.Tx) error { return block(tx, 0).Delete(contentKey) }, "content of block 0"},
		"bad image":   {func(tx *bbolt.Tx) error { return in(tx).Bucket(badBucket).Put([]byte("x"), seal([]byte("x"), nil)) }, "bad image"},
		"description": {func(tx *bbolt.Tx) error { return flip(in(tx), spaceKey, 3) }, "description"},
		"scan":        {func(tx *bbolt.Tx) error { return flip(tx.Bucket(scansBucket), id[:], 2) }, "scan"},
		"last":        {func(tx *bbolt.Tx) error { return flip(tx.Bucket(headerBucket), lastKey, 2) }, "which scan"},
		"chunk": {func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket(manifestBucket).Cursor().First()
			return flip(tx.Bucket(manifestBucket), k, 9)
		}, "chunk"},
		"chunk gone": {func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket(manifestBucket).Cursor().First()
			return tx.Bucket(manifestBucket).Delete(k)
		}, "chunk"},
		"moved blocks": {func(tx *bbolt.Tx) error {
			return block(tx, 0).Put(contentKey, slices.Clone(block(tx, 1).Get(contentKey)))
		}, "content of block 0"},
		"key twice": {func(tx *bbolt.Tx) error {
			b := spaceBuckets{blocks: in(tx).Bucket(blocksBucket)}
			k := keysOf(0, 1, 1)
			_, err := b.putBlock(appendRow(nil, groupKeys(k)), appendBlock(nil, newSummer(id), k, appendFloats(nil, featureOf(k[0], 4))))
			return err
		}, "is in block 0 too"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, storePath(t))
			fill(t, s, space, keysOf(0, 3, 2))
			fill(t, s, space, keysOf(3, 3, 2))
			if err := s.PutScan(id, testScan("/data", 6)); err != nil {
				t.Fatal(err)
			}
			verify(t, s)
			if err := s.db.Update(c.spoil); err != nil {
				t.Fatal(err)
			}
			r, err := s.Verify(context.Background(), nil)
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			for _, p := range r.Problems {
				if !errors.Is(p, ErrDamaged) {
					t.Errorf("a problem that is no damage: %v", p)
				}
			}
		})
	}
}

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
	scan.Bad = []BadImage{{Image{Path: "x", Content: contentOf(100)}, "truncated"}}
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
	scan.Space = live.ID()
	if got, err := s.LastScan(); err != nil || cmp.Diff(scan, got) != "" {
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
			scan.Bad = []BadImage{{bad, "empty"}}
			scan.Ignored = []Ignored{{"a.gif", "extension"}}
		}
		if err := s.PutScan(space.ID(), scan); err != nil {
			t.Fatal(err)
		}
		return s
	}
	shards := []*Store{shard(0), shard(1), shard(2)}
	dst := open(t, storePath(t))
	r, err := Merge(context.Background(), dst, shards, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r != (MergeReport{Added: 117}) {
		t.Errorf("%+v", r)
	}
	check := func() {
		t.Helper()
		verify(t, dst)
		checkRead(t, dst, space, slices.DeleteFunc(slices.Clone(all), func(k Key) bool { return k.Content == contentOf(30) }))
		scan, err := dst.LastScan()
		if err != nil {
			t.Fatal(err)
		}
		if len(scan.Images) != 39 || len(scan.Bad) != 1 || scan.Bad[0].Reason != "empty" || len(scan.Ignored) != 1 {
			t.Errorf("%d images, bad %v, ignored %v", len(scan.Images), scan.Bad, scan.Ignored)
		}
		if !slices.IsSortedFunc(scan.Images, dataOrder) {
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
	if r, err = Merge(context.Background(), dst, shards, nil); err != nil || r != (MergeReport{Same: 117}) {
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
	if diff := cmp.Diff(want, x.Missing(testScan("/data", 10))); diff != "" {
		t.Error(diff)
	}
	scan := testScan("/data", 2)
	scan.Views = 3
	if diff := cmp.Diff([]Key{{contentOf(0), 3}}, x.Missing(scan)); diff != "" {
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
		_, err := Merge(context.Background(), dst, []*Store{make1(c.space, keysOf(0, 2, 1))}, nil)
		if !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), c.says) {
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
	_, err = Merge(context.Background(), dst, []*Store{src}, nil)
	if !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), k.String()) {
		t.Errorf("got %v", err)
	}
	checkRead(t, dst, base, keysOf(0, 2, 1))
}

func TestJoinScans(t *testing.T) {
	base := func() *Scan { return testScan("/data", 4) }
	newer := func(change func(*Scan)) *Scan {
		s := base()
		s.Time = s.Time.Add(time.Hour)
		change(s)
		return s
	}
	path := base().Images[0].Path
	find := func(s *Scan) (content Content, reason string) {
		for _, img := range s.Images {
			if img.Path == path {
				return img.Content, ""
			}
		}
		for _, bad := range s.Bad {
			if bad.Path == path {
				return bad.Content, bad.Reason
			}
		}
		return Content{}, "gone"
	}
	toBad := func(s *Scan, c Content, reason string) {
		img := s.Images[0]
		img.Content = c
		s.Bad = append(s.Bad, BadImage{img, reason})
		s.Images = s.Images[1:]
	}
	for name, c := range map[string]struct {
		a, b    *Scan
		content Content
		reason  string
	}{
		"same":                    {base(), newer(func(*Scan) {}), contentOf(0), ""},
		"newer content":           {base(), newer(func(s *Scan) { s.Images[0].Content = contentOf(9) }), contentOf(9), ""},
		"bad in one":              {base(), newer(func(s *Scan) { toBad(s, contentOf(0), "empty") }), contentOf(0), "empty"},
		"bad in the older":        {newer(func(*Scan) {}), func() *Scan { s := base(); toBad(s, contentOf(0), "empty"); return s }(), contentOf(0), "empty"},
		"unreadable in one":       {base(), newer(func(s *Scan) { toBad(s, Content{}, "permission denied") }), contentOf(0), ""},
		"mended":                  {func() *Scan { s := base(); toBad(s, contentOf(8), "empty"); return s }(), newer(func(*Scan) {}), contentOf(0), ""},
		"unreadable in the older": {func() *Scan { s := base(); toBad(s, Content{}, "permission denied"); return s }(), newer(func(*Scan) {}), contentOf(0), ""},
	} {
		for _, order := range [][2]*Scan{{c.a, c.b}, {c.b, c.a}} {
			j, err := joinScans(order[0], order[1])
			if err != nil {
				t.Fatal(err)
			}
			if content, reason := find(j); content != c.content || reason != c.reason {
				t.Errorf("%s: got %v, %q", name, content, reason)
			}
			if !j.Time.Equal(base().Time) || len(j.Images)+len(j.Bad) != 4 {
				t.Errorf("%s: time %v, %d images, %d bad", name, j.Time, len(j.Images), len(j.Bad))
			}
		}
	}
	for name, spoil := range map[string]func(*Scan){
		"classes": func(s *Scan) { s.Classes = []string{"ants", "wasps"} },
		"seeds":   func(s *Scan) { s.Seed++ },
	} {
		if _, err := joinScans(base(), newer(spoil)); err == nil || !strings.Contains(err.Error(), name+" differ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestSetAside(t *testing.T) {
	path := storePath(t)
	now := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	for _, want := range []string{".damaged-20261124T030000Z", ".damaged-20261124T030000Z-2"} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := SetAside(path, now)
		if err != nil || got != path+want {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if _, err := SetAside(path, now); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
