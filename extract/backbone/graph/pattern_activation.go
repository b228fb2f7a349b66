package graph

import (
	"math"
	"slices"
)

// Activation functions that are written as several nodes.

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
