package backbone

import (
	"fmt"
	"slices"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
)

// A border is the zero rows and columns that a layer reads around its input.
type border struct{ top, left, bottom, right int }

func (b border) union(c border) border {
	return border{max(b.top, c.top), max(b.left, c.left), max(b.bottom, c.bottom), max(b.right, c.right)}
}

// needs is the border that a convolution by its definition reads.
func needs(l *graph.Conv) border {
	in, out := l.In.Shape, l.Out.Shape
	return border{
		top: l.Pad.Top, left: l.Pad.Left,
		bottom: (out.H-1)*l.StrideH + (l.KH-1)*l.DilationH + 1 - l.Pad.Top - in.H,
		right:  (out.W-1)*l.StrideW + (l.KW-1)*l.DilationW + 1 - l.Pad.Left - in.W,
	}
}

// layouts gives every value the widest border that one of its readers needs. Values that
// lie in one value get the same border. Pools and elementwise layers need none. The input
// stays planar if possible.
func layouts(g *graph.Graph, in placement) (map[*graph.Value]kernel.Layout, error) {
	borders := map[*graph.Value]border{}
	for _, l := range g.Layers {
		if c, ok := l.(*graph.Conv); ok {
			whole := in.of(c.In).whole
			borders[whole] = borders[whole].union(choose(g, c).border(c))
		}
	}
	all := map[*graph.Value]kernel.Layout{}
	for _, v := range values(g) {
		b, s := borders[in.of(v).whole], v.Shape
		rows, cols := b.top+s.H+b.bottom, b.left+s.W+b.right
		if rows > maxValue || cols > maxValue/rows || kernel.Blocks(s.C) > maxValue/rows/cols {
			return nil, fmt.Errorf("%w: value %s with borders is %d×%d×%d", errGraph, v.Name, s.C, rows, cols)
		}
		all[v] = kernel.Layout{C: s.C, H: s.H, W: s.W, Top: b.top, Left: b.left, Rows: rows, Cols: cols}
	}
	input := all[g.Input]
	input.Planar = planar(g)
	all[g.Input] = input
	return all, nil
}

// arrives reports whether anything but a stem reads the graph's input, so that it needs
// a buffer.
func arrives(g *graph.Graph) bool {
	for _, l := range g.Layers {
		for _, v := range l.Inputs() {
			if c, ok := l.(*graph.Conv); v == g.Input && (!ok || !isStem(g, c)) {
				return true
			}
		}
	}
	return g.Features == g.Input
}

// planar reports whether all that reads the graph's input can read it planar: stems and
// direct convolutions without groups. Blocks of 16 channels would be mostly zeros.
func planar(g *graph.Graph) bool {
	if g.Features == g.Input || g.Input.Shape.C >= kernel.Lanes {
		return false
	}
	for _, l := range g.Layers {
		if !slices.Contains(l.Inputs(), g.Input) {
			continue
		}
		c, ok := l.(*graph.Conv)
		if !ok || c.Residual == g.Input || c.Groups > 1 {
			return false
		}
		switch choose(g, c).(type) {
		case byStem, byDefinition:
		default:
			return false
		}
	}
	return true
}

// values are the graph's input and every layer's output.
func values(g *graph.Graph) []*graph.Value {
	all := []*graph.Value{g.Input}
	for _, l := range g.Layers {
		all = append(all, l.Output())
	}
	return all
}
