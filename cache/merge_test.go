package cache

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
			if len(j.Images)+len(j.Bad) != 4 {
				t.Errorf("%s: %d images, %d bad", name, len(j.Images), len(j.Bad))
			}
			// The time is the earlier, which trusts fewer stamps, where an earlier stamp counts.
			if early := name == "unreadable in one"; j.Time.Equal(base().Time) != early {
				t.Errorf("%s: time %v", name, j.Time)
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
