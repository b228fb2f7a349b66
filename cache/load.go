package cache

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"featurecache/cache/folder"
)

// Index returns the index of a space. The first call reads it from the file. The error
// is [ErrNoSpace] if the store has no such space.
func (s *Store) Index(id SpaceID) (*Index, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.index(id)
}

// index is Index for callers that hold s.mu.
func (s *Store) index(id SpaceID) (*Index, error) {
	if x := s.indexes[id]; x != nil {
		return x, nil
	}
	var x *Index
	err := s.view(fmt.Sprintf("read the index of space %v", id), func(tx *bbolt.Tx) error {
		b, err := openSpace(tx, id)
		if err != nil {
			return err
		}
		x, err = b.load()
		return err
	})
	if err != nil {
		return nil, err
	}
	s.indexes[id] = x
	return x, nil
}

// spaceBuckets are the buckets of one space within a transaction.
type spaceBuckets struct {
	space       Space
	createdNS   int64
	blocks, bad *bbolt.Bucket
}

func openSpace(tx *bbolt.Tx, id SpaceID) (b spaceBuckets, err error) {
	spaces := tx.Bucket(spacesBucket)
	if spaces == nil {
		return b, damaged("no bucket %q", spacesBucket)
	}
	root := spaces.Bucket(id[:])
	if root == nil {
		return b, ErrNoSpace
	}
	value, err := unseal(spaceKey, root.Get(spaceKey))
	if err != nil {
		return b, damaged("description of the space: %w", err)
	}
	if b.space, b.createdNS, err = decodeSpace(value); err != nil {
		return b, damaged("description of the space: %w", err)
	}
	if b.space.ID() != id {
		return b, damaged("the description belongs to another space")
	}
	b.blocks, b.bad = root.Bucket(blocksBucket), root.Bucket(badBucket)
	if b.blocks == nil || b.bad == nil {
		return b, damaged("a bucket of the space is missing")
	}
	return b, nil
}

// load reads the rows of all blocks and the list of bad images.
func (b spaceBuckets) load() (*Index, error) {
	x := newIndex(b.space)
	blocks := uint64(0)
	var gs []group
	err := b.blocks.ForEachBucket(func(k []byte) (err error) {
		var number uint32
		number, gs, _, err = b.row(gs, k)
		if err == nil && uint64(number) != blocks {
			err = damaged("block %d is missing", blocks)
		}
		if err != nil {
			return err
		}
		if blocks++; blocks == 1 {
			x.reserve(len(gs) * int(min(b.blocks.Sequence(), 1<<16)))
		}
		x.add(number, gs)
		return nil
	})
	if err == nil && blocks != b.blocks.Sequence() {
		err = damaged("%d of %d blocks are there", blocks, b.blocks.Sequence())
	}
	if err != nil {
		return nil, err
	}
	err = b.eachBad(func(c folder.Content, reason string) { x.bad[c] = reason })
	return x, err
}

// eachBad calls f with the images that can't be used, and why.
func (b spaceBuckets) eachBad(f func(c folder.Content, reason string)) error {
	return b.bad.ForEach(func(k, v []byte) error {
		reason, err := unseal(k, v)
		if err == nil && len(k) != len(folder.Content{}) {
			err = errEncoding
		}
		if err != nil {
			return damaged("bad image %x: %w", k, err)
		}
		f(folder.Content(k), string(reason))
		return nil
	})
}

// row reads the row of the block with the key k: the block's number, its groups,
// appended to reuse[:0], and the number n of features that they cover.
func (b spaceBuckets) row(reuse []group, k []byte) (number uint32, gs []group, n int, err error) {
	if number, err = blockNumber(k); err != nil {
		return 0, nil, 0, err
	}
	row, err := unseal(k, b.blocks.Bucket(k).Get(contentKey))
	if err == nil {
		gs, n, err = decodeRow(reuse, row)
	}
	if err != nil {
		return 0, nil, 0, damaged("content of block %d: %w", number, err)
	}
	return number, gs, n, nil
}

// blockKey is the key of a block's bucket: its number, big-endian, so that bbolt sorts
// blocks by number.
func blockKey(number uint32) []byte { return binary.BigEndian.AppendUint32(nil, number) }

func blockNumber(k []byte) (uint32, error) {
	if len(k) != 4 {
		return 0, damaged("a block has the bad key %x", k)
	}
	return binary.BigEndian.Uint32(k), nil
}

// listSpaces checks the descriptions of all spaces, and returns their IDs and the number
// of their blocks.
func listSpaces(tx *bbolt.Tx) (ids []SpaceID, blocks int, err error) {
	err = tx.Bucket(spacesBucket).ForEachBucket(func(k []byte) error {
		if len(k) != len(SpaceID{}) {
			return damaged("a space has the bad key %x", k)
		}
		b, err := openSpace(tx, SpaceID(k))
		if err != nil {
			return fmt.Errorf("space %v: %w", SpaceID(k), err)
		}
		ids = append(ids, SpaceID(k))
		blocks += int(b.blocks.Sequence())
		return nil
	})
	return ids, blocks, err
}
