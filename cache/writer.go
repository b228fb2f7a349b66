package cache

import (
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"featurecache/cache/folder"
)

// batchAge limits the work that a kill can lose when features come slowly.
const batchAge = 5 * time.Second

// A Writer adds features to a space. It commits them in one transaction when a block
// of 1 MiB is full, when a feature is put and the oldest pending one has waited for
// five seconds, on Flush and on Close. A kill loses only what has not been committed.
//
// A Writer is for one goroutine, and a space has one Writer at a time: NewWriter fails
// until the first is closed. After a commit has failed, every method returns its error.
type Writer struct {
	store *Store
	index *Index
	sum   *summer
	err   error

	keys    []Key
	pending map[Key]struct{}
	data    []byte // the features of keys
	bad     map[folder.Content]string
	since   time.Time // when the oldest pending feature or bad image was put
}

// NewWriter returns a Writer for the space, and creates the space if the store does
// not have it yet.
func (s *Store) NewWriter(space Space) (*Writer, error) {
	return s.newWriter(space, time.Now())
}

// newWriter is NewWriter with the time of creation that a new space records.
func (s *Store) newWriter(space Space, created time.Time) (*Writer, error) {
	if err := space.validate(); err != nil {
		return nil, err
	}
	id := space.ID()
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.index(id)
	if errors.Is(err, ErrNoSpace) {
		if err = s.update("create a space", func(tx *bbolt.Tx) error { return createSpace(tx, space, created) }); err == nil {
			x, err = s.index(id)
		}
	}
	if err == nil && s.readOnly {
		err = fmt.Errorf("cache: %s: write features: %w", s.path, errReadOnly)
	}
	if err == nil && s.writing[id] != nil {
		err = fmt.Errorf("cache: %s: write features: space %v already has a writer", s.path, id)
	}
	if err != nil {
		return nil, err
	}
	w := &Writer{store: s, index: x, sum: newSummer(id), pending: map[Key]struct{}{}, bad: map[folder.Content]string{}}
	s.writing[id] = w
	return w, nil
}

func createSpace(tx *bbolt.Tx, space Space, created time.Time) error {
	id := space.ID()
	b, err := tx.Bucket(spacesBucket).CreateBucket(id[:])
	if err != nil {
		return err
	}
	_, err1 := b.CreateBucket(blocksBucket)
	_, err2 := b.CreateBucket(badBucket)
	return errors.Join(err1, err2,
		b.Put(spaceKey, seal(spaceKey, encodeSpace(space, created.UnixNano()))))
}

// Put adds a copy of a feature, which must have the space's width. If the store already
// has a feature for the key, that one stays.
func (w *Writer) Put(key Key, feature []float32) error {
	if w.err != nil {
		return w.err
	}
	if len(feature) != w.index.space.Width {
		return fmt.Errorf("cache: %s: put %v: %d values, the space has features of %d", w.store.path, key, len(feature), w.index.space.Width)
	}
	if _, ok := w.pending[key]; ok || w.index.Has(key) {
		return nil
	}
	w.begin()
	w.keys = append(w.keys, key)
	w.pending[key] = struct{}{}
	w.data = appendFloats(w.data, feature)
	delete(w.bad, key.Content)
	if len(w.keys) == perBlock(w.index.space.Width) || time.Since(w.since) >= batchAge {
		return w.Flush()
	}
	return nil
}

// PutBad records that an image can't be used, and why, so that it is not read again.
// It has no effect on an image that has features, and a feature that is put later
// removes the record.
func (w *Writer) PutBad(c folder.Content, reason string) error {
	if w.err != nil {
		return w.err
	}
	if old, ok := w.index.Bad(c); ok && old == reason || w.index.hasImage(c) {
		return nil
	}
	w.begin()
	w.bad[c] = reason
	return nil
}

// begin notes the time of the first entry in a batch.
func (w *Writer) begin() {
	if len(w.keys) == 0 && len(w.bad) == 0 {
		w.since = time.Now()
	}
}

// Flush commits all that has been put.
func (w *Writer) Flush() error {
	if w.err != nil || len(w.keys) == 0 && len(w.bad) == 0 {
		return w.err
	}
	number, gs := uint32(0), groupKeys(w.keys)
	w.err = w.store.update("commit features", func(tx *bbolt.Tx) error {
		b, err := openSpace(tx, w.index.id)
		if err != nil {
			return err
		}
		if len(w.keys) > 0 {
			if number, err = b.putBlock(appendRow(nil, gs), appendBlock(nil, w.sum, w.keys, w.data)); err != nil {
				return err
			}
		}
		return b.putBad(gs, w.bad)
	})
	if w.err != nil {
		return w.err
	}
	w.index.commit(number, gs, w.bad)
	w.keys, w.data = w.keys[:0], w.data[:0]
	clear(w.pending)
	clear(w.bad)
	return nil
}

// Close commits all that has been put. The Writer can't be used afterwards.
func (w *Writer) Close() error {
	err := w.Flush()
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	if w.store.writing[w.index.id] == w {
		delete(w.store.writing, w.index.id)
	}
	if w.err == nil {
		w.err = errors.New("cache: the writer is closed")
	}
	return err
}

// putBlock stores a block after the last one. Each block has a bucket of its own, and
// so is never moved. bbolt would rewrite a value that shares a page with others whenever
// the next one is added, and leave holes.
func (b spaceBuckets) putBlock(row, features []byte) (number uint32, err error) {
	n, err := b.blocks.NextSequence()
	if err != nil || n > 1<<32 {
		return 0, errors.Join(err, errors.New("the space is full: 2^32 blocks"))
	}
	number = uint32(n - 1)
	b.blocks.FillPercent = 1 // keys only grow, so pages can be full
	k := blockKey(number)
	bucket, err := b.blocks.CreateBucket(k)
	if err != nil {
		return 0, err
	}
	return number, errors.Join(bucket.Put(contentKey, seal(k, row)), bucket.Put(featuresKey, features))
}

// putBad stores bad images with their reasons, and removes those that now have features.
func (b spaceBuckets) putBad(gs []group, bad map[folder.Content]string) error {
	if k, _ := b.bad.Cursor().First(); k != nil {
		for _, g := range gs {
			if err := b.bad.Delete(g.content[:]); err != nil {
				return err
			}
		}
	}
	for c, reason := range bad {
		if err := b.bad.Put(c[:], seal(c[:], []byte(reason))); err != nil {
			return err
		}
	}
	return nil
}

// commit adds what a transaction has stored to the index.
func (x *Index) commit(number uint32, gs []group, bad map[folder.Content]string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.add(number, gs)
	for _, g := range gs {
		delete(x.bad, g.content)
	}
	for c, reason := range bad {
		x.bad[c] = reason
	}
}

func (x *Index) hasImage(c folder.Content) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	_, ok := x.image(c)
	return ok
}
