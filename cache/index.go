package cache

import (
	"hash/maphash"
	"iter"
	"sync"
)

// An Index tells which features of a space are in the store, from memory: about
// 60 bytes an image whose views lie together. It belongs to its [Store] and
// follows what writers commit. It may be used by several goroutines.
type Index struct {
	space Space
	id    SpaceID

	mu       sync.RWMutex
	seed     maphash.Seed
	table    []uint32  // open addressing; 1 + a position in contents, or 0
	contents []Content // images, in the order in which they were stored
	last     []uint32  // for each image 1 + the position of its newest run
	runs     []run
	features int
	bad      map[Content]string
}

// A run is some consecutive views of one image in consecutive slots of a block.
type run struct {
	view  uint32
	block uint32
	next  uint32 // 1 + the position of the image's run before, or 0
	slot  uint16
	more  uint16 // the number of views less one
}

// A place is where a feature lies.
type place struct {
	block uint32
	slot  uint16
}

func newIndex(space Space) *Index {
	return &Index{
		space: space, id: space.ID(),
		seed: maphash.MakeSeed(), table: make([]uint32, 64), bad: map[Content]string{},
	}
}

// Space is the space whose features the index lists.
func (x *Index) Space() Space { return x.space }

// Has reports whether the feature is in the store.
func (x *Index) Has(key Key) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	_, ok := x.find(key)
	return ok
}

// Bad reports whether the image is known to be unusable, and why.
func (x *Index) Bad(c Content) (reason string, ok bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	reason, ok = x.bad[c]
	return reason, ok
}

// Len is the number of features.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.features
}

// Images is the number of images that have features.
func (x *Index) Images() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.contents)
}

// Keys yields every key: image by image as they were first stored, and for each
// image the runs of views that were stored together, newest first. What is
// stored meanwhile may be yielded or not.
func (x *Index) Keys() iter.Seq[Key] {
	return func(yield func(Key) bool) {
		for i := 0; i < x.Images(); i++ {
			for _, k := range x.keysOf(i) {
				if !yield(k) {
					return
				}
			}
		}
	}
}

func (x *Index) keysOf(image int) (keys []Key) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for r := x.last[image]; r != 0; r = x.runs[r-1].next {
		for v := uint32(0); v <= uint32(x.runs[r-1].more); v++ {
			keys = append(keys, Key{x.contents[image], x.runs[r-1].view + v})
		}
	}
	return keys
}

// find needs the lock.
func (x *Index) find(key Key) (place, bool) {
	slot, ok := x.image(key.Content)
	if !ok {
		return place{}, false
	}
	for r := x.last[x.table[slot]-1]; r != 0; {
		run := &x.runs[r-1]
		// Smaller views wrap around to large differences.
		if d := key.View - run.view; d <= uint32(run.more) {
			return place{run.block, run.slot + uint16(d)}, true
		}
		r = run.next
	}
	return place{}, false
}

// image is the table's slot of an image, or the empty one where it would go.
func (x *Index) image(c Content) (slot int, ok bool) {
	mask := uint64(len(x.table) - 1)
	for h := maphash.Bytes(x.seed, c[:]); ; h++ {
		i := x.table[h&mask]
		if i == 0 {
			return int(h & mask), false
		}
		if x.contents[i-1] == c {
			return int(h & mask), true
		}
	}
}

// add takes in the groups of a block. It needs the lock.
func (x *Index) add(number uint32, gs []group) {
	slot := 0
	for _, g := range gs {
		at, ok := x.image(g.content)
		if !ok {
			x.contents = append(x.contents, g.content)
			x.last = append(x.last, 0)
			x.table[at] = uint32(len(x.contents))
		}
		i := x.table[at] - 1
		x.runs = append(x.runs, run{g.view, number, x.last[i], uint16(slot), uint16(g.count - 1)})
		x.last[i] = uint32(len(x.runs))
		slot += g.count
		x.features += g.count
		if len(x.contents)*4 > len(x.table)*3 {
			x.grow()
		}
	}
}

func (x *Index) grow() {
	x.table = make([]uint32, 2*len(x.table))
	for i, c := range x.contents {
		slot, _ := x.image(c)
		x.table[slot] = uint32(i + 1)
	}
}
