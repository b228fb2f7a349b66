package backbone

import "featurecache/extract/backbone/graph"

// Options say what to take from a model.
type Options = graph.Options

// Load reads the ONNX model at path and compiles it, see [graph.Load] and
// [Compile].
func Load(path string, opt Options) (*Backbone, error) {
	g, err := graph.Load(path, opt)
	if err != nil {
		return nil, err
	}
	return Compile(g)
}
