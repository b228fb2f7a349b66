package graph

import "math"

// batchNorm lowers BatchNormalization in inference mode:
// x·γ/√(σ²+ε) + β − μ·γ/√(σ²+ε). The attribute spatial is ignored:
// MXNet's exporter, and so the ONNX zoo, sets it to 0 although statistics are per channel.
func batchNorm(l *lowering, n *node, in []operand) (operand, error) {
	if n.attrs.integer("training_mode", 0) != 0 || l.opset < 14 && len(n.out) > 1 {
		return operand{}, unsupported("it is in training mode: call model.eval() before exporting")
	}
	if len(in) < 5 || in[0].val == nil || len(in[0].dims) < 2 {
		return operand{}, invalid("it lacks inputs: export the model again")
	}
	x, err := l.one(in[0])
	if err != nil {
		return operand{}, err
	}
	if x, err = l.byToken(n, x, 1); err != nil {
		return operand{}, err
	}
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
	y, err := l.affine(n, x, scale, shift)
	if err != nil {
		return operand{}, err
	}
	return l.all(y), nil
}

// localNorm lowers LRN.
func localNorm(l *lowering, n *node, in []operand) (operand, error) {
	x, err := l.image(n, in, 0)
	if err != nil {
		return operand{}, err
	}
	if x, err = l.natural(n, x); err != nil {
		return operand{}, err
	}
	if x.dims[0] != l.batch {
		return operand{}, unsupported("its input of the shape %v is not one image", x.dims)
	}
	norm := &LRN{In: x.val, Size: int(n.attrs.integer("size", 0)), Bias: n.attrs.float("bias", 1),
		Alpha: n.attrs.float("alpha", 0.0001), Beta: n.attrs.float("beta", 0.75)}
	if norm.Size < 1 || norm.Size > 2*maxChannels || !isFinite([]float32{norm.Alpha, norm.Bias}) || norm.Alpha < 0 || norm.Bias <= 0 {
		return operand{}, invalid("its size, alpha or bias is out of range: export the model again")
	}
	if norm.Beta != 0.5 && norm.Beta != 0.75 && norm.Beta != 1 {
		return operand{}, unsupported("its beta is %g: only 0.5, 0.75 and 1 can run", norm.Beta)
	}
	y, err := l.like(n, x)
	if err == nil {
		norm.Out = y.val
		l.add(norm)
	}
	return y, err
}
