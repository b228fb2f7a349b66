package graph

import (
	"math"
	"slices"
)

// affine is Out = In·scale + shift, per channel, before it is rounded
// to float32: as an [Affine], or folded into a convolution.
type affine struct {
	In, Out      *Value
	scale, shift []float64
	act          Activation
}

func (l *affine) Inputs() []*Value { return []*Value{l.In} }

func (l *affine) Output() *Value { return l.Out }

// like makes the output of a layer that computes each element of x by itself. x reads all
// of its value.
func (l *lowering) like(n *node, x operand) (operand, error) {
	y, err := l.value(n, x.val.Shape, x.typ)
	y.dims, y.view = x.dims, x.view
	return y, err
}

// affine lowers x·scale + shift, for each channel of x's value.
func (l *lowering) affine(n *node, x operand, scale, shift []float64) (operand, error) {
	if err := l.spend(4 * int64(len(scale))); err != nil {
		return operand{}, err
	}
	for i := range scale {
		if math.IsNaN(scale[i]) || math.IsInf(scale[i], 0) || math.IsNaN(shift[i]) || math.IsInf(shift[i], 0) {
			return operand{}, invalid("it multiplies by infinity or NaN: the training diverged or the file is damaged")
		}
	}
	if uniform(scale) && uniform(shift) && scale[0] == 1 && shift[0] == 0 {
		return x, nil
	}
	// Two factors that cancel, as around some forms of GELU, leave nothing.
	if m, ok := l.maker[x.val].(*affine); ok && m.act.Kind == None && uniform(m.scale) && uniform(m.shift) && uniform(scale) && uniform(shift) &&
		near(m.scale[0]*scale[0], 1) && m.shift[0]*scale[0]+shift[0] == 0 {
		x.val = m.In
		return x, nil
	}
	y, err := l.like(n, x)
	if err == nil {
		l.add(&affine{In: x.val, Out: y.val, scale: scale, shift: shift})
	}
	return y, err
}

// arithmetic lowers Add, Sub, Mul, Div, Sum, Min and Max of two operands.
func arithmetic(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) == 1 && in[0].val != nil && n.op != "Sub" && n.op != "Div" {
		return in[0], nil
	}
	if len(in) != 2 {
		return operand{}, unsupported("it has %d inputs: only two can run", len(in))
	}
	a, b := in[0], in[1]
	limits := n.op == "Min" || n.op == "Max"
	switch {
	case a.val != nil && b.val != nil:
		return l.binary(n, a, b)
	case a.val != nil && b.konst != nil && limits:
		return l.limitedBy(n, a, in, 1)
	case b.val != nil && a.konst != nil && limits:
		return l.limitedBy(n, b, in, 0)
	case a.val != nil && b.konst != nil:
		return l.withConstant(n, a, in, 1)
	case b.val != nil && a.konst != nil:
		return l.withConstant(n, b, in, 0)
	}
	return operand{}, invalid("an input is absent: export the model again")
}

// limitedBy lowers Min and Max with one number.
func (l *lowering) limitedBy(n *node, x operand, in []operand, i int) (operand, error) {
	act := Activation{Clip, -math.MaxFloat32, math.MaxFloat32}
	bound, err := l.limit(n, in, i, "bound", 0)
	if err != nil {
		return operand{}, err
	}
	if n.op == "Min" {
		act.Hi = bound
	} else {
		act.Lo = bound
	}
	return l.activation(n, x, act)
}

// binary lowers arithmetic of two activations.
func (l *lowering) binary(n *node, a, b operand) (operand, error) {
	a, b = l.settle(a), l.settle(b)
	if a.typ != b.typ {
		return operand{}, unsupported("it combines the types %s and %s: export the model again in float32", a.typ, b.typ)
	}
	var err error
	if a, err = l.one(a); err != nil {
		return operand{}, err
	}
	if b, err = l.one(b); err != nil {
		return operand{}, err
	}
	to, err := broadcast(a.dims, b.dims)
	if err != nil {
		return operand{}, err
	}
	if err := l.sameRank(to, a, b); err != nil {
		return operand{}, err
	}
	if n.op == "Mul" {
		if act, x, ok := l.gate(a, b); ok {
			y, err := l.activated(n, x, act)
			return l.all(y), err
		}
		if y, ok, err := l.gain(n, a, b, to); ok || err != nil {
			return l.all(y), err
		}
	}
	if a, err = l.expanded(a, to); err != nil {
		return operand{}, err
	}
	if b, err = l.expanded(b, to); err != nil {
		return operand{}, err
	}
	var y operand
	switch n.op {
	case "Add", "Sum":
		y, err = l.sum(n, a, b)
	default:
		op := map[string]CombineOp{"Sub": Minus, "Mul": Times, "Div": Over, "Min": Minimum, "Max": Maximum}[n.op]
		y, err = l.combined(n, op, a, b)
	}
	if err != nil {
		return operand{}, err
	}
	return l.all(y), nil
}

// sameRank refuses operands, each of the first image of several, whose images would not stay
// on axis 0 of their combination.
func (l *lowering) sameRank(to []int64, of ...operand) error {
	for _, x := range of {
		if l.batch > 1 && x.val != nil && len(x.dims) != len(to) {
			return unsupported("it combines shapes of %d and %d dimensions, which mixes the images of a batch", len(x.dims), len(to))
		}
	}
	return nil
}

// gain lowers the product with one number for each channel that is itself computed from
// the image: the end of squeeze-and-excitation. It reports false for other products.
func (l *lowering) gain(n *node, a, b operand, to []int64) (operand, bool, error) {
	for _, pair := range [][2]operand{{a, b}, {b, a}} {
		x, g := pair[0], pair[1]
		if !slices.Equal(x.dims, to) || !x.complete() || g.val.Shape != (Shape{x.val.Shape.C, 1, 1}) {
			continue
		}
		same, err := l.expanded(g, to)
		if err != nil {
			return operand{}, false, err
		}
		of, ok := x.grid()
		if !ok {
			continue
		}
		of.pixels.at = make([]int32, len(of.pixels.at))
		if !of.view(1).same(same.viewed(), to) { // its channel's number, whatever the pixel
			continue
		}
		y, err := l.like(n, x)
		if err == nil {
			l.add(&Scale{In: x.val, Gain: g.val, Out: y.val})
		}
		return y, true, err
	}
	return operand{}, false, nil
}

// sum lowers a sum of two operands of one shape and one image.
func (l *lowering) sum(n *node, a, b operand) (operand, error) {
	return l.combined(n, Plus, a, b)
}

// combined lowers a op b, of one shape and one image. The result lies as a does if a reads
// all of its value, else as b does, else token by token.
func (l *lowering) combined(n *node, op CombineOp, a, b operand) (operand, error) {
	switch {
	case a.complete():
	case b.complete():
		return l.onto(n, op, a, b, false)
	default:
		var err error
		if a, err = l.byToken(n, a, len(a.dims)-1); err != nil {
			return operand{}, err
		}
	}
	return l.onto(n, op, b, a, true)
}

// onto lowers base op other, or other op base, to a value that lies as base does.
func (l *lowering) onto(n *node, op CombineOp, other, base operand, first bool) (operand, error) {
	y, err := l.like(n, base)
	if err != nil {
		return operand{}, err
	}
	o := Reading{Of: other.val}
	same := other.val.Shape == base.val.Shape && other.viewed().same(base.viewed(), base.dims)
	if !same {
		if err := l.spendTable(4 * int64(base.val.Shape.Len())); err != nil {
			return operand{}, err
		}
		o.At = make([]int32, base.val.Shape.Len())
		from := other.viewed().table(other.dims)
		if slices.Contains(from, nowhere) {
			if other, err = l.byToken(n, other, len(other.dims)-1); err != nil {
				return operand{}, err
			}
			o.Of, from = other.val, other.viewed().table(other.dims)
		}
		for i, at := range base.viewed().table(base.dims) {
			o.At[at] = from[i]
		}
	}
	c := &Combine{A: Reading{Of: base.val}, B: o, Out: y.val, Op: op}
	if !first {
		c.A, c.B = c.B, c.A
	}
	switch {
	case l.recognise(c, n):
	case op == Plus && same:
		l.add(&Add{A: c.A.Of, B: c.B.Of, Out: y.val})
	default:
		l.add(c)
	}
	return y, nil
}
