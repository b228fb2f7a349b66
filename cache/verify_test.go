package cache

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

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

// Verify finds wrong values that are valid to bbolt.
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
		"fewer":       {func(tx *bbolt.Tx) error { b := block(tx, 0); return b.Put(featuresKey, b.Get(featuresKey)[:40]) }, "2 features, but its row lists 6"},
		"no features": {func(tx *bbolt.Tx) error { return block(tx, 0).Delete(featuresKey) }, "block 0"},
		"no row":      {func(tx *bbolt.Tx) error { return block(tx, 0).Delete(contentKey) }, "content of block 0"},
		"bad image":   {func(tx *bbolt.Tx) error { return in(tx).Bucket(badBucket).Put([]byte("x"), seal([]byte("x"), nil)) }, "bad image"},
		"description": {func(tx *bbolt.Tx) error { return flip(in(tx), spaceKey, 3) }, "description"},
		"scan":        {func(tx *bbolt.Tx) error { return flip(tx.Bucket(scansBucket), id[:], 2) }, "scan"},
		"last":        {func(tx *bbolt.Tx) error { return flip(tx.Bucket(headerBucket), lastKey, 2) }, "name of the last scan"},
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
		}, "is also in block 0"},
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
					t.Errorf("a problem that is not ErrDamaged: %v", p)
				}
			}
		})
	}
}
