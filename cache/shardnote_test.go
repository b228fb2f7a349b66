package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"featurecache/cache/folder"
)

// The shards are a field of the scan in memory and an ignored file in the store.
func TestShardsAreKept(t *testing.T) {
	space := testSpace("a", 4)
	for _, want := range []folder.Shards{
		{},
		{Count: 3, Have: []int{1}},
		{Count: 3, Have: []int{1, 3}, Set: "0af9"},
		{Count: 2, Have: []int{1, 2}, Set: "0af9"},
		{Count: 1, Have: []int{1}},
	} {
		s := open(t, storePath(t))
		fill(t, s, space, nil)
		scan := testScan("/data", 4)
		scan.Shards = want
		scan.Ignored = []folder.Ignored{{Path: "-", Reason: "stray"}, {Path: "notes.txt", Reason: "stray"}}
		if err := s.PutScan(space.ID(), scan); err != nil {
			t.Fatal(err)
		}
		_, got, err := s.LastScan()
		if err != nil || cmp.Diff(scan, got) != "" {
			t.Errorf("%+v: %v, %s", want, err, cmp.Diff(scan, got))
		}
	}
}

// A store of before the field: the bytes of its chunk of ignored files are written
// out here.
func TestShardsOfAnOldStore(t *testing.T) {
	for reason, want := range map[string]folder.Shards{
		"not all of it: has only the shards 1,3 of 4":                        {Count: 4, Have: []int{1, 3}}, // before sets had fingerprints
		"not all of it: has only the shards 2 of 3; data set 5e7a0c1122ff00": {Count: 3, Have: []int{2}, Set: "5e7a0c1122ff00"},
		"joined of the shards 1,2 of 2; data set 5e7a":                       {Count: 2, Have: []int{1, 2}, Set: "5e7a"},
	} {
		s := open(t, storePath(t))
		putOldNote(t, s, reason)
		_, got, err := s.LastScan()
		if err != nil || !cmp.Equal(got.Shards, want) || len(got.Ignored) != 0 {
			t.Errorf("%q: %+v, ignored %v, error %v", reason, got.Shards, got.Ignored, err)
		}
		// What is written now is the same chunk.
		var kept []byte
		for chunk := range chunks(ignoredChunk, entries(got, ignoredChunk, nil)) {
			kept = append(kept, chunk...)
		}
		if diff := cmp.Diff(oldNote(reason), kept); diff != "" {
			t.Errorf("%q is written otherwise: %s", reason, diff)
		}
	}
	for _, reason := range []string{
		"", "not all of it: has only the shards x of 3", "not all of it: has only the shards  of 3", "not all of it: has only the shards 4 of 3",
		"not all of it: has only the shards 0 of 3", "not all of it: has only the shards 2,1 of 3", "not all of it: has only the shards 1 of 99999999999",
		"not all of it: has only the shards 99999999999999999999 of 3", "not all of it: has only the shards 1 of 3; data set xyz",
	} {
		s := open(t, storePath(t))
		putOldNote(t, s, reason)
		if _, got, err := s.LastScan(); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q: %+v, error %v", reason, got, err)
		}
	}
}

// oldNote is a chunk of kind 2 with one entry: the path ".", which shares nothing with
// a path before it, and the reason.
func oldNote(reason string) []byte {
	chunk := []byte{2, 0, 1, '.'}
	return append(binary.AppendUvarint(chunk, uint64(len(reason))), reason...)
}

// putOldNote puts a scan of no images whose list of ignored files is an old note.
func putOldNote(t *testing.T, s *Store, reason string) {
	t.Helper()
	space := testSpace("a", 4)
	fill(t, s, space, nil)
	if err := s.PutScan(space.ID(), testScan("/data", 0)); err != nil {
		t.Fatal(err)
	}
	id, note := space.ID(), oldNote(reason)
	ref := sha256.Sum256(note)
	err := s.update("put an old note", func(tx *bbolt.Tx) error {
		r, err := readScanRecord(tx, id)
		if err != nil {
			return err
		}
		r.Ignored, r.lists[ignoredChunk] = 1, []chunkRef{chunkRef(ref[:16])}
		return errors.Join(
			tx.Bucket(manifestBucket).Put(ref[:16], note),
			tx.Bucket(scansBucket).Put(id[:], seal(id[:], r.encode())))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func FuzzDecodeShards(f *testing.F) {
	for _, s := range []folder.Shards{{Count: 3, Have: []int{1, 3}, Set: "0af9"}, {Count: 2, Have: []int{1, 2}}} {
		f.Add(encodeShards(s))
	}
	f.Fuzz(func(t *testing.T, note string) {
		s, err := decodeShards(note)
		if err == nil && encodeShards(s) != note {
			t.Errorf("%q is %+v, which does not come back", note, s)
		}
		scan := folder.Scan{Shards: s}
		if err != nil || scan.Validate() != nil || s.Count > 1<<20 {
			return
		}
		if len(s.Have)+len(s.Missing()) != s.Count || s.Whole() != (len(s.Missing()) == 0) {
			t.Errorf("%q: has %v, lacks %v of %d", note, s.Have, s.Missing(), s.Count)
		}
	})
}
