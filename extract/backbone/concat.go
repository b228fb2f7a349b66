package backbone

import (
	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// A concatenation costs nothing if the layers that make its inputs write straight into
// its memory. With blocks of 16 channels, an input that begins at a multiple of 16 is a
// run of whole blocks there, so a layer that reads or writes it only needs another
// address. In DenseNet, whose every layer reads the concatenation of all before it, a
// whole stage is one value this way.

// A place says where a value lies: in a value that is no part of another, which may
// be itself, from one of its channels on.
type place struct {
	whole   *graph.Value
	channel int
}

// placement is where each value of a graph lies.
type placement map[*graph.Value]place

// of is the place of v.
func (p placement) of(v *graph.Value) place {
	if at, ok := p[v]; ok {
		return at
	}
	return place{whole: v}
}

// placements puts as many values as possible into the concatenations that read them. It
// begins with the last concatenation: the earlier ones of a dense block are the beginning
// of the last, and so need no memory of their own.
func placements(g *graph.Graph) placement {
	p := placement{}
	for _, l := range g.Layers {
		if c, ok := l.(*graph.Constant); ok { // the plan's own memory
			p[c.Out] = place{whole: c.Out}
		}
	}
	for i := len(g.Layers) - 1; i >= 0; i-- {
		c, ok := g.Layers[i].(*graph.Concat)
		if !ok {
			continue
		}
		if _, placed := p[c.Out]; !placed {
			if at, ok := p.joined(c.In); ok {
				p[c.Out] = at
				continue
			}
			p[c.Out] = place{whole: c.Out}
		}
		at := p[c.Out]
		for _, v := range c.In {
			if _, placed := p[v]; !placed && fits(v, at) {
				p[v] = at
			}
			at.channel += v.Shape.C
		}
	}
	return p
}

// fits reports whether v can lie at a place. It must not share blocks with other values,
// because a reader relies on zeros after its last channel.
func fits(v *graph.Value, at place) bool {
	end := at.channel + v.Shape.C
	return at.channel%kernel.Lanes == 0 && (end%kernel.Lanes == 0 || end == at.whole.Shape.C)
}

// joined is the place of all parts together, if they lie one after another already.
func (p placement) joined(parts []*graph.Value) (place, bool) {
	first, ok := p[parts[0]]
	next := first
	for _, v := range parts {
		if !ok || p[v] != next {
			return place{}, false
		}
		next.channel += v.Shape.C
	}
	return first, true
}

// copies are the nodes that copy those inputs of a concatenation to their place that their
// layers could not write there.
func copies(l *graph.Concat, in placement, layout map[*graph.Value]kernel.Layout) []node {
	var nodes []node
	at := in.of(l.Out)
	channel := 0
	for _, v := range l.In {
		if in.of(v) != at {
			c := kernel.Copy{In: layout[v], Out: layout[l.Out], Channel: channel}
			run := elementwise(func(_ simd.Level, dst []float32, in inputs, share kernel.Share) { c.Run(dst, in[0], share) })
			nodes = append(nodes, node{name: l.Out.Name + " from " + v.Name, op: run, dst: l.Out, in: []*graph.Value{v}})
		}
		at.channel += v.Shape.C
		channel += v.Shape.C
	}
	return nodes
}
