package graph

// attention recognises softmax(scale·q·kᵀ + bias)·v when its last product, p, is lowered. It
// reports false if p is another product.
func (l *lowering) attention(n *node, p *product, dims []int64) (operand, bool, error) {
	soft := l.softmaxOf(p)
	if soft == nil {
		return operand{}, false, nil
	}
	s, ok := l.scoresOf(soft.In)
	if !ok || s.of.batch != p.batch || s.of.m != p.m || s.of.n != p.k {
		return operand{}, false, nil
	}
	k := l.turn(s.of.b, []int64{0, 2, 1})
	y, err := l.attend(n, heads{q: s.of.a, k: k, v: p.b, scale: s.scale, bias: s.bias})
	if err != nil {
		return operand{}, false, err
	}
	return y.seen(y.viewed().reshape(y.dims, dims), dims, 1), true, nil
}

// softmaxOf is the softmax that p multiplies, if p reads it row by row. A guard against NaN
// may lie between: a row of scores has no NaN unless the features have one, which is
// refused.
func (l *lowering) softmaxOf(p *product) *Softmax {
	v := p.a.val
	if a, ok := l.maker[v].(*Activate); ok && a.Act.Kind == NaNTo {
		v = a.In
	}
	soft, ok := l.maker[v].(*Softmax)
	if !ok || !p.a.rowsOf(p.batch, p.m, p.k) {
		return nil
	}
	return soft
}

// rowsOf reports whether x, [batch,m,n], reads pixel b·m+i for row i of matrix b, and its
// channels in order.
func (x operand) rowsOf(batch, m, n int) bool {
	if x.val.Shape.C != n || x.val.Shape.H*x.val.Shape.W != batch*m {
		return false
	}
	return x.viewed().strided([]int64{int64(batch), int64(m), int64(n)}, []int{m, 1, batch * m})
}

// scores are what a softmax reads: of·scale + bias.
type scores struct {
	of    *product
	scale float64
	bias  []float64 // [n,batch·m], as the product's result lies; nil for none
}

// scoresOf follows a value back to the product of queries and keys.
func (l *lowering) scoresOf(v *Value) (scores, bool) {
	s := scores{scale: 1}
	for {
		switch m := l.maker[v].(type) {
		case *product:
			s.of = m
			return s, true
		case *affine:
			if m.act.Kind != None || !uniform(m.scale) || !uniform(m.shift) {
				return s, false
			}
			s.scale *= m.scale[0] // a shift of all scores changes no softmax
			v = m.In
		case *Add:
			c, ok := l.maker[m.B].(*Constant)
			next := m.A
			if !ok {
				c, ok = l.maker[m.A].(*Constant)
				next = m.B
			}
			if !ok {
				return s, false
			}
			if s.bias == nil {
				s.bias = make([]float64, len(c.Data))
			}
			for i, x := range c.Data {
				s.bias[i] += s.scale * float64(x)
			}
			v = next
		default:
			return s, false
		}
	}
}
