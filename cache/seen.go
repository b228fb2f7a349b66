package cache

import (
	"encoding/binary"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"featurecache/cache/folder"
)

// PutSeen records files that a running extract has read, so that after a kill the next
// one need not read them again: [Store.Known] includes them. [Store.PutScan], at the
// end of an extract, removes the records of its root. Began is the time at which the
// extract began, before it looked at any file.
func (s *Store) PutSeen(root string, began time.Time, images []folder.Image) error {
	scan := &folder.Scan{Time: began}
	images = slices.DeleteFunc(slices.Clone(images), func(img folder.Image) bool {
		return scan.Racy(img) || img.Content == (folder.Content{})
	})
	if len(images) == 0 {
		return nil
	}
	scan.Images = images
	return s.update("record the files read", func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(seenBucket)
		if err == nil {
			b, err = b.CreateBucketIfNotExists([]byte(root))
		}
		if err != nil {
			return err
		}
		b.FillPercent = 1 // keys only grow, so pages can be full
		for chunk := range chunks(imageChunk, entries(scan, imageChunk, nil)) {
			n, err := b.NextSequence()
			if err != nil {
				return err
			}
			k := binary.BigEndian.AppendUint64(nil, n)
			if err := b.Put(k, seal(k, slices.Clone(chunk))); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachSeen calls f with the files of a root that were recorded since its last scan.
func eachSeen(tx *bbolt.Tx, root []byte, f func(path []byte, e entry)) error {
	seen := tx.Bucket(seenBucket)
	if seen == nil {
		return nil
	}
	b := seen.Bucket(root)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		chunk, err := unseal(k, v)
		if err == nil {
			err = decodeChunk(imageChunk, chunk, f)
		}
		if err != nil {
			return damaged("record of the files read from %s: %w", root, err)
		}
		return nil
	})
}

// dropSeen removes the records of a root.
func dropSeen(tx *bbolt.Tx, root string) error {
	seen := tx.Bucket(seenBucket)
	if seen == nil || seen.Bucket([]byte(root)) == nil {
		return nil
	}
	return seen.DeleteBucket([]byte(root))
}

// seen checks that the records of all roots can be read.
func (v *verifier) seen(tx *bbolt.Tx) error {
	seen := tx.Bucket(seenBucket)
	if seen == nil {
		return nil
	}
	return seen.ForEachBucket(func(root []byte) error {
		v.note(eachSeen(tx, root, func([]byte, entry) {}))
		return nil
	})
}
