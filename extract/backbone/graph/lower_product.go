package graph

import "slices"

// product is a [Product] before its readings are lists: nothing may read it in the end,
// because it was half an attention.
type product struct {
	a, b           operand // of one image, [batch,m,k] and [batch,k,n]
	Out            *Value
	batch, m, k, n int
}

func (l *product) Inputs() []*Value { return []*Value{l.a.val, l.b.val} }
func (l *product) Output() *Value   { return l.Out }

// round lists the readings.
func (l *product) round() *Product {
	return &Product{A: readingOf(l.a), B: readingOf(l.b), Out: l.Out, Batch: l.batch, M: l.m, K: l.k, N: l.n}
}

func readingOf(x operand) Reading {
	if x.view == nil {
		return Reading{Of: x.val}
	}
	return Reading{x.val, x.view.table(x.dims)}
}

// product lowers MatMul of two activations: the second half of an attention if it is one.
func (l *lowering) product(n *node, a, b operand) (operand, error) {
	var err error
	var fromImage []operand
	for _, x := range []*operand{&a, &b} {
		if x.val == nil {
			like := a.typ
			if a.val == nil {
				like = b.typ
			}
			if *x, err = l.constant(n, *x, like); err != nil {
				return operand{}, err
			}
			continue
		}
		if *x, err = l.one(*x); err != nil {
			return operand{}, err
		}
		fromImage = append(fromImage, *x)
	}
	if a.typ != b.typ || len(a.dims) < 2 || len(b.dims) < 2 {
		return operand{}, unsupported("it multiplies the shapes %v (%s) and %v (%s)", a.dims, a.typ, b.dims, b.typ)
	}
	outer, err := broadcast(a.dims[:len(a.dims)-2], b.dims[:len(b.dims)-2])
	if err != nil {
		return operand{}, err
	}
	if err := l.sameRank(append(slices.Clone(outer), 1, 1), fromImage...); err != nil {
		return operand{}, err
	}
	m, k, cols := a.dims[len(a.dims)-2], a.dims[len(a.dims)-1], b.dims[len(b.dims)-1]
	if b.dims[len(b.dims)-2] != k {
		return operand{}, invalid("it multiplies the shapes %v and %v: export the model again", a.dims, b.dims)
	}
	batch, ok := count(outer)
	if total, fits := count([]int64{batch, m, k, cols}); !ok || !fits || total > 1<<40 {
		return operand{}, unsupported("it multiplies the shapes %v and %v, which are too large", a.dims, b.dims)
	}
	p := &product{batch: int(batch), m: int(m), k: int(k), n: int(cols)}
	if p.a, err = l.stack(n, a, outer, batch); err != nil {
		return operand{}, err
	}
	if p.b, err = l.stack(n, b, outer, batch); err != nil {
		return operand{}, err
	}
	dims := append(slices.Clone(outer), m, cols)
	if y, ok, err := l.attention(n, p, dims); ok || err != nil {
		if err != nil {
			return operand{}, err
		}
		return l.all(y), nil
	}
	y, err := l.rows(n, p, a.typ, dims)
	if err != nil {
		return operand{}, err
	}
	return l.all(y), nil
}

// rows adds a product.
func (l *lowering) rows(n *node, p *product, typ dataType, dims []int64) (operand, error) {
	y, err := l.value(n, Shape{p.n, 1, p.batch * p.m}, typ)
	if err != nil {
		return operand{}, err
	}
	if err := l.spendTable(int64(p.batch) * int64(p.k) * int64(p.m+p.n)); err != nil {
		return operand{}, err
	}
	p.Out = y.val
	l.add(p)
	y.dims = []int64{int64(p.n), int64(p.batch * p.m)}
	y = l.turn(y, []int64{1, 0})
	return y.seen(y.viewed().reshape(y.dims, dims), dims, 1), nil
}

// stack broadcasts the leading axes of a matrix to outer and makes them one.
func (l *lowering) stack(n *node, x operand, outer []int64, batch int64) (operand, error) {
	rank := len(x.dims)
	x, err := l.expanded(x, append(slices.Clone(outer), x.dims[rank-2:]...))
	if err != nil {
		return operand{}, err
	}
	rank = len(x.dims)
	if slices.ContainsFunc(x.viewed(), func(p part) bool { return slices.Contains(p.at, nowhere) }) {
		if x, err = l.byToken(n, x, rank-1); err != nil {
			return operand{}, err
		}
	}
	return l.reshaped(x, []int64{batch, x.dims[rank-2], x.dims[rank-1]})
}
