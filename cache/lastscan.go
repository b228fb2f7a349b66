package cache

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"go.etcd.io/bbolt"

	"featurecache/cache/folder"
)

// LastScan returns the scan that was kept last and the space of its features, or
// [ErrNoScan].
func (s *Store) LastScan() (space SpaceID, scan *folder.Scan, err error) {
	err = s.view("read the last scan", func(tx *bbolt.Tx) error {
		sealed := tx.Bucket(headerBucket).Get(lastKey)
		if sealed == nil {
			return ErrNoScan
		}
		id, err := unseal(lastKey, sealed)
		if err != nil || len(id) != len(SpaceID{}) {
			return damaged("which scan is the last: %w", errEncoding)
		}
		space = SpaceID(id)
		scan, err = readScan(tx, space)
		if errors.Is(err, ErrNoScan) {
			err = damaged("the last scan is missing")
		}
		return err
	})
	return space, scan, err
}

// Scan returns the last scan of a space, or [ErrNoScan].
func (s *Store) Scan(space SpaceID) (*folder.Scan, error) {
	var scan *folder.Scan
	err := s.view(fmt.Sprintf("read the scan of space %v", space), func(tx *bbolt.Tx) (err error) {
		scan, err = readScan(tx, space)
		return err
	})
	return scan, err
}

func readScan(tx *bbolt.Tx, space SpaceID) (*folder.Scan, error) {
	r, err := readScanRecord(tx, space)
	if err != nil {
		return nil, err
	}
	scan := &folder.Scan{
		Root: r.Root, Time: r.Time, Views: r.Views, Seed: r.Seed, Classes: r.classes,
		Images: slices.Grow([]folder.Image(nil), r.room(r.Train+r.Val, imageChunk)),
	}
	var noteErr error
	err = r.eachEntry(tx, func(kind byte, path []byte, e entry) {
		e.img.Path = string(path)
		switch {
		case kind == imageChunk:
			scan.Images = append(scan.Images, e.img)
		case kind == badChunk:
			scan.Bad = append(scan.Bad, folder.BadImage{Image: e.img, Reason: e.reason})
		case e.img.Path == shardsPath:
			scan.Shards, noteErr = decodeShards(e.reason)
		default:
			scan.Ignored = append(scan.Ignored, folder.Ignored{Path: e.img.Path, Reason: e.reason})
		}
	})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(noteErr, scan.Validate()); err != nil {
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
func (r *scanRecord) eachEntry(tx *bbolt.Tx, f func(kind byte, path []byte, e entry)) error {
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
			if err := decodeChunk(byte(kind), chunk, func(path []byte, e entry) { f(byte(kind), path, e) }); err != nil {
				return damaged("scan of %s: chunk %x: %w", r.Root, ref, err)
			}
		}
	}
	return nil
}

// Known tells the content of files that have not changed since they were last
// read. It holds about 80 bytes a file, and is for one goroutine.
type Known struct {
	seed  maphash.Seed
	files []knownFile
	next  int            // where the file that is asked for next is, if it is the scan's next
	at    map[uint64]int // by the path's hash, the place in files; nil until it is needed
	mixed bool           // files are noted behind the scan's, which count more
}

type knownFile struct {
	path    uint64 // its hash
	stamp   folder.Stamp
	content folder.Content
}

// Known returns what the store's newest scan of a root knows, and what has been
// noted of the root since; nothing when there is neither.
func (s *Store) Known(root string) (*Known, error) {
	k := &Known{seed: maphash.MakeSeed()}
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
			k.files = make([]knownFile, 0, newest.room(newest.Train+newest.Val, imageChunk)+newest.room(newest.Bad, badChunk))
			if err := newest.eachEntry(tx, k.add); err != nil {
				return err
			}
		}
		scanned := len(k.files)
		err = eachSeen(tx, []byte(root), func(path []byte, e entry) { k.add(imageChunk, path, e) })
		k.mixed = len(k.files) > scanned
		return err
	})
	return k, err
}

func (k *Known) add(kind byte, path []byte, e entry) {
	if kind != ignoredChunk && !e.racy && e.img.Content != (folder.Content{}) {
		k.files = append(k.files, knownFile{maphash.Bytes(k.seed, path), e.img.Stamp, e.img.Content})
	}
}

// Content returns the content of a file, given its path relative to the root and
// its stamp now, unless the file is new or may have changed. It is fastest when
// files are asked for in the scan's order. Two paths whose 64-bit hashes collide are
// told apart by their stamps.
func (k *Known) Content(path string, stamp folder.Stamp) (folder.Content, bool) {
	f := k.find(maphash.String(k.seed, path))
	if f == nil || f.stamp != stamp {
		return folder.Content{}, false
	}
	return f.content, true
}

// find looks where the last file was found first, and reads no map in a night
// without news.
func (k *Known) find(path uint64) *knownFile {
	if !k.mixed && k.next < len(k.files) && k.files[k.next].path == path {
		k.next++
		return &k.files[k.next-1]
	}
	if k.at == nil {
		k.at = make(map[uint64]int, len(k.files))
		for i, f := range k.files {
			k.at[f.path] = i
		}
	}
	i, ok := k.at[path]
	if !ok {
		return nil
	}
	k.next = i + 1
	return &k.files[i]
}

// Len is the number of files known.
func (k *Known) Len() int { return len(k.files) }
