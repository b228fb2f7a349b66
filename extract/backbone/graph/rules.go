package graph

import (
	"errors"
	"fmt"
	"strings"
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
	case "ReduceMean":
		return reduceMean
	case "Relu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish":
		return activate
	case "LRN":
		return localNorm
	case "Add", "Sub", "Mul", "Div", "Sum":
		return arithmetic
	case "Pad":
		return pad
	case "Identity", "Dropout":
		return identity
	case "Cast":
		return cast
	case "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose":
		return reshape
	case "Concat":
		return concat
	case "Expand":
		return expand
	case "Gather":
		return pick
	case "Shape", "Size":
		return shape
	}
	return nil
}

func unsupportedOp(op string) error {
	hint := "export the part of the network that ends before it, or name an earlier tensor as the feature"
	switch {
	case strings.Contains(op, "QuantizeLinear") || strings.HasPrefix(op, "QLinear") || strings.HasSuffix(op, "Integer"):
		hint = "the model is quantised; export it in float32"
	case strings.Contains(op, "::"):
		hint = "it is outside ONNX's standard operators; export the model with those only"
	case op == "If" || op == "Loop" || op == "Scan":
		hint = "control flow can't run; export the model with a fixed input size"
	}
	return unsupported("the operator %s is not supported: %s", op, hint)
}

// checkOperators returns an error that lists the nodes without a rule that the tensor
// needs. It is for a model whose input is already not supported.
func (net *network) checkOperators(tensor string) error {
	needed := net.needed(tensor)
	var wrong []error
	for _, n := range net.nodes {
		if needed[n] && ruleFor(n.op) == nil {
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
