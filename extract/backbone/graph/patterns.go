package graph

import (
	"math"
	"slices"
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

// asActivation recognises x·f(x).
func (l *lowering) asActivation(c *Combine) bool {
	if c.A.At != nil || c.B.At != nil {
		return false
	}
	for _, pair := range [][2]*Value{{c.A.Of, c.B.Of}, {c.B.Of, c.A.Of}} {
		x, g := pair[0], l.root(pair[1])
		f, ok := l.maker[g.base].(*Activate)
		if !ok || g.scale == 0 {
			continue
		}
		kind, scale := None, 1.0
		switch f.Act.Kind {
		case Erf:
			by, ok := l.times(f.In, x)
			if !ok || !near(g.shift, g.scale) {
				continue
			}
			for _, b := range l.links(x) { // x itself may be a multiple
				if b.shift == 0 && near(by*b.scale, math.Sqrt2/2) {
					x, kind, scale = b.base, GELU, 2*g.scale*b.scale
					break
				}
			}
		case Tanh:
			if by, base, ok := l.cubic(f.In, x); ok && near(g.shift, g.scale) {
				x, kind, scale = base, GELUTanh, 2*g.scale*by
			}
		}
		if kind == None || l.spend(4*int64(c.Out.Shape.C)) != nil {
			continue
		}
		l.addScaled(&Activate{In: x, Act: Activation{Kind: kind}}, scale, c.Out)
		return true
	}
	return false
}

// addScaled adds an activation, times scale.
func (l *lowering) addScaled(a *Activate, scale float64, out *Value) {
	if near(scale, 1) {
		a.Out = out
		l.add(a)
		return
	}
	a.Out = &Value{Name: out.Name, Shape: out.Shape}
	l.add(a)
	many := slices.Repeat([]float64{scale}, out.Shape.C)
	l.add(&affine{In: a.Out, Out: out, scale: many, shift: make([]float64, out.Shape.C)})
}

// cubic recognises √(2/π)·(b + 0.044715·b³) where x is by·b.
func (l *lowering) cubic(v, x *Value) (by float64, base *Value, ok bool) {
	top := l.root(v)
	if top.shift != 0 {
		return 0, nil, false
	}
	for _, b := range l.links(x) {
		if b.shift != 0 || b.scale == 0 {
			continue
		}
		first, third, ok := l.polynomial(top.base, b.base)
		if ok && near(first*top.scale, math.Sqrt(2/math.Pi)) && near(third*top.scale, 0.044715*math.Sqrt(2/math.Pi)) {
			return b.scale, b.base, true
		}
	}
	return 0, nil, false
}

// polynomial finds first and third so that v = first·b + third·b³.
func (l *lowering) polynomial(v, b *Value) (first, third float64, ok bool) {
	switch m := l.maker[v].(type) {
	case *Add:
		for _, pair := range [][2]*Value{{m.A, m.B}, {m.B, m.A}} {
			f, ok := l.times(pair[0], b)
			t, ok2 := l.cube(pair[1], b)
			if ok && ok2 {
				return f, t, true
			}
		}
	case *Combine: // b·(1 + c·b²)
		if m.Op != Times || m.A.At != nil || m.B.At != nil {
			return 0, 0, false
		}
		for _, pair := range [][2]*Value{{m.A.Of, m.B.Of}, {m.B.Of, m.A.Of}} {
			f, ok := l.times(pair[0], b)
			for _, q := range l.links(pair[1]) {
				if t, isSquare := l.square(q.base, b); ok && isSquare {
					return f * q.shift, f * q.scale * t, true
				}
			}
		}
	}
	return 0, 0, false
}

// cube finds t so that v = t·b³.
func (l *lowering) cube(v, b *Value) (float64, bool) {
	for _, k := range l.links(v) {
		if k.shift != 0 {
			continue
		}
		switch m := l.maker[k.base].(type) {
		case *Activate:
			if f, ok := l.times(m.In, b); ok && m.Act == (Activation{Kind: Power, Lo: 3}) {
				return k.scale * f * f * f, true
			}
		case *Combine:
			if m.Op != Times || m.A.At != nil || m.B.At != nil {
				continue
			}
			for _, pair := range [][2]*Value{{m.A.Of, m.B.Of}, {m.B.Of, m.A.Of}} {
				f, ok := l.times(pair[0], b)
				s, ok2 := l.square(pair[1], b)
				if ok && ok2 {
					return k.scale * f * s, true
				}
			}
		}
	}
	return 0, false
}

// square finds s so that v = s·b².
func (l *lowering) square(v, b *Value) (float64, bool) {
	for _, k := range l.links(v) {
		if k.shift != 0 {
			continue
		}
		switch m := l.maker[k.base].(type) {
		case *Activate:
			if f, ok := l.times(m.In, b); ok && m.Act == (Activation{Kind: Power, Lo: 2}) {
				return k.scale * f * f, true
			}
		case *Combine:
			f, ok := l.times(m.A.Of, b)
			g, ok2 := l.times(m.B.Of, b)
			if ok && ok2 && m.Op == Times && m.A.At == nil && m.B.At == nil {
				return k.scale * f * g, true
			}
		}
	}
	return 0, false
}

// gate recognises x·sigmoid(β·x) and x·hardsigmoid(x), which exporters write as several
// nodes.
func (l *lowering) gate(a, b operand) (Activation, operand, bool) {
	for _, pair := range [][2]operand{{a, b}, {b, a}} {
		x, g := pair[0], pair[1]
		if x.val.Shape != g.val.Shape || !slices.Equal(x.dims, g.dims) || !x.complete() || !x.viewed().same(g.viewed(), x.dims) {
			continue
		}
		end := l.root(g.val)
		act, ok := l.maker[end.base].(*Activate)
		if !ok || end.shift != 0 {
			continue
		}
		switch {
		case act.Act.Kind == Sigmoid && end.scale == 1:
			if by, ok := l.times(act.In, x.val); ok && by != 0 {
				return swish(float32(by)), x, true
			}
		case act.Act == Activation{HardSigmoid, 1. / 6, 0.5} && end.scale == 1 && act.In == x.val:
			return Activation{Kind: HardSwish}, x, true
		case act.Act == Activation{Clip, 0, 6} && near(end.scale, 1./6):
			if in := l.root(act.In); in.base == x.val && in.scale == 1 && in.shift == 3 {
				return Activation{Kind: HardSwish}, x, true
			}
		}
	}
	return Activation{}, operand{}, false
}

// asNorm recognises the last step of layer normalisation, (x − mean)/√(variance + ε), and
// of division by the root mean square: a division by the square root, or a product with
// its reciprocal.
func (l *lowering) asNorm(c *Combine) bool {
	for _, pair := range [][2]Reading{{c.A, c.B}, {c.B, c.A}} {
		x, root := pair[0], pair[1]
		if x.At != nil || !perPixel(root, c.Out.Shape) {
			continue
		}
		inner, inverted := l.rootOf(root.Of)
		if inner == nil || inverted != (c.Op == Times) || c.Op == Over && x.Of != c.A.Of {
			continue
		}
		end := l.root(inner) // variance + ε
		r, ok := l.maker[end.base].(*Reduce)
		if !ok || end.shift < 0 {
			continue
		}
		squared, ok := l.squared(r, end.scale)
		if !ok || squared.Shape != x.Of.Shape {
			continue
		}
		norm := &Norm{Out: c.Out, Groups: 1, Epsilon: float32(end.shift)}
		if m, ok := l.maker[squared].(*Combine); ok && m.Op == Minus && m.A.At == nil && l.isMean(m.B, m.A.Of) && x.Of == squared {
			norm.In = m.A.Of
		} else if squared == x.Of {
			norm.In, norm.RMS = x.Of, true
		} else {
			continue
		}
		l.add(norm)
		return true
	}
	return false
}

// rootOf is what v is the square root of, or the reciprocal of the square root of.
func (l *lowering) rootOf(v *Value) (inner *Value, inverted bool) {
	a, ok := l.maker[v].(*Activate)
	switch {
	case !ok:
		return nil, false
	case a.Act.Kind == Sqrt:
		return a.In, false
	case a.Act == Activation{Kind: Power, Lo: -0.5}:
		return a.In, true
	case a.Act.Kind == Reciprocal:
		inner, inverted = l.rootOf(a.In)
		return inner, !inverted
	}
	return nil, false
}

// squared is the value whose squares r averages, times scale.
func (l *lowering) squared(r *Reduce, scale float64) (*Value, bool) {
	c := float64(r.In.Shape.C)
	switch {
	case r.Op == Mean && near(scale, 1):
	case (r.Op == Sum || r.Op == SumSquares) && near(scale*c, 1):
	default:
		return nil, false
	}
	if r.Op == SumSquares {
		return r.In, true
	}
	switch m := l.maker[r.In].(type) {
	case *Activate:
		return m.In, m.Act == Activation{Kind: Power, Lo: 2}
	case *Combine:
		return m.A.Of, m.Op == Times && m.A.At == nil && m.B.At == nil && m.A.Of == m.B.Of
	}
	return nil, false
}

// isMean reports whether r reads the mean of x's channels, pixel by pixel.
func (l *lowering) isMean(r Reading, x *Value) bool {
	end := l.root(r.Of)
	m, ok := l.maker[end.base].(*Reduce)
	if !ok || m.In != x || end.shift != 0 || !perPixel(r, x.Shape) {
		return false
	}
	return m.Op == Mean && end.scale == 1 || m.Op == Sum && near(end.scale*float64(x.Shape.C), 1)
}

// perPixel reports whether a reading gives all channels of a pixel of s the pixel's number.
func perPixel(r Reading, s Shape) bool {
	plane := s.H * s.W
	if r.Of.Shape.C != 1 || r.Of.Shape.H*r.Of.Shape.W != plane {
		return false
	}
	if r.At == nil {
		return s.C == 1
	}
	for i, at := range r.At {
		if int(at) != i%plane {
			return false
		}
	}
	return true
}
