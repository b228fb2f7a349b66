package extract

import (
	"errors"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/view"
)

// ErrTransform is returned when no transform of this version of the program has the
// wanted name: another version made the features.
var ErrTransform = errors.New("another version of this program made the features")

// LoadNamed loads the model for features that were made earlier: the tensor of that
// name, and the input that the transform of that name and seed makes. A model
// without such a tensor is loaded with the features it has; so compare its hash and
// its features' name with what they should be. Its errors wrap [ErrTransform] and
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
