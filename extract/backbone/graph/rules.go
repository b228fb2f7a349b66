package graph

import (
	"errors"
	"fmt"
)

// rule lowers one node. It returns the node's first output.
type rule func(l *lowering, n *node, in []operand) (operand, error)

// ruleFor finds the rule for an ONNX operator; nil when it can't run.
func ruleFor(op string) rule {
	switch op {
	case "Conv":
		return conv
	case "Gemm":
		return gemm
	case "MatMul":
		return matMul
	case "BatchNormalization":
		return batchNorm
	case "MaxPool":
		return maxPool
	case "AveragePool":
		return averagePool
	case "GlobalAveragePool":
		return globalAveragePool
	case "GlobalMaxPool":
		return globalMaxPool
	case "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare":
		return reduce
	case "LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization":
		return layerNorm
	case "InstanceNormalization":
		return instanceNorm
	case "GroupNormalization":
		return groupNorm
	case "Softmax":
		return softmax
	case "Attention":
		return attentionOp
	case "Einsum":
		return einsum
	case "Resize":
		return resize
	case "Relu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "LeakyRelu", "Elu", "Swish", "Gelu", "Erf", "Exp", "Tanh", "Sqrt",
		"Abs", "Reciprocal", "Pow":
		return activate
	case "Neg":
		return negate
	case "IsNaN":
		return isNaN
	case "Where":
		return where
	case "LRN":
		return localNorm
	case "Add", "Sub", "Mul", "Div", "Sum", "Min", "Max":
		return arithmetic
	case "Pad":
		return pad
	case "Identity", "Dropout":
		return identity
	case "Cast", "CastLike":
		return cast
	case "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose":
		return reshape
	case "Concat":
		return concat
	case "Expand":
		return expand
	case "Gather":
		return pick
	case "Slice":
		return slice
	case "Split":
		return split
	case "Tile":
		return tile
	case "DepthToSpace", "SpaceToDepth":
		return blocks
	case "Shape", "Size":
		return shape
	}
	return nil
}

// checkOperators returns an error that lists the nodes without a rule that the tensor
// needs and that depend on the image. It is for a model whose input is already not supported.
func (net *network) checkOperators(tensor string) error {
	needed, pixels := net.needed(tensor), net.pixels()
	var wrong []error
	for _, n := range net.nodes {
		if needed[n] && pixels[n.out[0]] && ruleFor(n.op) == nil && !n.mayRun(pixels) {
			wrong = append(wrong, atNode(n, unsupportedOp(n.op)))
		}
	}
	return complain(wrong)
}

// atNode adds to an error which node it is about.
func atNode(n *node, err error) error {
	return &problem{kind: kindOf(err), msg: fmt.Sprintf("%s: %v", n, err), cause: err}
}

// complain joins the nodes' errors into one line.
func complain(wrong []error) error {
	if len(wrong) == 0 {
		return nil
	}
	first := wrong[0]
	if len(wrong) == 1 {
		return first
	}
	return &problem{
		kind:  kindOf(first),
		msg:   fmt.Sprintf("%v (and %d more nodes can't run)", first, len(wrong)-1),
		cause: &cannotRun{wrong},
	}
}

// cannotRun lists every node that can't run.
type cannotRun struct{ nodes []error }

func (c *cannotRun) Error() string   { return errors.Join(c.nodes...).Error() }
func (c *cannotRun) Unwrap() []error { return c.nodes }

// kindOf is the sentinel that err wraps; nil when it comes from reading.
func kindOf(err error) error {
	for _, kind := range []error{ErrNotModel, ErrInvalid, ErrUnsupported} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return nil
}
