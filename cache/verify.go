package cache

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"

	"featurecache/cache/folder"
)

// A VerifyReport says what Verify checked and which problems it found.
type VerifyReport struct {
	Spaces   int
	Blocks   int
	Features int // features whose checksums match
	Scans    int
	Problems []error // at most the first hundred, each an ErrDamaged
}

// maxProblems limits the problems in a report.
const maxProblems = 100

// Verify checks everything in the store: the file's pages, every feature's checksum,
// that the blocks match their rows, that no key is stored twice, and that the scans can
// be read. It continues after damage, reports each problem, and returns [ErrDamaged].
// It can't tell whether a feature is the one that the backbone computes; extract.Verify
// does that. Progress, if not nil, is called with the numbers of blocks checked and of
// all blocks. No Writer may be open meanwhile.
func (s *Store) Verify(ctx context.Context, progress func(done, total int)) (VerifyReport, error) {
	v := &verifier{store: s, progress: progress}
	if err := v.pages(); err != nil {
		return v.report, fmt.Errorf("cache: %s: verify: %w", s.path, err)
	}
	v.note(s.view("verify", func(tx *bbolt.Tx) (err error) {
		v.spaces, v.total, err = listSpaces(tx)
		return err
	}))
	for _, id := range v.spaces {
		if err := v.space(ctx, id); err != nil {
			return v.report, err
		}
	}
	v.note(s.view("verify", v.scans))
	v.note(s.view("verify", v.seen))
	if n := len(v.report.Problems); n > 0 {
		return v.report, fmt.Errorf("cache: %s: verify: %d problems, the first: %w", s.path, n, v.report.Problems[0])
	}
	return v.report, nil
}

type verifier struct {
	store    *Store
	progress func(done, total int)
	spaces   []SpaceID
	total    int // blocks
	report   VerifyReport
}

// note adds a problem to the report.
func (v *verifier) note(err error) {
	if err != nil && len(v.report.Problems) < maxProblems {
		v.report.Problems = append(v.report.Problems, err)
	}
}

func (v *verifier) pages() error {
	f, err := os.Open(v.store.path)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		v.note(checkPages(f, info.Size(), func(err error) bool {
			v.note(err)
			return true
		}))
	}
	return errors.Join(err, f.Close())
}

// space checks a space, each block in a transaction of its own, so that a block that
// crashes bbolt doesn't hide the others.
func (v *verifier) space(ctx context.Context, id SpaceID) error {
	var numbers [][]byte
	var x *Index
	doing := fmt.Sprintf("verify space %v", id)
	err := v.store.view(doing, func(tx *bbolt.Tx) error {
		b, err := openSpace(tx, id)
		if err != nil {
			return err
		}
		x = newIndex(b.space)
		v.note(b.eachBad(func(folder.Content, string) {}))
		_ = b.blocks.ForEachBucket(func(k []byte) error {
			numbers = append(numbers, append([]byte(nil), k...))
			return nil
		})
		if n := b.blocks.Sequence(); n != uint64(len(numbers)) {
			return damaged("%d of %d blocks are there", len(numbers), n)
		}
		return nil
	})
	v.note(err)
	if x == nil {
		return nil
	}
	v.report.Spaces++
	for _, k := range numbers {
		if err := context.Cause(ctx); err != nil {
			return fmt.Errorf("cache: %s: %s: %w", v.store.path, doing, err)
		}
		v.note(v.store.view(doing, func(tx *bbolt.Tx) error {
			b, err := openSpace(tx, id)
			if err != nil {
				return err
			}
			return v.block(b, x, k)
		}))
		v.report.Blocks++
		if v.progress != nil {
			v.progress(v.report.Blocks, v.total)
		}
	}
	return nil
}

// block checks that a block matches its row, and adds its keys to seen, the index of
// the blocks checked so far.
func (v *verifier) block(b spaceBuckets, seen *Index, k []byte) error {
	number, gs, n, err := b.row(nil, k)
	if err != nil {
		return err
	}
	open, err := b.block(number)
	if err != nil {
		return err
	}
	if open.n != n {
		return damaged("block %d: %d features, but its row lists %d", number, open.n, n)
	}
	sum := newSummer(seen.id)
	slot := 0
	for _, g := range gs {
		for i := range uint32(g.count) {
			key := Key{g.content, g.view + i}
			if p, ok := seen.find(key); ok {
				return damaged("block %d: %v is also in block %d", number, key, p.block)
			}
			if _, err := open.feature(slot, sum, key); err != nil {
				return fmt.Errorf("block %d: %w", number, err)
			}
			slot++
		}
		seen.addGroup(place{number, uint16(slot - g.count)}, g)
		v.report.Features += g.count
	}
	return nil
}

// scans checks that every scan can be read.
func (v *verifier) scans(tx *bbolt.Tx) error {
	if last := tx.Bucket(headerBucket).Get(lastKey); last != nil {
		id, err := unseal(lastKey, last)
		if err != nil || tx.Bucket(scansBucket).Get(id) == nil {
			v.note(damaged("name of the last scan: %w", errors.Join(errEncoding, err)))
		}
	}
	return tx.Bucket(scansBucket).ForEach(func(k, _ []byte) error {
		if len(k) != len(SpaceID{}) {
			return damaged("a scan has the bad key %x", k)
		}
		if _, err := readScan(tx, SpaceID(k)); err != nil {
			v.note(err)
		} else {
			v.report.Scans++
		}
		return nil
	})
}
