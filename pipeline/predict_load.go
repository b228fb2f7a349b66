package pipeline

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"featurecache/cache"
	"featurecache/extract"
	"featurecache/extract/backbone"
	"featurecache/extract/backbone/graph"
	"featurecache/head"
)

// ErrMismatch is returned when a head was trained on features that the backbone,
// or this version of the program, does not make: a head on another network's
// features gives confident nonsense.
var ErrMismatch = errors.New("the head does not fit")

// headOnDisk is a head, and the file that it came from.
type headOnDisk struct {
	*head.Head
	path string
}

// openHead loads a head that names its classes, see [loadHead].
func openHead(path string) (*headOnDisk, error) {
	h, file, err := loadHead(path)
	if err != nil {
		return nil, err
	}
	if len(h.Classes) != len(h.Bias) {
		return nil, fmt.Errorf("%w: %s does not name its classes", ErrMismatch, file)
	}
	return &headOnDisk{h, file}, nil
}

// network loads and compiles the backbone that the head was trained on.
func (h *headOnDisk) network(path string) (*extract.Network, error) {
	seed, err := h.seed()
	if err != nil {
		return nil, err
	}
	model, transform, err := extract.LoadNamed(path, h.Meta[metaFeature], h.Meta[metaTransform], seed)
	if errors.Is(err, extract.ErrTransform) {
		return nil, fmt.Errorf("%w: %w that %s was trained on; run extract and fit again", ErrMismatch, err, h.path)
	}
	if err != nil {
		return nil, err
	}
	if err := h.check(model); err != nil {
		return nil, fmt.Errorf("%s on %s: %w", h.path, path, err)
	}
	net, err := backbone.Compile(model)
	if err != nil {
		return nil, err
	}
	return &extract.Network{Net: net, Transform: transform}, nil
}

// seed is that of the views that the head was trained on.
func (h *headOnDisk) seed() (uint64, error) {
	seed, err := strconv.ParseUint(h.Meta[metaSeed], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: the metadata of %s has no %s", ErrMismatch, h.path, metaSeed)
	}
	return seed, nil
}

// check makes sure that the model makes the features that the head was trained on.
func (h *headOnDisk) check(model *graph.Graph) error {
	if got := hex.EncodeToString(model.Hash[:]); got != h.Meta[metaBackbone] {
		return fmt.Errorf("%w: it was trained on features of %s with SHA-256 %.12s…, and this model has %.12s…",
			ErrMismatch, h.Meta[metaModel], h.Meta[metaBackbone], got)
	}
	if h.Meta[metaNumerics] != backbone.Numerics {
		return fmt.Errorf("%w: another version of this program made the features it was trained on; run extract and fit again", ErrMismatch)
	}
	if name := model.Features.Name; name != h.Meta[metaFeature] {
		return fmt.Errorf("%w: it was trained on the tensor %q, and the model's is %q", ErrMismatch, h.Meta[metaFeature], name)
	}
	if width := model.Features.Shape.Len(); width != h.In {
		return fmt.Errorf("%w: it reads %d features and the model makes %d", ErrMismatch, h.In, width)
	}
	return nil
}

// space is the feature space that the head was trained on.
func (h *headOnDisk) space() (cache.SpaceID, error) {
	s := cache.Space{
		Feature: h.Meta[metaFeature], Transform: h.Meta[metaTransform], Numerics: h.Meta[metaNumerics], Width: h.In,
	}
	if n, err := hex.Decode(s.Backbone[:], []byte(h.Meta[metaBackbone])); err != nil || n != len(s.Backbone) {
		return cache.SpaceID{}, fmt.Errorf("%w: the metadata of %s has no %s", ErrMismatch, h.path, metaBackbone)
	}
	return s.ID(), nil
}
