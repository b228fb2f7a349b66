package backbone

import (
	"fmt"

	"featurecache/extract/backbone/graph"
	"featurecache/simd"
)

// Numerics names the arithmetic. It changes whenever any bit of any feature may, which
// TestNumerics guards.
const Numerics = "fp32-fma/2"

// A Backbone is a network compiled for this machine's kernel level. It is
// immutable: share it, and give every goroutine its own [Worker].
type Backbone struct {
	plan     *plan
	level    simd.Level
	input    graph.Shape
	features *graph.Value
}

// Compile makes a backbone of a graph. The graph's weights are packed, and no longer
// needed afterwards. Kernels are those of the level that PIPELINE_KERNEL names
// (generic, avx2, avx512), or the machine's best if it names none. An unknown or
// unavailable level is an error, and so is a graph that contradicts itself.
func Compile(g *graph.Graph) (*Backbone, error) {
	level, err := simd.Wanted()
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	return compileFor(g, level)
}

func compileFor(g *graph.Graph, level simd.Level) (*Backbone, error) {
	p, err := compile(g, level)
	if err != nil {
		return nil, err
	}
	return &Backbone{plan: p, level: level, input: g.Input.Shape, features: g.Features}, nil
}

// Input is the shape of one image, [3,H,W].
func (b *Backbone) Input() graph.Shape { return b.input }

// Width is the number of features of an image.
func (b *Backbone) Width() int { return b.features.Shape.Len() }

// Feature is the name of the tensor that the features are.
func (b *Backbone) Feature() string { return b.features.Name }

// Kernel is the name of the kernel level in use: generic, avx2 or avx512.
func (b *Backbone) Kernel() string { return b.level.String() }
