package graph

import "fmt"

// MACs counts the multiply-adds of a layer for one image, as direct convolution;
// pooling and elementwise layers count as 0.
func MACs(l Layer) int64 {
	c, ok := l.(*Conv)
	if !ok {
		return 0
	}
	return int64(c.Out.Shape.Len()) * int64(c.In.Shape.C/c.Groups) * int64(c.KH*c.KW)
}

// Describe says in a few words what a layer does: "conv 3×3 /2 + residual, relu".
func Describe(l Layer) string {
	switch l := l.(type) {
	case *Conv:
		s := fmt.Sprintf("conv %d×%d", l.KH, l.KW) + strides(l.StrideH, l.StrideW)
		if l.DilationH > 1 || l.DilationW > 1 {
			s += fmt.Sprintf(" dilation %d×%d", l.DilationH, l.DilationW)
		}
		if l.Groups > 1 {
			s += fmt.Sprintf(" groups %d", l.Groups)
		}
		if l.Residual != nil {
			s += " + residual"
		}
		return s + l.Act.after()
	case *MaxPool:
		return fmt.Sprintf("max pool %d×%d", l.KH, l.KW) + strides(l.StrideH, l.StrideW)
	case *AvgPool:
		if in := l.In.Shape; l.KH == in.H && l.KW == in.W && l.Out.Shape.H == 1 && l.Out.Shape.W == 1 {
			return "global average pool"
		}
		return fmt.Sprintf("average pool %d×%d", l.KH, l.KW) + strides(l.StrideH, l.StrideW)
	case *Affine:
		return "scale and shift" + l.Act.after()
	case *Add:
		return "add" + l.Act.after()
	case *Scale:
		return "multiply by a gain per channel" + l.Act.after()
	case *Concat:
		return fmt.Sprintf("concatenate %d", len(l.In))
	case *LRN:
		return fmt.Sprintf("local response normalisation over %d", l.Size)
	case *Activate:
		return l.Act.Kind.String()
	}
	return fmt.Sprintf("%T", l)
}

func strides(h, w int) string {
	switch {
	case h == 1 && w == 1:
		return ""
	case h == w:
		return fmt.Sprintf(" /%d", h)
	}
	return fmt.Sprintf(" /%d×%d", h, w)
}

// after is the activation as the end of a layer's description.
func (a Activation) after() string {
	if a.Kind == None {
		return ""
	}
	return ", " + a.Kind.String()
}

// String is the activation's name in small letters.
func (k ActKind) String() string {
	switch k {
	case None:
		return "identity"
	case Relu:
		return "relu"
	case Clip:
		return "clip"
	case Sigmoid:
		return "sigmoid"
	case SiLU:
		return "silu"
	case HardSigmoid:
		return "hard sigmoid"
	case HardSwish:
		return "hard swish"
	}
	return fmt.Sprintf("activation %d", uint8(k))
}
