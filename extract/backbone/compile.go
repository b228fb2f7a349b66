package backbone

import (
	"fmt"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// compile turns a graph into a plan for a kernel level.
func compile(g *graph.Graph, level simd.Level) (*plan, error) {
	p, err := newProgram(g, level)
	if err != nil {
		return nil, err
	}
	return arrange(p, batchFrom(p.nodes)), nil
}

// A program is what a graph computes, before its values have places in memory. The values
// are the graph's, and the images.
type program struct {
	nodes            []node
	images, features *graph.Value
	in               placement
	layout           map[*graph.Value]kernel.Layout
}

// newProgram makes the nodes of a graph.
func newProgram(g *graph.Graph, level simd.Level) (*program, error) {
	if err := validate(g); err != nil {
		return nil, err
	}
	in := placements(g)
	layout, err := layouts(g, in)
	if err != nil {
		return nil, err
	}
	p := &program{images: &graph.Value{Name: "images", Shape: g.Input.Shape}, features: g.Features, in: in, layout: layout}
	if arrives(g) {
		l := layout[g.Input]
		arrive := elementwise(func(_ simd.Level, dst, a, _ []float32, share kernel.Share) {
			if share.Part == 0 {
				kernel.Import(dst, a, l)
			}
		})
		p.nodes = append(p.nodes, node{name: g.Input.Name, op: arrive, dst: g.Input, a: p.images})
	}
	for _, l := range g.Layers {
		if c, ok := l.(*graph.Concat); ok {
			p.nodes = append(p.nodes, copies(c, in, layout)...)
			continue
		}
		n, err := lower(g, l, layout, level)
		if _, ok := n.op.(stem); ok {
			n.a = p.images
		}
		if err != nil {
			return nil, fmt.Errorf("layer %s: %w", l.Output().Name, err)
		}
		p.nodes = append(p.nodes, n)
		if m, ok := activation(n, l, layout); ok {
			p.nodes = append(p.nodes, m)
		}
	}
	return p, nil
}

// lower makes the node of a layer.
func lower(g *graph.Graph, l graph.Layer, layout map[*graph.Value]kernel.Layout, level simd.Level) (node, error) {
	n := node{name: l.Output().Name, dst: l.Output(), a: l.Inputs()[0]}
	in, out := layout[n.a], layout[n.dst]
	switch l := l.(type) {
	case *graph.Conv:
		n.b = l.Residual
		var err error
		n.op, n.weights, err = choose(g, l).compile(l, operands{in, out, layout[l.Residual], level})
		return n, err
	case *graph.Affine:
		lo, hi := clampOf(l.Act)
		bn := kernel.NewAffine(l.Scale, l.Shift, lo, hi, in, out)
		n.op = elementwise(func(level simd.Level, dst, a, _ []float32, share kernel.Share) { bn.Run(level, dst, a, share) })
	case *graph.Add:
		n.b = l.B
		lo, hi := clampOf(l.Act)
		sum := kernel.Add{A: in, B: layout[l.B], Out: out, Lo: lo, Hi: hi}
		n.op = elementwise(func(level simd.Level, dst, a, b []float32, share kernel.Share) { sum.Run(level, dst, a, b, share) })
	case *graph.Scale:
		n.b = l.Gain
		lo, hi := clampOf(l.Act)
		product := kernel.Scale{In: in, Gain: layout[l.Gain], Out: out, Lo: lo, Hi: hi}
		n.op = elementwise(func(level simd.Level, dst, a, b []float32, share kernel.Share) { product.Run(level, dst, a, b, share) })
	case *graph.LRN:
		norm := kernel.LRN{In: in, Out: out, Size: l.Size, Alpha: l.Alpha, Beta: l.Beta, Bias: l.Bias}
		n.op = elementwise(func(_ simd.Level, dst, a, _ []float32, share kernel.Share) { norm.Run(dst, a, share) })
	case *graph.Activate:
		n.op = mapOf(l.Act, in, out)
	case *graph.MaxPool, *graph.AvgPool:
		n.op = pool{kernel.NewPool(windowOf(l), in, out)}
	default:
		return n, fmt.Errorf("no such layer as %T", l)
	}
	return n, nil
}

// activation is the node, in place, of an activation that the node n of its layer can't
// apply itself.
func activation(n node, l graph.Layer, layout map[*graph.Value]kernel.Layout) (node, bool) {
	if _, ok := n.op.(direct); ok {
		return node{}, false
	}
	var act graph.Activation
	switch l := l.(type) {
	case *graph.Conv:
		act = l.Act
	case *graph.Affine:
		act = l.Act
	case *graph.Add:
		act = l.Act
	case *graph.Scale:
		act = l.Act
	}
	if _, _, ok := bounds(act); ok {
		return node{}, false
	}
	v := l.Output()
	return node{name: v.Name + " activation", op: mapOf(act, layout[v], layout[v]), dst: v, a: v}, true
}

func mapOf(act graph.Activation, in, out kernel.Layout) op {
	m := kernel.Map{In: in, Out: out, F: function(act)}
	return elementwise(func(level simd.Level, dst, a, _ []float32, share kernel.Share) { m.Run(level, dst, a, share) })
}
