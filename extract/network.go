package extract

import (
	"errors"
	"fmt"

	"featurecache/cache"
	"featurecache/extract/backbone"
	"featurecache/extract/backbone/graph"
	"featurecache/extract/view"
)

// ErrTransform is returned when no transform of this version of the program has the
// wanted name: another version made the features.
var ErrTransform = errors.New("another version of this program made the features")

// LoadNamed loads the model for features that were made earlier: the tensor of that
// name, and the input that the transform of that name and seed makes. A model
// without such a tensor is loaded with the features it has: [CheckModel] finds that. Its errors wrap [ErrTransform] and
// those of [graph.Load].
func LoadNamed(modelFile, feature, transform string, seed uint64) (*graph.Graph, view.Transform, error) {
	t, ok := view.Named(transform, seed)
	if !ok {
		return nil, view.Transform{}, ErrTransform
	}
	opt := graph.Options{Feature: feature, Height: t.Size, Width: t.Size}
	model, err := graph.Load(modelFile, opt)
	if errors.Is(err, graph.ErrUnsupported) {
		opt.Feature = ""
		if unasked, unaskedErr := graph.Load(modelFile, opt); unaskedErr == nil {
			return unasked, t, nil
		}
	}
	return model, t, err
}

// LoadNetwork loads and compiles the model that made the features of a space, with
// the transform that made its input; seed is that of the views. The error says in what
// the model or this version of the program differs from what made them, and wraps
// [ErrTransform] and the errors of [graph.Load].
func LoadNetwork(modelFile string, space cache.Space, seed uint64) (*Network, error) {
	model, transform, err := LoadNamed(modelFile, space.Feature, space.Transform, seed)
	if err != nil {
		return nil, err
	}
	if err := CheckModel(model, space); err != nil {
		return nil, err
	}
	net, err := backbone.Compile(model)
	if err != nil {
		return nil, err
	}
	return &Network{Net: net, Transform: transform}, nil
}

// CheckModel returns an error that says why a model, in this version of the program,
// does not make the features of a space, or nil when it does.
func CheckModel(model *graph.Graph, space cache.Space) error {
	switch name, width := model.Features.Name, model.Features.Shape.Len(); {
	case model.Hash != space.Backbone:
		return fmt.Errorf("the features are of %s with SHA-256 %x…, and this model has %x…", space.Model, space.Backbone[:6], model.Hash[:6])
	case space.Numerics != backbone.Numerics:
		return fmt.Errorf("another version of this program made the features: numerics %s, and this one has %s", space.Numerics, backbone.Numerics)
	case name != space.Feature:
		return fmt.Errorf("the features are the tensor %q, and the model's is %q", space.Feature, name)
	case width != space.Width:
		return fmt.Errorf("the space has features of %d values, and the model makes %d", space.Width, width)
	}
	return nil
}
