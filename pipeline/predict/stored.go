package predict

import (
	"errors"

	"featurecache/cache"
	"featurecache/cache/folder"
	"featurecache/extract"
	"featurecache/pipeline/trained"
)

// storedFeatures looks up the evaluation views of a head's feature space.
type storedFeatures struct {
	store *cache.Store
	index *cache.Index // nil when the store has no such space
	space cache.SpaceID
}

// openStored opens a store for a head. The caller closes it.
func openStored(path string, h *trained.Head) (*storedFeatures, error) {
	p, err := h.Features()
	if err != nil {
		return nil, err
	}
	space := p.ID()
	store, err := cache.Open(path, cache.Options{ReadOnly: true, Timeout: cache.LockTimeout})
	if err != nil {
		return nil, err
	}
	index, err := store.Index(space)
	if err != nil && !errors.Is(err, cache.ErrNoSpace) {
		return nil, errors.Join(err, store.Close())
	}
	return &storedFeatures{store, index, space}, nil
}

func (s *storedFeatures) close() { _ = s.store.Close() } // nothing was written

// lookUp returns what the store holds of an image.
func (s *storedFeatures) lookUp(content folder.Content) (extract.Stored, error) {
	if s.index == nil {
		return extract.Stored{}, nil
	}
	key := cache.Key{Content: content}
	if s.index.Has(key) {
		feature := make([]float32, s.index.Space().Width)
		err := s.store.Read(s.space, []cache.Key{key}, feature)
		return extract.Stored{Feature: feature}, err
	}
	why, _ := s.index.Bad(content)
	return extract.Stored{Bad: why}, nil
}
