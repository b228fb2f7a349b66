package graph

import (
	"math"
)

// Exporters write some layers in many nodes, in many ways. Views make most of the ways
// alike, so that a pattern is found by what computes a value from what.

// A link says that a value is base·scale + shift.
type link struct {
	base         *Value
	scale, shift float64
}

// links follow a value back through layers that scale and shift all its elements alike. The
// first is the value itself.
func (l *lowering) links(v *Value) []link {
	all := []link{{v, 1, 0}}
	for {
		last := all[len(all)-1]
		a, ok := l.maker[last.base].(*affine)
		if !ok || a.act.Kind != None || !uniform(a.scale) || !uniform(a.shift) {
			return all
		}
		all = append(all, link{a.In, last.scale * a.scale[0], last.shift + last.scale*a.shift[0]})
	}
}

func uniform(v []float64) bool {
	for _, x := range v {
		if x != v[0] {
			return false
		}
	}
	return true
}

// root is the end of a value's links.
func (l *lowering) root(v *Value) link {
	all := l.links(v)
	return all[len(all)-1]
}

// times finds out whether v is a multiple of base.
func (l *lowering) times(v, base *Value) (float64, bool) {
	for _, from := range l.links(v) {
		for _, to := range l.links(base) {
			if from.base == to.base && from.shift == 0 && to.shift == 0 && to.scale != 0 {
				return from.scale / to.scale, true
			}
		}
	}
	return 0, false
}

// near reports whether a constant is what a definition says, rounded to float32 at most a
// few times.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Abs(b) }

// recognise adds a better layer for what c ends, if it knows one.
func (l *lowering) recognise(c *Combine, n *node) bool {
	switch c.Op {
	case Times:
		return l.asActivation(c) || l.asNorm(c)
	case Over:
		return l.asNorm(c)
	}
	return false
}
