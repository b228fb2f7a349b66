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

	"featurecache/cache/folder"
)

// byPath is the data set's order: testScan's classes are in the order of their labels,
// and train comes before val.
func byPath(a, b folder.Image) int { return strings.Compare(a.Path, b.Path) }

func orderedScan(root string, n int) *folder.Scan {
	scan := testScan(root, n)
	slices.SortFunc(scan.Images, byPath)
	return scan
}

// shardOf is one shard of a scan, under a root of its own.
func shardOf(whole *folder.Scan, i, count int, set, root string) *folder.Scan {
	s := *whole
	s.Root = root
	s.Images = slices.DeleteFunc(slices.Clone(whole.Images), func(img folder.Image) bool { return folder.ShardOf(img.Path, count) != i })
	s.Bad, s.Ignored = nil, nil
	s.Shards = folder.Shards{Count: count, Have: []int{i}, Set: set}
	return &s
}

// Shards of one data set are joined wherever each has it mounted; what the scans do
// not prove to be one data set is not.
func TestMergeRoots(t *testing.T) {
	const n, set = 40, "5e7a"
	space := testSpace("a", 4)
	for _, c := range []struct {
		name   string
		second func(*folder.Scan) // of the newer of two shards
		joined bool
	}{
		{"one data set", func(*folder.Scan) {}, true},
		{"another data set", func(s *folder.Scan) { s.Shards = folder.Shards{Count: 2, Have: []int{2}, Set: "0bad"} }, false},
		{"one is not known", func(s *folder.Scan) { s.Shards = folder.Shards{Count: 2, Have: []int{2}, Set: ""} }, false},
		{"neither is known", func(s *folder.Scan) { s.Shards = folder.Shards{Count: 2, Have: []int{2}, Set: ""} }, false},
		{"another division", func(s *folder.Scan) { s.Shards = folder.Shards{Count: 3, Have: []int{2}, Set: set} }, false},
		{"never divided", func(s *folder.Scan) { s.Shards = folder.Shards{} }, false},
		{"other classes", func(s *folder.Scan) { s.Classes = []string{"ants", "wasps"} }, false},
		{"another seed", func(s *folder.Scan) { s.Seed++ }, false},
		{"other views", func(s *folder.Scan) { s.Views++ }, false},
	} {
		for _, swap := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, " ", swap), func(t *testing.T) {
				whole := orderedScan("", n)
				first, second := shardOf(whole, 1, 2, set, "/mnt/1"), shardOf(whole, 2, 2, set, "/mnt/2")
				second.Time = second.Time.Add(time.Hour)
				if c.second(second); c.name == "neither is known" {
					first.Shards = folder.Shards{Count: 2, Have: []int{1}, Set: ""}
				}
				var stores []*Store
				for _, scan := range []*folder.Scan{first, second} {
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
					if err := mergeStores(context.Background(), dst, stores, &MergeReport{}, nil); err != nil {
						t.Fatal(err)
					}
					_, got, err := dst.LastScan()
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
					if c.joined && !cmp.Equal(got.Shards, folder.Shards{Count: 2, Have: []int{1, 2}, Set: set}) {
						t.Errorf("%+v", got.Shards)
					}
				}
				if c.joined {
					trusted(t, dst, whole)
				}
			})
		}
	}
}

func contents(s *folder.Scan) (list []string) {
	for _, img := range s.Images {
		list = append(list, fmt.Sprint(img.Path, " ", img.Split, img.Label, " ", img.Content))
	}
	return list
}

// trusted checks that of files under the root /mnt/2 only those are known that were
// seen there: the same stamp under another root may be another file's.
func trusted(t *testing.T, s *Store, whole *folder.Scan) {
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
		if seen := folder.ShardOf(img.Path, 2) == 2; ok != seen || ok && c != img.Content {
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
			merge := func(scans ...*folder.Scan) {
				t.Helper()
				for _, scan := range scans {
					s := open(t, storePath(t))
					fill(t, s, space, nil)
					err := s.PutScan(space.ID(), scan)
					if err == nil {
						err = mergeStores(context.Background(), dst, []*Store{s}, &MergeReport{}, nil)
					}
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			merge(shardOf(whole, 1, 2, "a", "/data"), shardOf(whole, 2, 2, "a", "/data"))
			tomorrow := *whole
			tomorrow.Time = whole.Time.Add(24 * time.Hour)
			tomorrow.Images = slices.Clone(whole.Images[:n-5]) // five are gone, and one is taken for another class
			moved := &tomorrow.Images[3]
			moved.Label = 1 - moved.Label
			moved.Path = strings.Replace(moved.Path, "/", "/x", 1)
			slices.SortFunc(tomorrow.Images, byPath)
			second := shardOf(&tomorrow, 2, 2, "b", root)
			second.Time = second.Time.Add(-time.Minute) // tasks don't begin at one time
			merge(shardOf(&tomorrow, 1, 2, "b", root), second)
			_, got, err := dst.LastScan()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(contents(&tomorrow), contents(got)); diff != "" || got.Root != root {
				t.Errorf("root %s: %s", got.Root, diff)
			}
			if !got.Shards.Whole() || got.Shards.Set != "b" {
				t.Errorf("%+v", got.Shards)
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
		if err := s.PutScan(space.ID(), shardOf(whole, 1, count, "a", "/data")); err != nil {
			t.Fatal(err)
		}
		stores = append(stores, s)
	}
	err := mergeStores(context.Background(), open(t, storePath(t)), stores, &MergeReport{}, nil)
	if !errors.Is(err, errConflict) || !strings.Contains(err.Error(), "shards of 3 and another of 2") && !strings.Contains(err.Error(), "shards of 2 and another of 3") {
		t.Errorf("got %v", err)
	}
}
