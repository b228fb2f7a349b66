package cache

import (
	"errors"
	"fmt"
	"hash/maphash"

	"go.etcd.io/bbolt"
)

// LastScan returns the scan that was kept last, or [ErrNoScan].
func (s *Store) LastScan() (*Scan, error) {
	var scan *Scan
	err := s.view("read the last scan", func(tx *bbolt.Tx) error {
		sealed := tx.Bucket(headerBucket).Get(lastKey)
		if sealed == nil {
			return ErrNoScan
		}
		id, err := unseal(lastKey, sealed)
		if err != nil || len(id) != len(SpaceID{}) {
			return damaged("which scan is the last: %w", errEncoding)
		}
		scan, err = readScan(tx, SpaceID(id))
		if errors.Is(err, ErrNoScan) {
			err = damaged("the last scan is missing")
		}
		return err
	})
	return scan, err
}

// Scan returns the last scan of a space, or [ErrNoScan].
func (s *Store) Scan(space SpaceID) (*Scan, error) {
	var scan *Scan
	err := s.view(fmt.Sprintf("read the scan of space %v", space), func(tx *bbolt.Tx) (err error) {
		scan, err = readScan(tx, space)
		return err
	})
	return scan, err
}

func readScan(tx *bbolt.Tx, space SpaceID) (*Scan, error) {
	r, err := readScanRecord(tx, space)
	if err != nil {
		return nil, err
	}
	scan := &Scan{
		Space: space, Root: r.Root, Time: r.Time, Views: r.Views, Seed: r.Seed, Classes: r.classes,
	}
	err = r.eachEntry(tx, func(kind byte, e entry) {
		switch kind {
		case imageChunk:
			scan.Images = append(scan.Images, e.img)
		case badChunk:
			scan.Bad = append(scan.Bad, BadImage{e.img, e.reason})
		case ignoredChunk:
			scan.Ignored = append(scan.Ignored, Ignored{e.img.Path, e.reason})
		}
	})
	if err != nil {
		return nil, err
	}
	if err := scan.validate(); err != nil {
		return nil, damaged("scan of %s: %w", scan.Root, err)
	}
	return scan, nil
}

func readScanRecord(tx *bbolt.Tx, space SpaceID) (*scanRecord, error) {
	v := tx.Bucket(scansBucket).Get(space[:])
	if v == nil {
		return nil, ErrNoScan
	}
	return openScanRecord(space[:], v)
}

func openScanRecord(k, v []byte) (*scanRecord, error) {
	b, err := unseal(k, v)
	if err != nil {
		return nil, damaged("scan: %w", err)
	}
	r, err := decodeScanRecord(b)
	if err != nil {
		return nil, damaged("scan: %w", err)
	}
	return r, nil
}

// eachEntry yields the entries of all lists, in their order.
func (r *scanRecord) eachEntry(tx *bbolt.Tx, f func(kind byte, e entry)) error {
	m := tx.Bucket(manifestBucket)
	for kind, refs := range r.lists {
		for _, ref := range refs {
			chunk := m.Get(ref[:])
			if chunk == nil {
				return damaged("scan of %s: chunk %x is missing", r.Root, ref)
			}
			if refOf(chunk) != ref {
				return damaged("scan of %s: chunk %x: wrong checksum", r.Root, ref)
			}
			if err := decodeChunk(byte(kind), chunk, func(e entry) { f(byte(kind), e) }); err != nil {
				return damaged("scan of %s: chunk %x: %w", r.Root, ref, err)
			}
		}
	}
	return nil
}

// Known tells the content of files that have not changed since they were last
// read. It holds about 80 bytes a file.
type Known struct {
	seed  maphash.Seed
	files map[uint64]knownFile // by the path's hash
}

type knownFile struct {
	stamp   Stamp
	content Content
}

// Known returns what the store's newest scan of a root knows, and what has been
// noted of the root since; nothing when there is neither.
func (s *Store) Known(root string) (*Known, error) {
	k := &Known{seed: maphash.MakeSeed(), files: map[uint64]knownFile{}}
	err := s.view("read what is known of "+root, func(tx *bbolt.Tx) error {
		var newest *scanRecord
		err := tx.Bucket(scansBucket).ForEach(func(key, v []byte) error {
			r, err := openScanRecord(key, v)
			if err == nil && r.Root == root && (newest == nil || r.Time.After(newest.Time)) {
				newest = r
			}
			return err
		})
		if err != nil {
			return err
		}
		if newest != nil {
			k.files = make(map[uint64]knownFile, newest.Train+newest.Val+newest.Bad)
			if err := newest.eachEntry(tx, k.add); err != nil {
				return err
			}
		}
		return eachSeen(tx, []byte(root), func(e entry) { k.add(imageChunk, e) })
	})
	return k, err
}

func (k *Known) add(kind byte, e entry) {
	if kind != ignoredChunk && !e.racy && e.img.Content != (Content{}) {
		k.files[k.hash(e.img.Path)] = knownFile{e.img.Stamp, e.img.Content}
	}
}

// Content returns the content of a file, given its path relative to the root and
// its stamp now, unless the file is new or may have changed. Two paths whose
// 64-bit hashes collide are told apart by their stamps.
func (k *Known) Content(path string, stamp Stamp) (Content, bool) {
	f, ok := k.files[k.hash(path)]
	if !ok || f.stamp != stamp {
		return Content{}, false
	}
	return f.content, true
}

// Len is the number of files known.
func (k *Known) Len() int { return len(k.files) }

func (k *Known) hash(path string) uint64 { return maphash.String(k.seed, path) }
