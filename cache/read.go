package cache

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"

	"go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"
)

// A wanted is a feature to read: its place, and its index in the caller's keys.
type wanted struct {
	place
	at int
}

// Read fills dst, row-major [len(keys), Width], with the features of keys, in order. It
// verifies every feature's checksum. The error is [ErrMissing] with the first key that
// the store lacks, or [ErrDamaged] with the block; dst is undefined then.
func (s *Store) Read(space SpaceID, keys []Key, dst []float32) error {
	x, err := s.Index(space)
	if err != nil {
		return err
	}
	if len(dst) != len(keys)*x.space.Width {
		return fmt.Errorf("cache: %s: read %d features of %d values into %d", s.path, len(keys), x.space.Width, len(dst))
	}
	want, err := x.locate(keys)
	if err != nil {
		return fmt.Errorf("cache: %s: read features of space %v: %w", s.path, space, err)
	}
	byBlock := func(a, b wanted) int { return cmp.Compare(a.block, b.block) }
	if !slices.IsSortedFunc(want, byBlock) {
		slices.SortFunc(want, byBlock) // reading in the file's order is faster
	}
	var group errgroup.Group
	for _, part := range share(want) {
		group.Go(func() error {
			return s.view("read features", func(tx *bbolt.Tx) error {
				b, err := openSpace(tx, space)
				if err != nil {
					return err
				}
				return b.copy(newSummer(space), part, keys, dst)
			})
		})
	}
	return group.Wait()
}

// locate finds the places of all keys.
func (x *Index) locate(keys []Key) ([]wanted, error) {
	want := make([]wanted, len(keys))
	x.mu.RLock()
	defer x.mu.RUnlock()
	for i, k := range keys {
		p, ok := x.find(k)
		if !ok {
			return nil, fmt.Errorf("%v: %w", k, ErrMissing)
		}
		want[i] = wanted{p, i}
	}
	return want, nil
}

// minShare is the fewest features that are worth a goroutine of their own.
const minShare = 64

// share divides the features among the cores, in parts of nearly equal length.
func share(want []wanted) [][]wanted {
	n := max(1, min(runtime.GOMAXPROCS(0), len(want)/minShare))
	parts := make([][]wanted, 0, n)
	for i := range n {
		parts = append(parts, want[i*len(want)/n:(i+1)*len(want)/n])
	}
	return parts
}

// copy copies the wanted features, which are sorted by block, to their rows of dst.
func (b spaceBuckets) copy(sum *summer, want []wanted, keys []Key, dst []float32) error {
	width := b.space.Width
	b.prefetch(want)
	for len(want) > 0 {
		here := want[:sameBlock(want)]
		want = want[len(here):]
		b.prefetch(want)
		number := here[0].block
		open, err := b.block(number)
		if err != nil {
			return err
		}
		for _, w := range here {
			data, err := open.feature(int(w.slot), sum, keys[w.at])
			if err != nil {
				return fmt.Errorf("block %d: %w", number, err)
			}
			copyFloats(dst[w.at*width:][:width], data)
		}
	}
	return nil
}

// sameBlock is the number of features, from the first, that lie in the first one's block.
func sameBlock(want []wanted) int {
	for i, w := range want {
		if w.block != want[0].block {
			return i
		}
	}
	return len(want)
}

// prefetch asks the system to read the next block, if a good part of it is wanted.
// Without this, a file that is not in memory yet would be read page by page, at a tenth
// of the disk's speed, because bbolt tells the system to expect random reads.
func (b spaceBuckets) prefetch(want []wanted) {
	n := sameBlock(want)
	if n*4*b.space.Width < 64<<10 {
		return // a small block may even lie in bbolt's own memory instead of the mapped file
	}
	// An error in the block is reported when it is read.
	if next, err := b.block(want[0].block); err == nil && n*16 >= next.n {
		prefetch(next.value)
	}
}

// block opens the block with the given number.
func (b spaceBuckets) block(number uint32) (block, error) {
	bucket := b.blocks.Bucket(blockKey(number))
	if bucket == nil {
		return block{}, damaged("block %d is missing", number)
	}
	value := bucket.Get(featuresKey)
	size := 4 + 4*b.space.Width
	if len(value) == 0 || len(value)%size != 0 {
		return block{}, damaged("block %d: %d bytes of features", number, len(value))
	}
	return block{value, b.space.Width, len(value) / size}, nil
}
