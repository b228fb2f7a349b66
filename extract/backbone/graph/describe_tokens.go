package graph

import "fmt"

// describeTokens is [Describe] for the layers of networks that attend and normalise.
func describeTokens(l Layer) string {
	switch l := l.(type) {
	case *Constant:
		return "constant"
	case *Gather:
		if len(l.In) > 1 {
			return fmt.Sprintf("gather from %d", len(l.In))
		}
		return "gather"
	case *Norm:
		s := "layer norm"
		if l.RMS {
			s = "RMS norm"
		}
		if l.Groups > 1 {
			s += fmt.Sprintf(" of %d groups of channels", l.Groups)
		}
		return s
	case *Attention:
		return l.describe()
	case *Softmax:
		return "softmax"
	case *Reduce:
		return l.Op.String()
	case *Combine:
		return l.Op.String()
	case *Product:
		s := fmt.Sprintf("matrix product %d×%d×%d", l.M, l.K, l.N)
		if l.Batch > 1 {
			s += fmt.Sprintf(", %d times", l.Batch)
		}
		return s
	}
	return fmt.Sprintf("%T", l)
}

func (l *Attention) describe() string {
	s := fmt.Sprintf("attention %d heads of %d", len(l.QFrom), l.D)
	if l.DV != l.D {
		s += fmt.Sprintf(" and %d", l.DV)
	}
	if len(l.QPixels) > 1 {
		s += fmt.Sprintf(" in %d windows", len(l.QPixels))
	}
	if l.Bias != nil {
		s += " + bias"
	}
	return s
}

// String says in words what the channels become.
func (op ReduceOp) String() string {
	switch op {
	case Sum:
		return "sum of the channels"
	case Mean:
		return "mean of the channels"
	case Largest:
		return "largest channel"
	case Smallest:
		return "smallest channel"
	case SumSquares:
		return "sum of the channels' squares"
	case Length:
		return "length over the channels"
	case SumAbs:
		return "sum of the channels' absolute values"
	}
	return fmt.Sprintf("reduction %d", uint8(op))
}

// String is the operation as a verb.
func (op CombineOp) String() string {
	switch op {
	case Plus:
		return "add"
	case Minus:
		return "subtract"
	case Times:
		return "multiply"
	case Over:
		return "divide"
	case Minimum:
		return "minimum of two"
	case Maximum:
		return "maximum of two"
	}
	return fmt.Sprintf("operation %d", uint8(op))
}

// name is the name of an activation that networks with attention have.
func (k ActKind) name() string {
	switch k {
	case GELU:
		return "gelu"
	case GELUTanh:
		return "gelu by tanh"
	case Swish:
		return "swish"
	case Erf:
		return "error function"
	case Exp:
		return "exponential"
	case Tanh:
		return "tanh"
	case Sqrt:
		return "square root"
	case Abs:
		return "absolute value"
	case Reciprocal:
		return "reciprocal"
	case Power:
		return "power"
	case LeakyRelu:
		return "leaky relu"
	case Elu:
		return "elu"
	case NaNTo:
		return "replace NaN"
	}
	return fmt.Sprintf("activation %d", uint8(k))
}
