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
	constants        map[*graph.Value][]float32 // in their layout
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
		constants: make(map[*graph.Value][]float32)}
	if arrives(g) {
		l := layout[g.Input]
		arrive := each(func(_ simd.Level, dst []float32, in inputs, share kernel.Share) {
			if share.Part == 0 {
				kernel.Import(dst, in[0], l)
			}
		})
		p.nodes = append(p.nodes, node{name: g.Input.Name, op: arrive, dst: g.Input, in: []*graph.Value{p.images}})
	}
	for _, l := range g.Layers {
		if err := p.add(g, l, level); err != nil {
			return nil, fmt.Errorf("layer %s: %w", l.Output().Name, err)
		}
	}
	return p, nil
}

// add makes the nodes of a layer.
func (p *program) add(g *graph.Graph, l graph.Layer, level simd.Level) error {
	switch l := l.(type) {
	case *graph.Concat:
		p.nodes = append(p.nodes, copies(l, p.in, p.layout)...)
		return nil
	case *graph.Gather:
		p.nodes = append(p.nodes, gathers(l, p.layout)...)
		return nil
	case *graph.Constant:
		to := p.layout[l.Out]
		p.constants[l.Out] = make([]float32, to.Len())
		kernel.Import(p.constants[l.Out], l.Data, to)
		return nil
	}
	n, err := lower(g, l, p.layout, level)
	if err != nil {
		return err
	}
	if _, ok := n.op.(stem); ok {
		n.in[0] = p.images
	}
	p.nodes = append(p.nodes, n)
	if m, ok := activation(n, l, p.layout); ok {
		p.nodes = append(p.nodes, m)
	}
	return nil
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
		n.op = each(func(level simd.Level, dst []float32, in inputs, share kernel.Share) { bn.Run(level, dst, in[0], share) })
	case *graph.Add:
		lo, hi := clampOf(l.Act)
		sum := kernel.Add{A: in, B: layout[l.B], Out: out, Lo: lo, Hi: hi}
		n.op = each(func(level simd.Level, dst []float32, in inputs, share kernel.Share) {
			sum.Run(level, dst, in[0], in[1], share)
		})
	case *graph.Scale:
		lo, hi := clampOf(l.Act)
		product := kernel.Scale{In: in, Gain: layout[l.Gain], Out: out, Lo: lo, Hi: hi}
		n.op = each(func(level simd.Level, dst []float32, in inputs, share kernel.Share) {
			product.Run(level, dst, in[0], in[1], share)
		})
	case *graph.LRN:
		norm := kernel.LRN{In: in, Out: out, Size: l.Size, Alpha: l.Alpha, Beta: l.Beta, Bias: l.Bias}
		n.op = each(func(_ simd.Level, dst []float32, in inputs, share kernel.Share) { norm.Run(dst, in[0], share) })
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
	return node{name: v.Name + " activation", op: mapOf(act, layout[v], layout[v]), dst: v, in: []*graph.Value{v}}, true
}

func mapOf(act graph.Activation, in, out kernel.Layout) op {
	m := kernel.Map{In: in, Out: out, F: function(act)}
	return each(func(level simd.Level, dst []float32, in inputs, share kernel.Share) { m.Run(level, dst, in[0], share) })
}
