package cache

import (
	"errors"
	"testing"

	"go.etcd.io/bbolt"

	"featurecache/cache/folder"
)

// Files that an extract recorded before it was killed are known to the next one, until a
// scan replaces the records.
func TestSeen(t *testing.T) {
	path := storePath(t)
	s := open(t, path)
	id := newSpace(t, s, testSpace("a", 4))
	scan := testScan("/data", 200)
	before := *scan
	before.Images = scan.Images[:50]
	if err := s.PutScan(id, &before); err != nil {
		t.Fatal(err)
	}
	racy, unread := scan.Images[190], scan.Images[191]
	racy.Stamp.ModTimeNS = scan.Time.UnixNano()
	unread.Content = folder.Content{}
	edited := scan.Images[10]
	edited.Stamp.Size, edited.Content = 77, contentOf(900)
	noted := append([]folder.Image{edited, racy, unread}, scan.Images[100:150]...)
	if err := errors.Join(
		s.PutSeen("/data", scan.Time, noted),
		s.PutSeen("/data", scan.Time, scan.Images[150:190]),
		s.PutSeen("/data", scan.Time, nil),
		s.PutSeen("/other", scan.Time, scan.Images[:1])); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	s = open(t, path)
	verify(t, s)
	known, err := s.Known("/data")
	if err != nil {
		t.Fatal(err)
	}
	for i, img := range scan.Images {
		c, ok := known.Content(img.Path, img.Stamp)
		if want := i != 10 && i < 50 || i >= 100 && i < 190; ok != want || ok && c != img.Content {
			t.Errorf("image %d: known %v", i, ok)
		}
	}
	if c, ok := known.Content(edited.Path, edited.Stamp); !ok || c != edited.Content {
		t.Error("what was noted later does not count more than the scan")
	}
	for _, img := range []folder.Image{racy, unread} {
		if _, ok := known.Content(img.Path, img.Stamp); ok {
			t.Errorf("%s is known", img.Path)
		}
	}
	if err := s.PutScan(id, &before); err != nil {
		t.Fatal(err)
	}
	here, err1 := s.Known("/data")
	there, err2 := s.Known("/other")
	if err := errors.Join(err1, err2); err != nil || here.Len() != 50 || there.Len() != 1 {
		t.Errorf("%d files known after the scan and %d of the other root: %v", here.Len(), there.Len(), err)
	}
}

// A note that is damaged is found by whoever reads it.
func TestSeenDamaged(t *testing.T) {
	s := open(t, storePath(t))
	newSpace(t, s, testSpace("a", 4))
	scan := testScan("/data", 20)
	if err := s.PutSeen("/data", scan.Time, scan.Images); err != nil {
		t.Fatal(err)
	}
	err := s.update("spoil", func(tx *bbolt.Tx) error {
		b := tx.Bucket(seenBucket).Bucket([]byte("/data"))
		k, v := b.Cursor().First()
		spoiled := append([]byte(nil), v...)
		spoiled[len(v)/2] ^= 1
		return b.Put(append([]byte(nil), k...), spoiled)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Known("/data"); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
	if r, err := s.Verify(t.Context(), nil); !errors.Is(err, ErrDamaged) || len(r.Problems) != 1 {
		t.Errorf("verify: %v", err)
	}
}
