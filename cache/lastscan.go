package cache

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"go.etcd.io/bbolt"

	"featurecache/cache/folder"
)

// LastScan returns the scan that was stored last and the space of its features. The
// error is [ErrNoScan] if there is none.
func (s *Store) LastScan() (space SpaceID, scan *folder.Scan, err error) {
	err = s.view("read the last scan", func(tx *bbolt.Tx) error {
		sealed := tx.Bucket(headerBucket).Get(lastKey)
		if sealed == nil {
			return ErrNoScan
		}
		id, err := unseal(lastKey, sealed)
		if err != nil || len(id) != len(SpaceID{}) {
			return damaged("name of the last scan: %w", errEncoding)
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

// Scan returns the last scan of a space. The error is [ErrNoScan] if there is none.
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
		case e.img.Path == preprocessingPath:
			scan.Preprocessing = e.reason
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

// eachEntry calls f with the entries of all lists, in order.
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

// Known knows the content of files that have not changed since they were last read. It
// takes about 80 bytes per file, and is for one goroutine.
type Known struct {
	seed  maphash.Seed
	files []knownFile
	next  int            // index in files of the file after the last one found
	at    map[uint64]int // the path's hash → index in files; nil until it is needed
	mixed bool           // PutSeen's files follow the scan's in files, and take precedence
}

type knownFile struct {
	path    uint64 // hash of the path
	stamp   folder.Stamp
	content folder.Content
}

// Known returns what is known of the files under a root: from the store's newest scan
// of it, and from [Store.PutSeen] since. It is empty if there is neither.
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

// Content returns the content of a file, given its path relative to the root and its
// current stamp. ok is false if the file is new or may have changed. Lookups in the
// scan's order are the fastest. If the 64-bit hashes of two paths collide, their stamps
// distinguish them.
func (k *Known) Content(path string, stamp folder.Stamp) (c folder.Content, ok bool) {
	f := k.find(maphash.String(k.seed, path))
	if f == nil || f.stamp != stamp {
		return folder.Content{}, false
	}
	return f.content, true
}

// find first looks behind the file that it found last, so that it needs no map when no
// file is new.
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

// Len is the number of known files.
func (k *Known) Len() int { return len(k.files) }
