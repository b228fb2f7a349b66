package graph

import (
	"math"
	"slices"
)

// activate lowers the functions of one element.
func activate(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) == 0 || in[0].val == nil {
		return operand{}, unsupported("its input is not computed from the image")
	}
	act, err := l.activationOf(n, in)
	if err != nil {
		return operand{}, err
	}
	if !isFinite([]float32{act.Lo, act.Hi}) {
		return operand{}, invalid("its parameters are not finite: export the model again")
	}
	return l.activation(n, in[0], act)
}

// activationOf is a node's function.
func (l *lowering) activationOf(n *node, in []operand) (Activation, error) {
	switch n.op {
	case "HardSigmoid":
		return Activation{HardSigmoid, n.attrs.float("alpha", 0.2), n.attrs.float("beta", 0.5)}, nil
	case "LeakyRelu":
		return Activation{Kind: LeakyRelu, Lo: n.attrs.float("alpha", 0.01)}, nil
	case "Elu":
		return Activation{Kind: Elu, Lo: n.attrs.float("alpha", 1)}, nil
	case "Swish":
		return swish(n.attrs.float("alpha", 1)), nil
	case "Gelu":
		if n.attrs.text("approximate", "none") == "tanh" {
			return Activation{Kind: GELUTanh}, nil
		}
		return Activation{Kind: GELU}, nil
	case "Pow":
		return l.power(in)
	case "Clip":
		lo, err := l.limit(n, in, 1, "min", -math.MaxFloat32)
		if err != nil {
			return Activation{}, err
		}
		hi, err := l.limit(n, in, 2, "max", math.MaxFloat32)
		if err != nil {
			return Activation{}, err
		}
		if lo == 0 && hi == math.MaxFloat32 {
			return Activation{Kind: Relu}, nil
		}
		return Activation{Clip, lo, hi}, nil
	}
	return Activation{Kind: functions[n.op]}, nil
}

// functions are the operators that are an activation without parameters.
var functions = map[string]ActKind{
	"Relu": Relu, "Sigmoid": Sigmoid, "HardSwish": HardSwish, "Erf": Erf, "Exp": Exp, "Tanh": Tanh, "Sqrt": Sqrt, "Abs": Abs,
	"Reciprocal": Reciprocal,
}

func swish(beta float32) Activation {
	if beta == 1 {
		return Activation{Kind: SiLU}
	}
	return Activation{Kind: Swish, Lo: beta}
}

// power lowers Pow, to a constant power.
func (l *lowering) power(in []operand) (Activation, error) {
	if len(in) != 2 || in[1].konst == nil || in[1].konst.len() != 1 {
		return Activation{}, unsupported("its exponent is not one constant")
	}
	t := in[1].konst
	var p float64
	if list, ok := t.float32s(); ok {
		p = float64(list[0])
	} else if list, ok := t.int64s(); ok {
		p = float64(list[0])
	}
	if whole := math.Trunc(p) == p && math.Abs(p) <= 8; !whole && math.Abs(p) != 0.5 {
		return Activation{}, unsupported("its exponent is %g: only ±1/2 and integers from −8 to 8 can run", p)
	}
	if p == 0.5 {
		return Activation{Kind: Sqrt}, nil
	}
	return Activation{Kind: Power, Lo: float32(p)}, nil
}

// negate lowers Neg.
func negate(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) == 0 || in[0].val == nil {
		return operand{}, unsupported("its input is not computed from the image")
	}
	x, err := l.whole(n, in[0])
	if err != nil {
		return operand{}, err
	}
	c := x.val.Shape.C
	if err := l.spend(4 * int64(c)); err != nil {
		return operand{}, err
	}
	y, err := l.affine(n, x, slices.Repeat([]float64{-1}, c), make([]float64, c))
	return l.all(y), err
}

// activation applies a function to each element.
func (l *lowering) activation(n *node, x operand, act Activation) (operand, error) {
	x, err := l.whole(n, x)
	if err != nil {
		return operand{}, err
	}
	y, err := l.activated(n, x, act)
	if err != nil {
		return operand{}, err
	}
	return l.all(y), nil
}

// activated applies a function to all of a value.
func (l *lowering) activated(n *node, x operand, act Activation) (operand, error) {
	y, err := l.like(n, x)
	if err == nil {
		l.add(&Activate{In: x.val, Out: y.val, Act: act})
	}
	return y, err
}

// isNaN lowers IsNaN, which only the guard of an attention can read.
func isNaN(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) != 1 || in[0].val == nil {
		return operand{}, unsupported("its input is not computed from the image")
	}
	x := in[0]
	x.guard = true
	return x, nil
}

// where lowers Where: by constants, a choice between activations; by IsNaN, a guard, as
// PyTorch writes around an attention's softmax.
func where(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) != 3 {
		return operand{}, invalid("it lacks inputs: export the model again")
	}
	c, a, b := in[0], in[1], in[2]
	if c.guard {
		if a.konst == nil || a.konst.len() != 1 || b.val != c.val || !slices.Equal(b.dims, c.dims) || !b.viewed().same(c.viewed(), b.dims) {
			return operand{}, unsupported("it chooses by IsNaN between more than a number and the tensor that was asked")
		}
		w, err := l.weights(in, 1, b.typ)
		if err != nil {
			return operand{}, err
		}
		return l.activation(n, b, Activation{Kind: NaNTo, Lo: w[0]})
	}
	if c.konst == nil {
		return operand{}, unsupported("it chooses by a condition that is computed from the image")
	}
	return l.choose(n, c, a, b)
}

// choose lowers Where with a constant condition.
func (l *lowering) choose(n *node, c, a, b operand) (operand, error) {
	cond, ok := c.konst.integers(c.konst.len())
	if !ok {
		return operand{}, unsupported("its condition is %s", c.typ)
	}
	var like dataType
	for _, x := range []operand{a, b} {
		if x.val != nil {
			like = x.typ
		}
	}
	to, err := broadcast(a.dims, b.dims)
	if err == nil {
		to, err = broadcast(to, c.dims)
	}
	if err != nil {
		return operand{}, err
	}
	if l.batch > 1 && len(c.dims) == len(to) && c.dims[0] > 1 {
		return operand{}, unsupported("its condition has the shape %v, with a batch: export the model with a dynamic batch", c.dims)
	}
	if l.batch > 1 && len(to) > 0 {
		to = slices.Clone(to)
		to[0] = max(1, to[0]/l.batch)
	}
	layer := &Gather{}
	var tables [2][]int32
	base := int32(0)
	for i, x := range []operand{a, b} {
		if x.val == nil {
			x, err = l.constant(n, x, like)
		} else if x, err = l.one(x); err == nil {
			err = l.sameRank(to, x)
		}
		if err != nil {
			return operand{}, err
		}
		if x, err = l.expanded(x, to); err != nil {
			return operand{}, err
		}
		if tables[i], err = l.table(x); err != nil {
			return operand{}, err
		}
		asSources(tables[i], base)
		layer.In = append(layer.In, x.val)
		base += int32(x.val.Shape.Len())
	}
	from := make([]int32, len(tables[0]))
	for i, at := range walk(to, spreadSteps(c.dims, steps(c.dims), len(to)), 0) {
		from[i] = tables[1][i]
		if cond[at] != 0 {
			from[i] = tables[0][i]
		}
	}
	layer.From = from
	y, err := l.value(n, shapeOf(to), like)
	if err != nil {
		return operand{}, err
	}
	layer.Out = y.val
	l.add(layer)
	y.dims = to
	return l.all(y), nil
}
