package cache

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"featurecache/cache/folder"
)

func newSpace(t *testing.T, s *Store, space Space) SpaceID {
	t.Helper()
	w, err := s.NewWriter(space)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return space.ID()
}

func TestScanComesBackAsItWas(t *testing.T) {
	path := storePath(t)
	s := open(t, path)
	if _, _, err := s.LastScan(); !errors.Is(err, ErrNoScan) {
		t.Fatalf("got %v", err)
	}
	a, b := newSpace(t, s, testSpace("a", 4)), newSpace(t, s, testSpace("b", 4))
	for _, n := range []int{0, 1, 3000, 40} {
		scan := testScan("/data/hymenoptera", n)
		scan.Bad = []folder.BadImage{
			{Image: folder.Image{Path: "train/ants/\xff\n.jpg", Label: 0, Content: contentOf(-1), Stamp: folder.Stamp{ModTimeNS: -5, Inode: 1 << 63}}, Reason: "not an image: a web page"},
			{Image: folder.Image{Path: "val/bees/locked.jpg", Split: folder.Val, Label: 1}, Reason: "permission denied"},
		}
		scan.Ignored = []folder.Ignored{{Path: "train/ants/imageNotFound.gif", Reason: "extension"}, {Path: "train/.git", Reason: "hidden"}}
		if err := s.PutScan(a, scan); err != nil {
			t.Fatal(err)
		}
		id, got, err := s.LastScan()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(scan, got); id != a || diff != "" {
			t.Fatal(diff)
		}
	}
	if err := s.PutScan(b, testScan("/other", 5)); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	s = open(t, path)
	id, last, err1 := s.LastScan()
	first, err2 := s.Scan(a)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if id != b || last.Root != "/other" || len(last.Images) != 5 || len(first.Images) != 40 {
		t.Errorf("last scan %v of %d, a's of %d images", last.Root, len(last.Images), len(first.Images))
	}
}

func TestScanRefusesWhatMakesNoSense(t *testing.T) {
	s := open(t, storePath(t))
	id := newSpace(t, s, testSpace("a", 4))
	for name, spoil := range map[string]func(*folder.Scan){
		"label":     func(s *folder.Scan) { s.Images[0].Label = 2 },
		"bad label": func(s *folder.Scan) { s.Bad = []folder.BadImage{{Image: folder.Image{Label: -1}, Reason: "x"}} },
		"split":     func(s *folder.Scan) { s.Images[0].Split = 2 },
		"views":     func(s *folder.Scan) { s.Views = -1 },
	} {
		scan := testScan("/data", 2)
		spoil(scan)
		if err := s.PutScan(id, scan); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := s.PutScan(SpaceID{}, testScan("/data", 2)); !errors.Is(err, ErrNoSpace) {
		t.Errorf("got %v", err)
	}
}

func TestKnown(t *testing.T) {
	s := open(t, storePath(t))
	id := newSpace(t, s, testSpace("a", 4))
	scan := testScan("/data", 100)
	scan.Bad = []folder.BadImage{{Image: folder.Image{Path: "bad", Content: contentOf(-1), Stamp: scan.Images[0].Stamp}, Reason: "x"}, {Image: folder.Image{Path: "unreadable"}, Reason: "x"}}
	if err := s.PutScan(id, scan); err != nil {
		t.Fatal(err)
	}
	known, err := s.Known("/data")
	if err != nil {
		t.Fatal(err)
	}
	if known.Len() != 101 {
		t.Errorf("%d files known", known.Len())
	}
	img := scan.Images[42]
	if c, ok := known.Content(img.Path, img.Stamp); !ok || c != img.Content {
		t.Error("an unchanged file is not known")
	}
	if _, ok := known.Content("bad", scan.Bad[0].Stamp); !ok {
		t.Error("a bad image would be read every night")
	}
	if _, ok := known.Content("unreadable", folder.Stamp{}); ok {
		t.Error("a file that was never read is known")
	}
	for _, change := range []func(*folder.Stamp){
		func(s *folder.Stamp) { s.Size++ }, func(s *folder.Stamp) { s.ModTimeNS++ }, func(s *folder.Stamp) { s.Inode++ },
	} {
		stamp := img.Stamp
		change(&stamp)
		if _, ok := known.Content(img.Path, stamp); ok {
			t.Errorf("known in spite of its stamp %+v", stamp)
		}
	}
	if other, err := s.Known("/elsewhere"); err != nil || other.Len() != 0 {
		t.Errorf("another root: %d files, %v", other.Len(), err)
	}
}

// Files are known in whatever order they are asked for, with new ones between them
// and others gone.
func TestKnownInAnyOrder(t *testing.T) {
	s := open(t, storePath(t))
	id := newSpace(t, s, testSpace("a", 4))
	scan := testScan("/data", 50)
	if err := s.PutScan(id, scan); err != nil {
		t.Fatal(err)
	}
	backwards := slices.Clone(scan.Images)
	slices.Reverse(backwards)
	fresh := testScan("/data", 60).Images[55]
	fresh.Path = "train/ants/new.jpg"
	for name, asked := range map[string][]folder.Image{
		"in order":  scan.Images,
		"backwards": backwards,
		"twice":     slices.Concat(scan.Images, scan.Images),
		"gone":      slices.Concat(scan.Images[3:10], scan.Images[20:]),
		"new":       slices.Concat(scan.Images[:5], []folder.Image{fresh}, scan.Images[5:], []folder.Image{fresh}),
	} {
		known, err := s.Known("/data")
		if err != nil {
			t.Fatal(err)
		}
		for i, img := range asked {
			c, ok := known.Content(img.Path, img.Stamp)
			if want := img.Path != fresh.Path; ok != want || ok && c != img.Content {
				t.Errorf("%s: file %d: known %v", name, i, ok)
			}
		}
	}
}

// A file that is not older than the scan may have changed after it was read.
func TestRacyFilesAreNotTrusted(t *testing.T) {
	s := open(t, storePath(t))
	id := newSpace(t, s, testSpace("a", 4))
	scan := testScan("/data", 4)
	const window = 2 * time.Second // see folder.Scan.Racy
	start := scan.Time
	for i, age := range []time.Duration{-time.Hour, 0, window, window + 1} {
		scan.Images[i].Stamp.ModTimeNS = start.Add(-age).UnixNano()
	}
	isKnown := func() (got [4]bool) {
		if err := s.PutScan(id, scan); err != nil {
			t.Fatal(err)
		}
		known, err := s.Known("/data")
		if err != nil {
			t.Fatal(err)
		}
		for i, img := range scan.Images {
			_, got[i] = known.Content(img.Path, img.Stamp)
		}
		return got
	}
	if got, want := isKnown(), [4]bool{false, false, false, true}; got != want {
		t.Errorf("first scan: known %v, want %v", got, want)
	}
	scan.Time = start.Add(time.Minute)
	if got, want := isKnown(), [4]bool{false, true, true, true}; got != want {
		t.Errorf("a minute later: known %v, want %v", got, want)
	}
	// The clock goes backwards: what was known stays known.
	scan.Time = start.Add(-24 * time.Hour)
	if got, want := isKnown(), [4]bool{false, true, true, true}; got != want {
		t.Errorf("clock set back: known %v, want %v", got, want)
	}
	scan.Images[1].Stamp.Size++
	if got, want := isKnown(), [4]bool{false, false, true, true}; got != want {
		t.Errorf("clock set back and a change: known %v, want %v", got, want)
	}
}

// An unchanged scan writes no chunk, one more file writes one or two, and chunks
// that no scan needs go away.
func TestScanWritesOnlyWhatChanged(t *testing.T) {
	s := open(t, storePath(t))
	a, b := newSpace(t, s, testSpace("a", 4)), newSpace(t, s, testSpace("b", 4))
	chunksNow := func() map[string]bool {
		set := map[string]bool{}
		err := s.db.View(func(tx *bbolt.Tx) error {
			return tx.Bucket(manifestBucket).ForEach(func(k, _ []byte) error { set[string(k)] = true; return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	put := func(id SpaceID, scan *folder.Scan) map[string]bool {
		t.Helper()
		if err := s.PutScan(id, scan); err != nil {
			t.Fatal(err)
		}
		return chunksNow()
	}
	scan := testScan("/data", 20_000)
	before := put(a, scan)
	if len(before) < 10 || len(before) > 40 {
		t.Errorf("%d chunks for 20000 images", len(before))
	}
	scan.Time = scan.Time.Add(24 * time.Hour)
	if diff := cmp.Diff(before, put(a, scan)); diff != "" {
		t.Error("the same scan a day later:", diff)
	}
	if diff := cmp.Diff(before, put(b, scan)); diff != "" {
		t.Error("the same scan for another space:", diff)
	}
	scan.Images = append(scan.Images[:7000:7000], scan.Images[7001:]...)
	after := put(a, scan)
	fresh := 0
	for ref := range after {
		if !before[ref] {
			fresh++
		}
	}
	if fresh > 2 || len(after) > len(before)+2 {
		t.Errorf("a deleted file made %d new chunks of %d", fresh, len(after))
	}
	if after := put(b, testScan("/data", 0)); len(after) > len(before) {
		t.Errorf("%d chunks are left after a scan of nothing", len(after))
	}
	if left := put(a, testScan("/data", 0)); len(left) != 0 {
		t.Errorf("%d chunks are left after scans of nothing", len(left))
	}
}

func TestChunksAreSmall(t *testing.T) {
	scan := testScan("/data", 10_000)
	size := 0
	for c := range chunks(imageChunk, entries(scan, imageChunk, nil)) {
		size += len(c)
	}
	if per := float64(size) / 10_000; per > 80 {
		t.Errorf("%.1f bytes an image", per)
	}
}

// withPath gathers entries with their paths.
func withPath(to *[]entry) func([]byte, entry) {
	return func(path []byte, e entry) {
		e.img.Path = string(path)
		*to = append(*to, e)
	}
}

func FuzzDecodeChunk(f *testing.F) {
	scan := testScan("/data", 50)
	scan.Bad = []folder.BadImage{{Image: scan.Images[3], Reason: "broken"}}
	scan.Ignored = []folder.Ignored{{Path: "a", Reason: "b"}, {Path: "ab"}}
	for kind := range chunkKinds {
		for c := range chunks(kind, entries(scan, kind, nil)) {
			f.Add(append([]byte(nil), c...))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		var entries []entry
		if decodeChunk(b[0], b, withPath(&entries)) != nil {
			return
		}
		// What can be decoded comes back when encoded again.
		var again []entry
		for c := range chunks(b[0], func(yield func(entry) bool) {
			for _, e := range entries {
				if !yield(e) {
					return
				}
			}
		}) {
			if err := decodeChunk(b[0], c, withPath(&again)); err != nil {
				t.Fatal(err)
			}
		}
		if fmt.Sprint(again) != fmt.Sprint(entries) {
			t.Errorf("got %v, want %v", again, entries)
		}
	})
}

func FuzzDecodeScanRecord(f *testing.F) {
	r := recordOf(testScan("/data", 5))
	r.lists[0] = []chunkRef{{1}, {2}}
	f.Add(r.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeScanRecord(b)
		if err != nil {
			return
		}
		again, err := decodeScanRecord(r.encode())
		if err != nil || fmt.Sprint(again) != fmt.Sprint(r) {
			t.Errorf("got %v, %v, want %v", again, err, r)
		}
	})
}

func FuzzDecodeRow(f *testing.F) {
	f.Add(appendRow(nil, groupKeys(keysOf(0, 3, 25))))
	f.Add(appendRow(nil, groupKeys([]Key{{View: 5}, {View: 3}, {View: 1<<32 - 1}})))
	f.Fuzz(func(t *testing.T, b []byte) {
		gs, n, err := decodeRow(nil, b)
		if err != nil {
			return
		}
		if n > maxBlock || n < 1 {
			t.Fatalf("%d features", n)
		}
		again, m, err := decodeRow(nil, appendRow(nil, gs))
		if err != nil || m != n || fmt.Sprint(again) != fmt.Sprint(gs) {
			t.Errorf("got %v, %v, want %v", again, err, gs)
		}
	})
}

func FuzzDecodeSpace(f *testing.F) {
	f.Add(encodeSpace(testSpace("a", 512), 1))
	long := testSpace("a", 512)
	long.Model = ""
	f.Add(slices.Insert(encodeSpace(long, 1), len(encodeSpace(long, 1))-9, 0x80)) // a length of two bytes, of which one is enough
	f.Fuzz(func(t *testing.T, b []byte) {
		s, created, err := decodeSpace(b)
		if err == nil && strings.Compare(string(encodeSpace(s, created)), string(b)) != 0 {
			t.Errorf("%+v does not come back", s)
		}
	})
}
