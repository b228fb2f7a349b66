package cache

import (
	"errors"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"

	"featurecache/cache/folder"
)

// PutScan stores a scan as the last one of the space and of the store, and replaces the
// space's scan before it. Only chunks that have changed are written.
func (s *Store) PutScan(space SpaceID, scan *folder.Scan) error {
	if err := scan.Validate(); err != nil {
		return fmt.Errorf("cache: %s: store the scan of %s: %w", s.path, scan.Root, err)
	}
	trusted, err := s.alreadyTrusted(scan)
	if err != nil {
		return err
	}
	return s.update("store the scan", func(tx *bbolt.Tx) error {
		if tx.Bucket(spacesBucket).Bucket(space[:]) == nil {
			return ErrNoSpace
		}
		old, err := readScanRecord(tx, space)
		if err != nil && !errors.Is(err, ErrNoScan) {
			return err
		}
		r := recordOf(scan)
		for kind := range chunkKinds {
			if r.lists[kind], err = putChunks(tx, chunks(kind, entries(scan, kind, trusted))); err != nil {
				return err
			}
		}
		err1 := tx.Bucket(scansBucket).Put(space[:], seal(space[:], r.encode()))
		err2 := tx.Bucket(headerBucket).Put(lastKey, seal(lastKey, space[:]))
		return errors.Join(err1, err2, dropChunks(tx, old), dropSeen(tx, scan.Root))
	})
}

// alreadyTrusted returns the paths of racy images whose stamps an earlier scan trusted
// and that have not changed since. Without it, every file would be read on every run
// after the clock has been set back.
func (s *Store) alreadyTrusted(scan *folder.Scan) (trusted map[string]bool, err error) {
	var known *Known
	look := func(img folder.Image) error {
		if !scan.Racy(img) {
			return nil
		}
		if known == nil {
			if known, err = s.Known(scan.Root); err != nil {
				return err
			}
			trusted = map[string]bool{}
		}
		if c, ok := known.Content(img.Path, img.Stamp); ok && c == img.Content {
			trusted[img.Path] = true
		}
		return nil
	}
	for _, img := range scan.Images {
		if err := look(img); err != nil {
			return nil, err
		}
	}
	for _, bad := range scan.Bad {
		if err := look(bad.Image); err != nil {
			return nil, err
		}
	}
	return trusted, nil
}

// entries yields one of the scan's lists.
func entries(scan *folder.Scan, kind byte, trusted map[string]bool) iter.Seq[entry] {
	racy := func(img folder.Image) bool { return scan.Racy(img) && !trusted[img.Path] }
	return func(yield func(entry) bool) {
		switch kind {
		case imageChunk:
			for _, img := range scan.Images {
				if !yield(entry{img, racy(img), ""}) {
					return
				}
			}
		case badChunk:
			for _, bad := range scan.Bad {
				if !yield(entry{bad.Image, racy(bad.Image), bad.Reason}) {
					return
				}
			}
		case ignoredChunk:
			for _, ign := range ignoredEntries(scan) {
				if !yield(entry{folder.Image{Path: ign.Path}, false, ign.Reason}) {
					return
				}
			}
		}
	}
}

func recordOf(scan *folder.Scan) *scanRecord {
	r := &scanRecord{classes: scan.Classes}
	r.ScanSummary = ScanSummary{
		Root: scan.Root, Time: scan.Time, Views: scan.Views, Seed: scan.Seed,
		Classes: len(scan.Classes), Bad: len(scan.Bad), Ignored: len(scan.Ignored),
	}
	for _, img := range scan.Images {
		if img.Split == folder.Train {
			r.Train++
		} else {
			r.Val++
		}
	}
	return r
}

// putChunks stores the chunks that the store does not have yet.
func putChunks(tx *bbolt.Tx, list iter.Seq[[]byte]) (refs []chunkRef, err error) {
	m := tx.Bucket(manifestBucket)
	for chunk := range list {
		ref := refOf(chunk)
		if m.Get(ref[:]) == nil {
			if err := m.Put(ref[:], append([]byte(nil), chunk...)); err != nil {
				return nil, err
			}
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

// dropChunks deletes those chunks of a replaced scan that no other scan uses.
func dropChunks(tx *bbolt.Tx, old *scanRecord) error {
	if old == nil {
		return nil
	}
	stale := map[chunkRef]bool{}
	old.eachRef(func(ref chunkRef) { stale[ref] = true })
	err := tx.Bucket(scansBucket).ForEach(func(k, v []byte) error {
		r, err := openScanRecord(k, v)
		if err != nil {
			return err
		}
		r.eachRef(func(ref chunkRef) { delete(stale, ref) })
		return nil
	})
	if err != nil {
		return err
	}
	for ref := range stale {
		if err := tx.Bucket(manifestBucket).Delete(ref[:]); err != nil {
			return err
		}
	}
	return nil
}

func (r *scanRecord) eachRef(f func(chunkRef)) {
	for _, refs := range r.lists {
		for _, ref := range refs {
			f(ref)
		}
	}
}
