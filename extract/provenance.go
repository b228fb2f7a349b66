package extract

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"featurecache/cache"
	"featurecache/extract/backbone"
	"featurecache/extract/backbone/graph"
	"featurecache/extract/view"
)

// Provenance says what made a set of features: everything that must be the same for other
// features to be comparable with them. A head trained on them carries it, and so does
// every export.
type Provenance struct {
	cache.Space
	ViewSeed uint64 // shapes the random crops and flips; Transform depends on it too
}

// Keys of the metadata, in head files and exports.
const (
	keyBackbone  = "backbone_sha256"
	keyModel     = "backbone_file"
	keyFeature   = "feature"
	keyTransform = "transform"
	keyViewSeed  = "view_seed"
	keyNumerics  = "numerics"
)

// Metadata is the provenance as text, for a file's metadata. [ParseProvenance] reads it.
func (p Provenance) Metadata() map[string]string {
	return map[string]string{
		keyBackbone:  hex.EncodeToString(p.Backbone[:]),
		keyModel:     strings.ToValidUTF8(p.Model, "_"),
		keyFeature:   p.Feature,
		keyTransform: p.Transform,
		keyViewSeed:  strconv.FormatUint(p.ViewSeed, 10),
		keyNumerics:  p.Numerics,
	}
}

// ParseProvenance reads what [Provenance.Metadata] returned; width is the number of
// values in a feature.
func ParseProvenance(meta map[string]string, width int) (Provenance, error) {
	p := Provenance{Space: cache.Space{
		Model: meta[keyModel], Feature: meta[keyFeature], Transform: meta[keyTransform], Numerics: meta[keyNumerics], Width: width,
	}}
	hash, err := hex.DecodeString(meta[keyBackbone])
	if err != nil || len(hash) != len(p.Backbone) {
		return p, fmt.Errorf("the metadata has no %s", keyBackbone)
	}
	copy(p.Backbone[:], hash)
	if p.ViewSeed, err = strconv.ParseUint(meta[keyViewSeed], 10, 64); err != nil {
		return p, fmt.Errorf("the metadata has no %s", keyViewSeed)
	}
	return p, nil
}

// Network loads and compiles the model in a file. It fails if the model, or this version
// of the program, would compute features that are not comparable with p's.
func (p Provenance) Network(modelFile string) (*Network, error) {
	transform, err := p.ViewTransform()
	if err != nil {
		return nil, err
	}
	model, err := p.loadModel(modelFile, transform.Size)
	if err != nil {
		return nil, err
	}
	if err := p.Check(model); err != nil {
		return nil, fmt.Errorf("%s does not fit: %w", modelFile, err)
	}
	net, err := backbone.Compile(model)
	if err != nil {
		return nil, err
	}
	return &Network{Net: net, Transform: transform}, nil
}

// ViewTransform returns the transform that made the network's input. It fails if this
// version of the program has no such transform.
func (p Provenance) ViewTransform() (view.Transform, error) {
	transform, ok := view.Named(p.Transform, p.ViewSeed)
	if !ok {
		return view.Transform{}, errOtherVersion
	}
	return transform, nil
}

// loadModel loads a model with p's tensor as features. A model that lacks it is loaded with
// its default features, so that Check can say how it differs.
func (p Provenance) loadModel(file string, size int) (*graph.Graph, error) {
	opt := graph.Options{Feature: p.Feature, Height: size, Width: size}
	model, err := graph.Load(file, opt)
	if errors.Is(err, graph.ErrUnsupported) {
		opt.Feature = ""
		if other, otherErr := graph.Load(file, opt); otherErr == nil {
			return other, nil
		}
	}
	return model, err
}

var errOtherVersion = errors.New("another version of this program made the features; run extract and fit again")

// Check compares a model, and the arithmetic of this version of the program, with what
// made the features.
func (p Provenance) Check(model *graph.Graph) error {
	switch {
	case model.Hash != p.Backbone:
		return fmt.Errorf("the features were made by %s with SHA-256 %.6x…, and this model has %.6x…: use that model, or run extract and fit again",
			p.Model, p.Backbone, model.Hash)
	case p.Numerics != backbone.Numerics:
		return errOtherVersion
	case model.Features.Name != p.Feature:
		return fmt.Errorf("the features are the tensor %q, and this model's are %q: use the model that made them, or run extract and fit again", p.Feature, model.Features.Name)
	case model.Features.Shape.Len() != p.Width:
		return fmt.Errorf("the features have %d values, and this model's have %d: use the model that made them, or run extract and fit again", p.Width, model.Features.Shape.Len())
	}
	return nil
}
