package graph

// Layer normalisation that is written as several nodes.

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
