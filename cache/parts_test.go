package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPartsNote(t *testing.T) {
	for _, p := range []Parts{{}, {3, []int{1}, ""}, {3, []int{1, 3}, "0af9"}, {2, []int{1, 2}, "0af9"}, {1, []int{1}, ""}} {
		scan := &Scan{Ignored: []Ignored{{"notes.txt", "stray"}}}
		scan.setParts(Parts{7, []int{4}, "ff"}) // which the next takes the place of
		scan.setParts(p)
		if got, err := PartsOf(scan); err != nil || !cmp.Equal(got, p) {
			t.Errorf("%+v is read as %+v, error %v", p, got, err)
		}
		if n := len(scan.Ignored); p.Count == 0 && n != 1 || p.Count > 0 && n != 2 {
			t.Errorf("%+v: ignored %v", p, scan.Ignored)
		}
	}
	// As notes were before sets had fingerprints.
	scan := &Scan{Ignored: []Ignored{{partsPath, "not all of it: has only the shards 1,3 of 4"}}}
	if got, err := PartsOf(scan); err != nil || !cmp.Equal(got, Parts{4, []int{1, 3}, ""}) || !cmp.Equal(got.Missing(), []int{2, 4}) {
		t.Errorf("%+v, error %v", got, err)
	}
	for _, reason := range []string{
		"", "not all of it: has only the shards x of 3", "not all of it: has only the shards  of 3", "not all of it: has only the shards 4 of 3",
		"not all of it: has only the shards 0 of 3", "not all of it: has only the shards 2,1 of 3", "not all of it: has only the shards 1 of 99999999999",
		"not all of it: has only the shards 99999999999999999999 of 3", "not all of it: has only the shards 1 of 3; data set xyz",
	} {
		scan.Ignored[0].Reason = reason
		if got, err := PartsOf(scan); err == nil {
			t.Errorf("%q is read as %+v", reason, got)
		}
	}
}

func TestPartsJoin(t *testing.T) {
	p := func(count int, set string, have ...int) Parts { return Parts{count, have, set} }
	for _, c := range []struct{ newer, older, want Parts }{
		{p(4, "a", 1), p(4, "a", 3), p(4, "a", 1, 3)},
		{p(4, "", 1, 3), p(4, "a", 3, 2), p(4, "a", 1, 2, 3)},
		{p(4, "b", 1), p(4, "a", 2), p(4, "b", 1, 2)},
		{p(2, "a", 1), p(0, ""), p(2, "a", 1, 2)}, // a part of the whole, made anew
		{p(2, "b", 1), p(3, "a", 1, 2, 3), p(2, "b", 1, 2)},
		{p(0, ""), p(4, "a", 1), p(0, "")},
		{p(2, "a", 1, 2), p(4, "a", 1), p(2, "a", 1, 2)},
	} {
		if got, err := c.newer.join(c.older); err != nil || !cmp.Equal(got, c.want) {
			t.Errorf("%+v and %+v: %+v, error %v", c.newer, c.older, got, err)
		}
	}
	if _, err := p(4, "a", 1).join(p(5, "a", 1)); err == nil {
		t.Error("shards of 4 and of 5 were joined")
	}
}

func orderedScan(root string, n int) *Scan {
	scan := testScan(root, n)
	slices.SortFunc(scan.Images, dataOrder)
	return scan
}

// partOf is the part of a scan that one shard of it has, under a root of its own.
func partOf(whole *Scan, i, count int, set, root string) *Scan {
	s := *whole
	s.Root = root
	s.Images = slices.DeleteFunc(slices.Clone(whole.Images), func(img Image) bool { return PartOf(img.Path, count) != i })
	s.Bad, s.Ignored = nil, nil
	s.setParts(Parts{count, []int{i}, set})
	return &s
}

// Shards of one data set are joined wherever each has it mounted; what the scans do
// not prove to be one data set is not.
func TestMergeRoots(t *testing.T) {
	const n, set = 40, "5e7a"
	space := testSpace("a", 4)
	for _, c := range []struct {
		name   string
		second func(*Scan) // of the newer of two shards
		joined bool
	}{
		{"one data set", func(*Scan) {}, true},
		{"another data set", func(s *Scan) { s.setParts(Parts{2, []int{2}, "0bad"}) }, false},
		{"one is not known", func(s *Scan) { s.setParts(Parts{2, []int{2}, ""}) }, false},
		{"neither is known", func(s *Scan) { s.setParts(Parts{2, []int{2}, ""}) }, false},
		{"another division", func(s *Scan) { s.setParts(Parts{3, []int{2}, set}) }, false},
		{"never divided", func(s *Scan) { s.setParts(Parts{}) }, false},
		{"other classes", func(s *Scan) { s.Classes = []string{"ants", "wasps"} }, false},
		{"another seed", func(s *Scan) { s.Seed++ }, false},
		{"other views", func(s *Scan) { s.Views++ }, false},
	} {
		for _, swap := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, " ", swap), func(t *testing.T) {
				whole := orderedScan("", n)
				first, second := partOf(whole, 1, 2, set, "/mnt/1"), partOf(whole, 2, 2, set, "/mnt/2")
				second.Time = second.Time.Add(time.Hour)
				if c.second(second); c.name == "neither is known" {
					first.setParts(Parts{2, []int{1}, ""})
				}
				var stores []*Store
				for _, scan := range []*Scan{first, second} {
					s := open(t, storePath(t))
					fill(t, s, space, nil)
					if err := s.PutScan(space.ID(), scan); err != nil {
						t.Fatal(err)
					}
					stores = append(stores, s)
				}
				if swap {
					slices.Reverse(stores)
				}
				dst := open(t, storePath(t))
				for range 2 { // merging again changes nothing
					if _, err := Merge(context.Background(), dst, stores, nil); err != nil {
						t.Fatal(err)
					}
					got, err := dst.LastScan()
					if err != nil {
						t.Fatal(err)
					}
					want := second
					if c.joined {
						want = whole
					}
					if got.Root != "/mnt/2" || !cmp.Equal(contents(got), contents(want)) {
						t.Fatalf("root %s, %d images, want %d", got.Root, len(got.Images), len(want.Images))
					}
					parts, err := PartsOf(got)
					if err != nil || c.joined && !cmp.Equal(parts, Parts{2, []int{1, 2}, set}) {
						t.Errorf("%+v, error %v", parts, err)
					}
				}
				if c.joined {
					trusted(t, dst, whole)
				}
			})
		}
	}
}

func contents(s *Scan) (list []string) {
	for _, img := range s.Images {
		list = append(list, fmt.Sprint(img.Path, " ", img.Split, img.Label, " ", img.Content))
	}
	return list
}

// trusted checks that of files under the root /mnt/2 only those are known that were
// seen there: the same stamp under another root may be another file's.
func trusted(t *testing.T, s *Store, whole *Scan) {
	t.Helper()
	known, err := s.Known("/mnt/2")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := s.Known("/mnt/1")
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range whole.Images {
		c, ok := known.Content(img.Path, img.Stamp)
		if seen := PartOf(img.Path, 2) == 2; ok != seen || ok && c != img.Content {
			t.Errorf("%s, seen under the root %v: known %v", img.Path, seen, ok)
		}
		if _, ok := elsewhere.Content(img.Path, img.Stamp); ok {
			t.Errorf("%s is known under a root of which there is no scan", img.Path)
		}
	}
}

// A shard that has been made anew replaces its part of what was merged before:
// images that are gone, or have another label, are not there twice.
func TestMergeShardAnew(t *testing.T) {
	const n = 40
	for _, root := range []string{"/data", "/elsewhere"} {
		t.Run(root, func(t *testing.T) {
			space := testSpace("a", 4)
			whole := orderedScan("/data", n)
			dst := open(t, storePath(t))
			merge := func(scans ...*Scan) {
				t.Helper()
				for _, scan := range scans {
					s := open(t, storePath(t))
					fill(t, s, space, nil)
					err := s.PutScan(space.ID(), scan)
					if err == nil {
						_, err = Merge(context.Background(), dst, []*Store{s}, nil)
					}
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			merge(partOf(whole, 1, 2, "a", "/data"), partOf(whole, 2, 2, "a", "/data"))
			tomorrow := *whole
			tomorrow.Time = whole.Time.Add(24 * time.Hour)
			tomorrow.Images = slices.Clone(whole.Images[:n-5]) // five are gone, and one is taken for another class
			moved := &tomorrow.Images[3]
			moved.Label = 1 - moved.Label
			moved.Path = strings.Replace(moved.Path, "/", "/x", 1)
			slices.SortFunc(tomorrow.Images, dataOrder)
			second := partOf(&tomorrow, 2, 2, "b", root)
			second.Time = second.Time.Add(-time.Minute) // tasks don't begin at one time
			merge(partOf(&tomorrow, 1, 2, "b", root), second)
			got, err := dst.LastScan()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(contents(&tomorrow), contents(got)); diff != "" || got.Root != root {
				t.Errorf("root %s: %s", got.Root, diff)
			}
			if p, err := PartsOf(got); err != nil || len(p.Missing()) > 0 || p.Set != "b" {
				t.Errorf("%+v, error %v", p, err)
			}
		})
	}
}

func TestMergeOtherDivisions(t *testing.T) {
	space := testSpace("a", 4)
	whole := orderedScan("/data", 40)
	var stores []*Store
	for _, count := range []int{2, 3} {
		s := open(t, storePath(t))
		fill(t, s, space, nil)
		if err := s.PutScan(space.ID(), partOf(whole, 1, count, "a", "/data")); err != nil {
			t.Fatal(err)
		}
		stores = append(stores, s)
	}
	_, err := Merge(context.Background(), open(t, storePath(t)), stores, nil)
	if !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), "shards of 3 and another of 2") && !strings.Contains(err.Error(), "shards of 2 and another of 3") {
		t.Errorf("got %v", err)
	}
}

func FuzzPartsOf(f *testing.F) {
	for _, p := range []Parts{{3, []int{1, 3}, "0af9"}, {2, []int{1, 2}, ""}} {
		f.Add(p.Note().Reason)
	}
	f.Fuzz(func(t *testing.T, reason string) {
		p, err := PartsOf(&Scan{Ignored: []Ignored{{partsPath, reason}}})
		if err != nil || p.Count > 1<<20 {
			return
		}
		again, err := PartsOf(&Scan{Ignored: []Ignored{p.Note()}})
		if err != nil || !cmp.Equal(again, p) {
			t.Errorf("%q is %+v, and then %+v, error %v", reason, p, again, err)
		}
		if len(p.Have)+len(p.Missing()) != p.Count {
			t.Errorf("%q: has %v, lacks %v of %d", reason, p.Have, p.Missing(), p.Count)
		}
	})
}
