package backbone

import (
	"errors"
	"fmt"

	"featurecache/extract/backbone/graph"
)

// validateTokens checks the layers of networks that attend and normalise. It reports false
// for another layer.
func validateTokens(l graph.Layer) (bool, error) {
	out := l.Output().Shape
	switch l := l.(type) {
	case *graph.Constant:
		if len(l.Data) != out.Len() {
			return true, fmt.Errorf("%d numbers for %v", len(l.Data), out)
		}
	case *graph.Gather:
		return true, validateGather(l)
	case *graph.Norm:
		return true, validateNorm(l)
	case *graph.Attention:
		return true, validateAttention(l)
	case *graph.Softmax:
		if l.In.Shape != out {
			return true, fmt.Errorf("%v becomes %v", l.In.Shape, out)
		}
	case *graph.Reduce:
		if in := l.In.Shape; out != (graph.Shape{C: 1, H: in.H, W: in.W}) || l.Op > graph.SumAbs {
			return true, fmt.Errorf("%v is reduced to %v by operation %d", in, out, l.Op)
		}
	case *graph.Combine:
		if l.Op > graph.Maximum {
			return true, fmt.Errorf("no such operation as %d", l.Op)
		}
		return true, errors.Join(validateReading(l.A, out.Len()), validateReading(l.B, out.Len()))
	case *graph.Product:
		return true, validateProduct(l)
	default:
		return false, nil
	}
	return true, nil
}

func validateGather(l *graph.Gather) error {
	elements := 0
	for _, v := range l.In {
		if elements += v.Shape.Len(); elements > 16*maxValue {
			return errors.New("it reads too much")
		}
	}
	if len(l.From) != l.Out.Shape.Len() {
		return fmt.Errorf("%d indices for %v", len(l.From), l.Out.Shape)
	}
	for i, at := range l.From {
		if at < -1 || int(at) >= elements {
			return fmt.Errorf("element %d is element %d of %d", i, at, elements)
		}
	}
	return nil
}

// validateReading checks that a reading has n elements, and that they are of its value.
func validateReading(r graph.Reading, n int) error {
	have := r.Of.Shape.Len()
	if r.At == nil {
		if have != n {
			return fmt.Errorf("%d elements of %s where %d are read", have, r.Of.Name, n)
		}
		return nil
	}
	if len(r.At) != n {
		return fmt.Errorf("%d indices into %s where %d are read", len(r.At), r.Of.Name, n)
	}
	for i, at := range r.At {
		if at < 0 || int(at) >= have {
			return fmt.Errorf("element %d is element %d of %s, which has %d", i, at, r.Of.Name, have)
		}
	}
	return nil
}

func validateNorm(l *graph.Norm) error {
	c := l.In.Shape.C
	switch {
	case l.In.Shape != l.Out.Shape:
		return fmt.Errorf("%v becomes %v", l.In.Shape, l.Out.Shape)
	case l.Groups < 1 || c%l.Groups != 0:
		return fmt.Errorf("%d groups of %d channels", l.Groups, c)
	case (l.Scale != nil || l.Shift != nil) && (len(l.Scale) != c || len(l.Shift) != c):
		return fmt.Errorf("%d scales and %d shifts for %d channels", len(l.Scale), len(l.Shift), c)
	case !(l.Epsilon >= 0):
		return fmt.Errorf("epsilon is %g", l.Epsilon)
	}
	return nil
}

func validateProduct(l *graph.Product) error {
	for _, n := range []int{l.Batch, l.M, l.K, l.N} {
		if n < 1 || n > maxValue {
			return fmt.Errorf("%d products of %d×%d×%d", l.Batch, l.M, l.K, l.N)
		}
	}
	rows := l.Batch * l.M // at most 2⁵², and so are the others
	if rows > maxValue || l.Batch*l.K > maxValue || rows*l.K > maxValue || l.Batch*l.K*l.N > maxValue {
		return fmt.Errorf("%d products of %d×%d×%d", l.Batch, l.M, l.K, l.N)
	}
	if s := l.Out.Shape; s.C != l.N || s.H*s.W != rows {
		return fmt.Errorf("the product of %d rows and %d columns becomes %v", rows, l.N, s)
	}
	return errors.Join(validateReading(l.A, rows*l.K), validateReading(l.B, l.Batch*l.K*l.N))
}

// validateActivation checks a layer's activation: that there is such a function, and that
// its power is one of those that can be computed.
func validateActivation(l graph.Layer) error {
	act := actOf(l)
	if act.Kind > graph.NaNTo {
		return fmt.Errorf("no such activation as %d", act.Kind)
	}
	if p := act.Lo; act.Kind == graph.Power && p != 0.5 && p != -0.5 && (!(p >= -8 && p <= 8) || p != float32(int(p))) {
		return fmt.Errorf("no power of %g", p)
	}
	return nil
}
