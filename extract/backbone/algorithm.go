package backbone

import (
	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
)

// An algorithm computes convolutions of some shapes. Which one computes a layer
// depends on the layer's shape alone, for it decides the bits of the result.
type algorithm interface {
	// border is what the algorithm reads around the input.
	border(l *graph.Conv) border
	// compile packs the weights. weights is their size in bytes once packed.
	compile(l *graph.Conv, in, out, res kernel.Layout) (o op, weights int, err error)
}

// choose picks the algorithm of a layer.
func choose(_ *graph.Conv) algorithm { return byDefinition{} }

// byDefinition is the direct convolution, which computes every shape.
type byDefinition struct{}

func (byDefinition) border(l *graph.Conv) border { return needs(l) }

func (byDefinition) compile(l *graph.Conv, in, out, res kernel.Layout) (op, int, error) {
	c := kernel.NewDirect(convOf(l), l.Weight, l.Bias, in, out, res)
	return direct{c}, c.Bytes(), nil
}
