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

// A SalvageReport tells what Salvage has done.
type SalvageReport struct {
	Aside    string // the damaged file's name now
	Features int    // that were whole
	Scans    int    // that were whole
}

// Salvage sets a damaged store aside, as [setAside] does, and puts a new one in its
// place, of all that is whole in it: features whose checksums are right, and scans
// that can be read. Of a store that can't even be opened that is nothing, and no
// new one is made. What is lost the next extract computes again. Timeout is how long
// to wait for the file's lock. Until the last step, a rename, the old store stays as
// it was.
func Salvage(ctx context.Context, path string) (report SalvageReport, err error) {
	src, err := Open(path, Options{Timeout: LockTimeout})
	if errors.Is(err, ErrDamaged) {
		report.Aside, err = setAside(path, time.Now())
		return report, err
	}
	if err != nil {
		return report, err
	}
	err = src.rewrite("salvage", func(dst *Store) error { return src.copyWhole(ctx, dst, &report) }, func(temp, path string) (err error) {
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

// copyWhole writes what is whole into a new store.
func (s *Store) copyWhole(ctx context.Context, dst *Store, report *SalvageReport) error {
	for _, id := range s.spacesLastAtEnd() {
		if err := s.salvageSpace(ctx, dst, id, report); err != nil {
			return err
		}
	}
	return nil
}

// spacesLastAtEnd lists the spaces with that of the last scan at the end, so that
// its scan is the last again.
func (s *Store) spacesLastAtEnd() (ids []SpaceID) {
	// A store whose list of spaces is damaged can't be opened.
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

// salvageSpace copies what is whole in a space, each block by itself. Its error is
// one of the new store.
func (s *Store) salvageSpace(ctx context.Context, dst *Store, id SpaceID, report *SalvageReport) error {
	var b spaceBuckets
	var numbers [][]byte
	bad := map[folder.Content]string{}
	const doing = "salvage"
	// Damage ends a view early and leaves what was read before it: good as that is.
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
		var failed error // of the new store
		_ = s.view(doing, func(tx *bbolt.Tx) error {
			b, err := openSpace(tx, id)
			if err != nil {
				return err
			}
			return b.eachWhole(k, newSummer(id), func(key Key, feature []float32) error {
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

// eachWhole yields the features of a block whose checksums are right, until f fails.
// The slice is only valid during the call.
func (b spaceBuckets) eachWhole(k []byte, sum *summer, f func(Key, []float32) error) error {
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
