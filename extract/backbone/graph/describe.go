package graph

import "fmt"

// MACs counts the multiply-adds of a layer for one image: of convolutions, as direct
// convolution, of attention and of products. Other layers count as 0.
func MACs(l Layer) int64 {
	switch l := l.(type) {
	case *Conv:
		return int64(l.Out.Shape.Len()) * int64(l.In.Shape.C/l.Groups) * int64(l.KH*l.KW)
	case *Attention:
		var pairs int64
		for g := range l.QPixels {
			pairs += int64(len(l.QPixels[g])) * int64(len(l.KPixels[g]))
		}
		return pairs * int64(l.D+l.DV) * int64(len(l.QFrom))
	case *Product:
		return int64(l.Batch) * int64(l.M) * int64(l.K) * int64(l.N)
	}
	return 0
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
	return describeTokens(l)
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
	return k.name()
}
