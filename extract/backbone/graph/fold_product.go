package graph

import (
	"slices"
	"strings"
)

// The products of two float32 are exact in float64, and their sums are in order.

// made makes a constant of zeros, and accounts for it.
func (f *folding) made(typ dataType, dims []int64) (*tensor, error) {
	if err := f.spend(dims); err != nil {
		return nil, err
	}
	t := &tensor{typ: typ, dims: dims}
	if n := t.len(); typ.isFloat() {
		t.reals = make([]float32, n)
	} else {
		t.ints = make([]int64, n)
	}
	return t, nil
}

// floats returns input i, which must be there and be of floats.
func (f *folding) floats(i int) (*tensor, error) {
	t, err := f.required(i)
	if err == nil && !t.typ.isFloat() {
		return nil, cannotFold("it computes with %s", t.typ)
	}
	return t, err
}

// twoFloats returns the first two inputs, which must be there and be of floats.
func (f *folding) twoFloats() (a, b *tensor, err error) {
	if a, err = f.floats(0); err == nil {
		b, err = f.floats(1)
	}
	return a, b, err
}

// A contraction is a sum of products: for each index of outer, the sum over all indices of
// inner of a's element times b's.
type contraction struct {
	outer, inner   []int64
	aOuter, bOuter []int // distances in memory, one for each axis
	aInner, bInner []int
}

func (f *folding) contract(a, b *tensor, c contraction) ([]float32, error) {
	// A product costs less than an element that is allocated.
	n, ok := count(slices.Concat(c.outer, c.inner))
	if !ok {
		return nil, cannotFold("it computes a product of the shape %v over %v", c.outer, c.inner)
	}
	if err := f.spend([]int64{n / 4}); err != nil {
		return nil, err
	}
	for _, dims := range [][]int64{c.outer, c.outer, c.inner, c.inner} { // the lists of positions
		if err := f.spend(dims); err != nil {
			return nil, err
		}
	}
	fromA, fromB := walk(c.outer, c.aOuter, 0), walk(c.outer, c.bOuter, 0)
	stepA, stepB := walk(c.inner, c.aInner, 0), walk(c.inner, c.bInner, 0)
	out := make([]float32, len(fromA))
	for i := range out {
		x, y := a.reals[fromA[i]:], b.reals[fromB[i]:]
		sum := 0.0
		for k, at := range stepA {
			sum += float64(float64(x[at]) * float64(y[stepB[k]]))
		}
		out[i] = float32(sum)
	}
	return out, nil
}

func foldMatMul(f *folding, _ *tensor) ([]*tensor, error) {
	a, b, err := f.twoFloats()
	if err != nil {
		return nil, err
	}
	row, column := len(a.dims) == 1, len(b.dims) == 1 // vectors
	if row {
		a = a.withDims([]int64{1, a.dims[0]})
	}
	if column {
		b = b.withDims([]int64{b.dims[0], 1})
	}
	m, n := len(a.dims)-2, len(b.dims)-2
	if m < 0 || n < 0 || a.dims[m+1] != b.dims[n] || a.typ != b.typ {
		return nil, invalid("it multiplies %s of the shape %v and %s of %v: export the model again", a.typ, a.dims, b.typ, b.dims)
	}
	batch, err := broadcast(a.dims[:m], b.dims[:n])
	if err != nil {
		return nil, err
	}
	sa, sb := steps(a.dims), steps(b.dims)
	c := contraction{
		outer: append(batch, a.dims[m], b.dims[n+1]), inner: a.dims[m+1:],
		aOuter: append(spreadSteps(a.dims[:m], sa, len(batch)), sa[m], 0), aInner: sa[m+1:],
		bOuter: append(spreadSteps(b.dims[:n], sb, len(batch)), 0, sb[n+1]), bInner: sb[n : n+1],
	}
	reals, err := f.contract(a, b, c)
	if err != nil {
		return nil, err
	}
	dims := c.outer
	if column {
		dims = dims[:len(dims)-1]
	}
	if row {
		dims = slices.Delete(slices.Clone(dims), len(batch), len(batch)+1)
	}
	return []*tensor{{typ: a.typ, dims: dims, reals: reals}}, nil
}

func foldGemm(f *folding, _ *tensor) ([]*tensor, error) {
	a, b, err := f.twoFloats()
	if err != nil {
		return nil, err
	}
	if len(a.dims) != 2 || len(b.dims) != 2 || a.typ != b.typ {
		return nil, invalid("it multiplies %s of the shape %v and %s of %v: export the model again", a.typ, a.dims, b.typ, b.dims)
	}
	da, sa := slices.Clone(a.dims), steps(a.dims)
	db, sb := slices.Clone(b.dims), steps(b.dims)
	if f.attrs.integer("transA", 0) != 0 {
		slices.Reverse(da)
		slices.Reverse(sa)
	}
	if f.attrs.integer("transB", 0) != 0 {
		slices.Reverse(db)
		slices.Reverse(sb)
	}
	if da[1] != db[0] {
		return nil, invalid("it multiplies the shapes %v and %v: export the model again", da, db)
	}
	dims := []int64{da[0], db[1]}
	out := &tensor{typ: a.typ, dims: dims}
	out.reals, err = f.contract(a, b, contraction{
		outer: dims, aOuter: []int{sa[0], 0}, bOuter: []int{0, sb[1]},
		inner: da[1:], aInner: sa[1:], bInner: sb[:1],
	})
	if err != nil {
		return nil, err
	}
	alpha, beta := float64(f.attrs.float("alpha", 1)), float64(f.attrs.float("beta", 1))
	for i, v := range out.reals {
		out.reals[i] = float32(float64(v) * alpha)
	}
	if len(f.in) < 3 || f.in[2] == nil {
		return []*tensor{out}, nil
	}
	c, err := f.floats(2)
	if err != nil {
		return nil, err
	}
	if len(c.dims) > 2 {
		return nil, invalid("its bias has the shape %v: export the model again", c.dims)
	}
	if c, err = f.spread(c, dims); err != nil {
		return nil, err
	}
	for i, v := range out.reals {
		out.reals[i] = float32(float64(v) + float64(float64(c.reals[i])*beta))
	}
	return []*tensor{out}, nil
}

// foldEinsum computes sums of products of one or two constants, as rotary and relative
// positions need.
func foldEinsum(f *folding, _ *tensor) ([]*tensor, error) {
	equation := strings.ReplaceAll(f.attrs.text("equation", ""), " ", "")
	left, right, explicit := strings.Cut(equation, "->")
	terms := strings.Split(left, ",")
	if !explicit || strings.Contains(equation, ".") || len(terms) != len(f.in) || len(terms) > 2 {
		return nil, cannotFold("it computes the product %q of %d constants", equation, len(f.in))
	}
	one := &tensor{typ: f.in[0].typ, reals: []float32{1}}
	in, index := [2]*tensor{one, one}, [2]map[rune]int{{}, {}} // the distance along each index
	size := make(map[rune]int64)
	var order []rune
	for i, term := range terms {
		t, err := f.floats(i)
		if err != nil {
			return nil, err
		}
		if len(term) != len(t.dims) || t.typ != one.typ {
			return nil, invalid("its product %q doesn't fit the shape %v: export the model again", equation, t.dims)
		}
		in[i] = t
		for k, by := range steps(t.dims) {
			r := rune(term[k])
			if d, known := size[r]; known && d != t.dims[k] {
				return nil, cannotFold("its product %q doesn't fit the shape %v", equation, t.dims)
			} else if !known {
				size[r] = t.dims[k]
				order = append(order, r)
			}
			index[i][r] += by
		}
	}
	var c contraction
	for _, r := range right {
		if _, known := size[r]; !known || strings.Count(right, string(r)) > 1 {
			return nil, invalid("its product %q has an unknown index or one twice: export the model again", equation)
		}
		c.outer, c.aOuter, c.bOuter = append(c.outer, size[r]), append(c.aOuter, index[0][r]), append(c.bOuter, index[1][r])
	}
	for _, r := range order {
		if !strings.ContainsRune(right, r) {
			c.inner, c.aInner, c.bInner = append(c.inner, size[r]), append(c.aInner, index[0][r]), append(c.bInner, index[1][r])
		}
	}
	reals, err := f.contract(in[0], in[1], c)
	if err != nil {
		return nil, err
	}
	return []*tensor{{typ: one.typ, dims: c.outer, reals: reals}}, nil
}
