package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"

	"featurecache/cache/folder"
)

// A SalvageReport says what Salvage kept.
type SalvageReport struct {
	Aside    string // the new name of the damaged file
	Features int    // features kept
	Scans    int    // scans kept
}

// Salvage replaces a damaged store by a new one with the intact parts of the old:
// features whose checksums match, and scans that can be read. The next extract computes
// the rest again. The old file is renamed to its name with ".damaged-" and the time. If
// the store can't even be opened, it is renamed and no new store is created. Until these
// renames, which come last, the old store is left unchanged.
func Salvage(ctx context.Context, path string) (report SalvageReport, err error) {
	src, err := Open(path, Options{Timeout: LockTimeout})
	if errors.Is(err, ErrDamaged) {
		report.Aside, err = setAside(path, time.Now())
		return report, err
	}
	if err != nil {
		return report, err
	}
	err = src.rewrite("salvage", func(dst *Store) error { return src.copyIntact(ctx, dst, &report) }, func(temp, path string) (err error) {
		if report.Aside, err = setAside(path, time.Now()); err != nil {
			_ = os.Remove(temp)
			return err
		}
		if err := os.Rename(temp, path); err != nil {
			return fmt.Errorf("cache: salvage: %w", err)
		}
		return nil
	})
	return report, err
}

// copyIntact copies the intact parts of the store to a new one.
func (s *Store) copyIntact(ctx context.Context, dst *Store, report *SalvageReport) error {
	for _, id := range s.spacesInOrder() {
		if err := s.salvageSpace(ctx, dst, id, report); err != nil {
			return err
		}
	}
	return nil
}

// spacesInOrder lists the spaces, with the last scan's at the end so that its scan is
// the last one of the new store too.
func (s *Store) spacesInOrder() (ids []SpaceID) {
	// The error can be ignored: a store with a damaged list of spaces can't be opened.
	_ = s.view("list the spaces", func(tx *bbolt.Tx) error {
		all, _, err := listSpaces(tx)
		last, _ := unseal(lastKey, tx.Bucket(headerBucket).Get(lastKey))
		for _, id := range all {
			if string(last) != string(id[:]) {
				ids = append(ids, id)
			}
		}
		if len(ids) < len(all) {
			ids = append(ids, SpaceID(last))
		}
		return err
	})
	return ids
}

// salvageSpace copies the intact parts of a space, each block in a transaction of its
// own, so that a damaged block doesn't hide the others. Errors come from the new store
// or ctx only.
func (s *Store) salvageSpace(ctx context.Context, dst *Store, id SpaceID, report *SalvageReport) error {
	var b spaceBuckets
	var numbers [][]byte
	bad := map[folder.Content]string{}
	const doing = "salvage"
	// Damage ends a view early. What was read before it has been checked and is kept.
	_ = s.view(doing, func(tx *bbolt.Tx) (err error) {
		if b, err = openSpace(tx, id); err != nil {
			return err
		}
		return b.blocks.ForEachBucket(func(k []byte) error {
			numbers = append(numbers, append([]byte(nil), k...))
			return nil
		})
	})
	if b.space.Width == 0 {
		return nil
	}
	_ = s.view(doing, func(tx *bbolt.Tx) error {
		b, err := openSpace(tx, id)
		if err != nil {
			return err
		}
		return b.eachBad(func(c folder.Content, reason string) { bad[c] = reason })
	})
	w, err := dst.newWriter(b.space, time.Unix(0, b.createdNS))
	if err != nil {
		return err
	}
	for _, k := range numbers {
		if err := context.Cause(ctx); err != nil {
			return errors.Join(fmt.Errorf("cache: %s: %s: %w", s.path, doing, err), w.Close())
		}
		var failed error // the new store's error
		_ = s.view(doing, func(tx *bbolt.Tx) error {
			b, err := openSpace(tx, id)
			if err != nil {
				return err
			}
			return b.eachIntact(k, newSummer(id), func(key Key, feature []float32) error {
				if failed = w.Put(key, feature); failed == nil {
					report.Features++
				}
				return failed
			})
		})
		if failed != nil {
			return errors.Join(failed, w.Close())
		}
	}
	for c, reason := range bad {
		if err := w.PutBad(c, reason); err != nil {
			return errors.Join(err, w.Close())
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	scan, err := s.Scan(id)
	if err != nil {
		return nil
	}
	report.Scans++
	return dst.PutScan(id, scan)
}

// eachIntact calls f with the features of a block whose checksums match, until f fails.
// The slice is only valid during the call.
func (b spaceBuckets) eachIntact(k []byte, sum *summer, f func(Key, []float32) error) error {
	number, gs, _, err := b.row(nil, k)
	if err != nil {
		return err
	}
	open, err := b.block(number)
	if err != nil {
		return err
	}
	feature := make([]float32, b.space.Width)
	slot := 0
	for _, g := range gs {
		for i := range uint32(g.count) {
			key := Key{g.content, g.view + i}
			if data, err := open.feature(slot, sum, key); err == nil {
				copyFloats(feature, data)
				if err := f(key, feature); err != nil {
					return err
				}
			}
			slot++
		}
	}
	return nil
}
