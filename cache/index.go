package cache

import (
	"cmp"
	"hash/maphash"
	"iter"
	"slices"
	"sync"

	"featurecache/cache/folder"
)

// An Index lists the features of a space that are in the store. It is held in memory,
// about 60 bytes per image whose views are stored together. It belongs to its [Store],
// includes what writers commit, and may be used by several goroutines.
type Index struct {
	space Space
	id    SpaceID

	mu       sync.RWMutex
	seed     maphash.Seed
	table    []uint32         // open addressing: 1 + an index into contents, or 0
	contents []folder.Content // images, in the order in which they were first stored
	last     []uint32         // for each image, 1 + the index of its newest run
	runs     []run
	features int
	bad      map[folder.Content]string
}

// A run is a group, linked to the other runs of its image.
type run struct {
	view  uint32 // the first
	block uint32
	next  uint32 // 1 + the index of the image's previous run, or 0
	slot  uint16 // of the first view
	more  uint16 // the number of views minus one
}

// A place is where a feature is stored.
type place struct {
	block uint32
	slot  uint16
}

func newIndex(space Space) *Index {
	return &Index{
		space: space, id: space.ID(),
		seed: maphash.MakeSeed(), table: make([]uint32, 64), bad: map[folder.Content]string{},
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

// Lacks lists which of an image's views first to last are not in the store. If all
// are there and were stored together, this takes one lookup.
func (x *Index) Lacks(c folder.Content, first, last uint32) (views []uint32) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if at, ok := x.image(c); ok {
		newest := x.runs[x.last[x.table[at]-1]-1]
		if first >= newest.view && last-newest.view <= uint32(newest.more) {
			return nil
		}
	}
	for v := first; v <= last; v++ {
		if _, ok := x.find(Key{c, v}); !ok {
			views = append(views, v)
		}
	}
	return views
}

// Bad reports whether the image is known to be unusable, and why.
func (x *Index) Bad(c folder.Content) (reason string, ok bool) {
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

// Keys yields every key: images in the order in which they were first stored, and an
// image's views in the order in which they were stored. Keys that are stored during the
// iteration may or may not be yielded.
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

// keysOf lists the keys of the image at an index in contents.
func (x *Index) keysOf(image int) (keys []Key) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var rs []run
	for r := x.last[image]; r != 0; r = x.runs[r-1].next {
		rs = append(rs, x.runs[r-1])
	}
	for _, r := range slices.Backward(rs) {
		for v := range uint32(r.more) + 1 {
			keys = append(keys, Key{x.contents[image], r.view + v})
		}
	}
	return keys
}

// views lists the views of an image that are in the store, in ascending order.
func (x *Index) views(c folder.Content) []Key {
	x.mu.RLock()
	slot, ok := x.image(c)
	image := int(x.table[slot]) - 1
	x.mu.RUnlock()
	if !ok {
		return nil
	}
	keys := x.keysOf(image)
	slices.SortFunc(keys, func(a, b Key) int { return cmp.Compare(a.View, b.View) })
	return keys
}

// find returns the place of a key. It needs the lock.
func (x *Index) find(key Key) (place, bool) {
	slot, ok := x.image(key.Content)
	if !ok {
		return place{}, false
	}
	for r := x.last[x.table[slot]-1]; r != 0; {
		run := &x.runs[r-1]
		// For views before the run the difference wraps around to a large number.
		if d := key.View - run.view; d <= uint32(run.more) {
			return place{run.block, run.slot + uint16(d)}, true
		}
		r = run.next
	}
	return place{}, false
}

// image returns the table's slot for an image; ok is false if the slot is empty.
func (x *Index) image(c folder.Content) (slot int, ok bool) {
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

// add adds the groups of a block. It needs the lock.
func (x *Index) add(number uint32, gs []group) {
	slot := 0
	for _, g := range gs {
		x.addGroup(place{number, uint16(slot)}, g)
		slot += g.count
	}
}

func (x *Index) addGroup(at place, g group) {
	slot, ok := x.image(g.content)
	if !ok {
		x.contents = append(x.contents, g.content)
		x.last = append(x.last, 0)
		x.table[slot] = uint32(len(x.contents))
	}
	i := x.table[slot] - 1
	x.runs = append(x.runs, run{g.view, at.block, x.last[i], at.slot, uint16(g.count - 1)})
	x.last[i] = uint32(len(x.runs))
	x.features += g.count
	if len(x.contents)*4 > len(x.table)*3 {
		x.grow()
	}
}

// reserve allocates an empty index for about the given number of images.
func (x *Index) reserve(images int) {
	x.contents = make([]folder.Content, 0, images)
	x.last = make([]uint32, 0, images)
	x.runs = make([]run, 0, images)
	for len(x.table)*3 < images*4 {
		x.table = make([]uint32, 2*len(x.table))
	}
}

func (x *Index) grow() {
	x.table = make([]uint32, 2*len(x.table))
	for i, c := range x.contents {
		slot, _ := x.image(c)
		x.table[slot] = uint32(i + 1)
	}
}
