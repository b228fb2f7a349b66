package backbone

import (
	"fmt"
	"slices"

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
	constants        map[*graph.Value][]float32 // in their layouts
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
	p := &program{images: &graph.Value{Name: "images", Shape: g.Input.Shape}, features: g.Features, in: in, layout: layout,
		constants: map[*graph.Value][]float32{}}
	if arrives(g) {
		l := layout[g.Input]
		arrive := elementwise(func(_ simd.Level, dst []float32, in inputs, share kernel.Share) {
			if share.Part == 0 {
				kernel.Import(dst, in[0], l)
			}
		})
		p.nodes = append(p.nodes, node{name: g.Input.Name, op: arrive, dst: g.Input, in: []*graph.Value{p.images}})
	}
	for _, l := range g.Layers {
		switch l := l.(type) {
		case *graph.Concat:
			p.nodes = append(p.nodes, copies(l, in, layout)...)
			continue
		case *graph.Gather:
			p.nodes = append(p.nodes, gathers(l, layout)...)
			continue
		case *graph.Constant:
			p.constants[l.Out] = held(l, layout[l.Out])
			continue
		}
		n, err := lower(g, l, layout, level)
		if _, ok := n.op.(stem); ok {
			n.in[0] = p.images
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

// held is the memory of a constant.
func held(l *graph.Constant, layout kernel.Layout) []float32 {
	data := kernel.Alloc(layout.Len())
	kernel.Import(data, l.Data, layout)
	return data
}

// lower makes the node of a layer.
func lower(g *graph.Graph, l graph.Layer, layout map[*graph.Value]kernel.Layout, level simd.Level) (node, error) {
	n := node{name: l.Output().Name, dst: l.Output(), in: slices.Clone(l.Inputs())}
	in, out := layout[n.in[0]], layout[n.dst]
	switch l := l.(type) {
	case *graph.Conv:
		var err error
		n.op, n.weights, err = choose(g, l).compile(l, operands{in, out, layout[l.Residual], level})
		return n, err
	case *graph.Affine:
		lo, hi := clampOf(l.Act)
		bn := kernel.NewAffine(l.Scale, l.Shift, lo, hi, in, out)
		n.op = elementwise(func(level simd.Level, dst []float32, in inputs, share kernel.Share) { bn.Run(level, dst, in[0], share) })
	case *graph.Add:
		lo, hi := clampOf(l.Act)
		sum := kernel.Add{A: in, B: layout[l.B], Out: out, Lo: lo, Hi: hi}
		n.op = elementwise(func(level simd.Level, dst []float32, in inputs, share kernel.Share) {
			sum.Run(level, dst, in[0], in[1], share)
		})
	case *graph.Scale:
		lo, hi := clampOf(l.Act)
		product := kernel.Scale{In: in, Gain: layout[l.Gain], Out: out, Lo: lo, Hi: hi}
		n.op = elementwise(func(level simd.Level, dst []float32, in inputs, share kernel.Share) {
			product.Run(level, dst, in[0], in[1], share)
		})
	case *graph.LRN:
		norm := kernel.LRN{In: in, Out: out, Size: l.Size, Alpha: l.Alpha, Beta: l.Beta, Bias: l.Bias}
		n.op = elementwise(func(_ simd.Level, dst []float32, in inputs, share kernel.Share) { norm.Run(dst, in[0], share) })
	case *graph.Activate:
		n.op = mapOf(l.Act, in, out)
	case *graph.MaxPool, *graph.AvgPool:
		n.op = pool{kernel.NewPool(windowOf(l), in, out)}
	default:
		return lowerTokens(n, l, layout)
	}
	return n, nil
}

// activation is the node, in place, of an activation that the node n of its layer can't
// apply itself.
func activation(n node, l graph.Layer, layout map[*graph.Value]kernel.Layout) (node, bool) {
	if _, ok := n.op.(direct); ok {
		return node{}, false
	}
	act := actOf(l)
	if _, ok := l.(*graph.Activate); ok {
		return node{}, false
	}
	if _, _, ok := bounds(act); ok {
		return node{}, false
	}
	v := l.Output()
	return node{name: v.Name + " activation", op: mapOf(act, layout[v], layout[v]), dst: v, in: []*graph.Value{v}}, true
}

func mapOf(act graph.Activation, in, out kernel.Layout) op {
	m := kernel.Map{In: in, Out: out, F: function(act)}
	return elementwise(func(level simd.Level, dst []float32, in inputs, share kernel.Share) { m.Run(level, dst, in[0], share) })
}
