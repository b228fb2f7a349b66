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
func (l *affine) Output() *Value   { return l.Out }

// elementwise makes the output of a layer that keeps its input's shape.
func (l *lowering) elementwise(n *node, x operand) (operand, error) {
	if err := x.unpadded(); err != nil {
		return operand{}, err
	}
	y, err := l.value(n, x.val.Shape, x.typ)
	y.dims = x.dims
	return y, err
}

func (l *lowering) affine(n *node, x operand, scale, shift []float64) (operand, error) {
	if err := l.spend(4 * int64(len(scale))); err != nil {
		return operand{}, err
	}
	if len(x.dims) < 2 || x.dims[1] != int64(x.val.Shape.C) {
		return operand{}, unsupported("its input of shape %v is not laid out by channel", x.dims)
	}
	y, err := l.elementwise(n, x)
	if err != nil {
		return y, err
	}
	for i := range scale {
		if math.IsNaN(scale[i]) || math.IsInf(scale[i], 0) || math.IsNaN(shift[i]) || math.IsInf(shift[i], 0) {
			return operand{}, invalid("it multiplies by infinity or NaN: the training diverged or the file is damaged")
		}
	}
	l.add(&affine{In: x.val, Out: y.val, scale: scale, shift: shift})
	return y, nil
}

// batchNorm lowers BatchNormalization in inference mode:
// x·γ/√(σ²+ε) + β − μ·γ/√(σ²+ε). The attribute spatial is ignored:
// MXNet's exporter, and so the ONNX zoo, sets it to 0 although statistics are per channel.
func batchNorm(l *lowering, n *node, in []operand) (operand, error) {
	if n.attrs.integer("training_mode", 0) != 0 || l.opset < 14 && len(n.out) > 1 {
		return operand{}, unsupported("it is in training mode: call model.eval() before exporting")
	}
	if len(in) < 5 || in[0].val == nil {
		return operand{}, invalid("it lacks inputs: export the model again")
	}
	x := in[0]
	channels := x.val.Shape.C
	var p [4][]float32 // γ, β, μ, σ²
	for i := range p {
		like := x.typ
		if l.opset >= 15 && in[i+1].typ == float32Type {
			like = float32Type // statistics may be finer than activations
		}
		w, err := l.weights(in, i+1, like)
		if err != nil {
			return operand{}, err
		}
		if len(w) != channels {
			return operand{}, invalid("input %d has %d elements, not one for each of %d channels: export the model again", i+1, len(w), channels)
		}
		p[i] = w
	}
	epsilon := float64(n.attrs.float("epsilon", 1e-5))
	scale, shift := make([]float64, channels), make([]float64, channels)
	for c := range channels {
		scale[c] = float64(p[0][c]) / math.Sqrt(float64(p[3][c])+epsilon)
		shift[c] = float64(p[1][c]) - float64(float64(p[2][c])*scale[c])
	}
	return l.affine(n, x, scale, shift)
}

// localNorm lowers LRN.
func localNorm(l *lowering, n *node, in []operand) (operand, error) {
	x, err := image(in, 0)
	if err != nil {
		return operand{}, err
	}
	norm := &LRN{In: x.val, Size: int(n.attrs.integer("size", 0)), Bias: n.attrs.float("bias", 1),
		Alpha: n.attrs.float("alpha", 0.0001), Beta: n.attrs.float("beta", 0.75)}
	if norm.Size < 1 || norm.Size > 2*maxChannels || !isFinite([]float32{norm.Alpha, norm.Bias}) || norm.Alpha < 0 || norm.Bias <= 0 {
		return operand{}, invalid("its size, alpha or bias is out of range: export the model again")
	}
	if norm.Beta != 0.5 && norm.Beta != 0.75 && norm.Beta != 1 {
		return operand{}, unsupported("its beta is %g: only 0.5, 0.75 and 1 can run", norm.Beta)
	}
	y, err := l.elementwise(n, x)
	if err == nil {
		norm.Out = y.val
		l.add(norm)
	}
	return y, err
}

// activate lowers the activation functions of one input.
func activate(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) == 0 || in[0].val == nil {
		return operand{}, unsupported("its input is not computed from the image")
	}
	var act Activation
	switch n.op {
	case "Relu":
		act.Kind = Relu
	case "Sigmoid":
		act.Kind = Sigmoid
	case "HardSwish":
		act.Kind = HardSwish
	case "HardSigmoid":
		act = Activation{HardSigmoid, n.attrs.float("alpha", 0.2), n.attrs.float("beta", 0.5)}
		if !isFinite([]float32{act.Lo, act.Hi}) {
			return operand{}, invalid("its alpha or beta is not finite: export the model again")
		}
	case "Clip":
		lo, err := l.limit(n, in, 1, "min", -math.MaxFloat32)
		if err != nil {
			return operand{}, err
		}
		hi, err := l.limit(n, in, 2, "max", math.MaxFloat32)
		if err != nil {
			return operand{}, err
		}
		act = Activation{Clip, lo, hi}
		if lo == 0 && hi == math.MaxFloat32 {
			act = Activation{Kind: Relu}
		}
	}
	return l.activation(n, in[0], act)
}

func (l *lowering) activation(n *node, x operand, act Activation) (operand, error) {
	y, err := l.elementwise(n, x)
	if err == nil {
		l.add(&Activate{In: x.val, Out: y.val, Act: act})
	}
	return y, err
}

// limit is a bound of Clip: an attribute up to opset 10, then an optional input.
func (l *lowering) limit(n *node, in []operand, i int, name string, otherwise float32) (float32, error) {
	v := n.attrs.float(name, otherwise)
	if i < len(in) && in[i].val != nil {
		return 0, unsupported("its %s is not a constant", name)
	}
	if i < len(in) && in[i].konst != nil {
		t, ok := in[i].konst, false
		var list []float32
		if t.len() == 1 {
			list, ok = t.float32s()
		}
		if !ok {
			return 0, invalid("its %s is not one float: export the model again", name)
		}
		v = list[0]
	}
	if v != v {
		return 0, invalid("its %s is NaN: export the model again", name)
	}
	return max(-math.MaxFloat32, min(v, math.MaxFloat32)), nil
}

// arithmetic lowers Add, Sub, Mul, Div and Sum: of two activations if that is a residual
// connection, a gated activation or a gain per channel, and otherwise of an activation and
// a constant.
func arithmetic(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) != 2 {
		return operand{}, unsupported("it has %d inputs: only two can run", len(in))
	}
	a, b := in[0], in[1]
	switch {
	case a.val != nil && b.val != nil:
		return l.binary(n, a, b)
	case a.val != nil && b.konst != nil:
		return l.withConstant(n, a, in, 1)
	case b.val != nil && a.konst != nil:
		return l.withConstant(n, b, in, 0)
	}
	return operand{}, invalid("an input is absent: export the model again")
}

func (l *lowering) binary(n *node, a, b operand) (operand, error) {
	for _, x := range []operand{a, b} {
		if err := x.unpadded(); err != nil {
			return operand{}, err
		}
	}
	if n.op == "Mul" {
		if act, x, ok := l.gate(a, b); ok {
			return l.activation(n, x, act)
		}
		return l.scale(n, a, b)
	}
	if n.op != "Add" && n.op != "Sum" {
		return operand{}, unsupported("it combines two activations: only a sum, x·sigmoid(x), or a gain per channel can run")
	}
	if a.val.Shape != b.val.Shape || !slices.Equal(a.dims, b.dims) || a.typ != b.typ {
		return operand{}, unsupported("it adds the shapes %v (%s) and %v (%s), which differ", a.dims, a.typ, b.dims, b.typ)
	}
	y, err := l.elementwise(n, a)
	if err == nil {
		l.add(&Add{A: a.val, B: b.val, Out: y.val})
	}
	return y, err
}

// gate recognises x·sigmoid(x) and x·hardsigmoid(x), which exporters write as
// two nodes.
func (l *lowering) gate(a, b operand) (Activation, operand, bool) {
	for _, pair := range [][2]operand{{a, b}, {b, a}} {
		x, g := pair[0], pair[1]
		act, ok := l.maker[g.val].(*Activate)
		if !ok || act.In != x.val || !slices.Equal(x.dims, g.dims) {
			continue
		}
		switch act.Act {
		case Activation{Kind: Sigmoid}:
			return Activation{Kind: SiLU}, x, true
		case Activation{HardSigmoid, 1. / 6, 0.5}:
			return Activation{Kind: HardSwish}, x, true
		}
	}
	return Activation{}, operand{}, false
}

// withConstant lowers arithmetic of the activation x with the constant in[i],
// one number or one per channel.
func (l *lowering) withConstant(n *node, x operand, in []operand, i int) (operand, error) {
	w, err := l.weights(in, i, x.typ)
	if err != nil {
		return operand{}, err
	}
	channels := x.val.Shape.C
	if !perChannel(in[i].dims, x.dims, channels) {
		return operand{}, unsupported("its constant of shape %v meets the shape %v: only one number, or one per channel, can run", in[i].dims, x.dims)
	}
	scale, shift := make([]float64, channels), make([]float64, channels)
	for c := range channels {
		v := float64(w[c%len(w)])
		s, t := 1.0, 0.0
		switch {
		case n.op == "Mul":
			s = v
		case n.op == "Div" && i == 1:
			s = 1 / v
		case n.op == "Div":
			return operand{}, unsupported("it divides by an activation")
		case n.op == "Sub" && i == 1:
			t = -v
		case n.op == "Sub":
			s, t = -1, v
		default:
			t = v
		}
		scale[c], shift[c] = s, t
	}
	return l.affine(n, x, scale, shift)
}

// perChannel reports whether a constant of shape c, aligned with x from the right as in
// ONNX's broadcasting, is one number or varies along x's second axis only.
func perChannel(c, x []int64, channels int) bool {
	if len(c) > len(x) {
		return false
	}
	for i, d := range c {
		axis := len(x) - len(c) + i
		if d != 1 && (axis != 1 || d != int64(channels)) {
			return false
		}
	}
	return true
}
