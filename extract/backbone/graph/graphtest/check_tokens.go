package graphtest

import (
	"fmt"

	"featurecache/extract/backbone/graph"
)

// tokenShapes checks the layers of tokens.go. It reports false for other layers.
func tokenShapes(l graph.Layer) (bool, error) {
	out := l.Output().Shape
	want := out
	if in := l.Inputs(); len(in) > 0 {
		want = in[0].Shape
	}
	switch l := l.(type) {
	case *graph.Constant:
		if want = out; len(l.Data) != out.Len() {
			return true, fmt.Errorf("%d numbers for the shape %v", len(l.Data), out)
		}
	case *graph.Gather:
		want = out
		total := 0
		for _, v := range l.In {
			total += v.Shape.Len()
		}
		if err := within(l.From, out.Len(), -1, total); err != nil {
			return true, err
		}
	case *graph.Norm:
		if l.Groups < 1 || want.C%l.Groups != 0 || len(l.Scale) != len(l.Shift) || l.Scale != nil && len(l.Scale) != want.C {
			return true, fmt.Errorf("%d groups, %d scales, %d shifts", l.Groups, len(l.Scale), len(l.Shift))
		}
	case *graph.Softmax:
	case *graph.Reduce:
		want.C = 1
	case *graph.Combine:
		want = out
		for _, r := range []graph.Reading{l.A, l.B} {
			if err := reading(r, out.Len()); err != nil {
				return true, err
			}
		}
	case *graph.Product:
		want = graph.Shape{C: l.N, H: 1, W: l.Batch * l.M}
		if err := reading(l.A, l.Batch*l.M*l.K); err != nil {
			return true, err
		}
		if err := reading(l.B, l.Batch*l.K*l.N); err != nil {
			return true, err
		}
	case *graph.Attention:
		want = out
		if err := attends(l); err != nil {
			return true, err
		}
	default:
		return false, nil
	}
	if out != want || out.C < 1 || out.H < 1 || out.W < 1 || out.Len() > 1<<27 {
		return true, fmt.Errorf("shape %v, want %v", out, want)
	}
	return true, nil
}

// reading checks that a reading gives n elements.
func reading(r graph.Reading, n int) error {
	if r.At != nil {
		return within(r.At, n, 0, r.Of.Shape.Len())
	}
	if r.Of.Shape.Len() != n {
		return fmt.Errorf("%v is read as %d elements", r.Of.Shape, n)
	}
	return nil
}

// within checks that a list has n numbers from low on and below high.
func within(list []int32, n, low, high int) error {
	if len(list) != n {
		return fmt.Errorf("%d indices, want %d", len(list), n)
	}
	for i, at := range list {
		if int(at) < low || int(at) >= high {
			return fmt.Errorf("index %d is %d of %d", i, at, high)
		}
	}
	return nil
}

// attends checks an attention: that its lists fit each other and the values, and that every
// element of the result is written once.
func attends(l *graph.Attention) error {
	plane := func(v *graph.Value) int { return v.Shape.H * v.Shape.W }
	heads, groups := len(l.QFrom), len(l.QPixels)
	if len(l.KFrom) != heads || len(l.VFrom) != heads || len(l.KPixels) != groups || len(l.OutPixels) != groups {
		return fmt.Errorf("%d heads, %d groups", heads, groups)
	}
	for h := range heads {
		if l.QFrom[h] < 0 || l.KFrom[h] < 0 || l.VFrom[h] < 0 || l.QFrom[h]+l.D > l.Q.Shape.C || l.KFrom[h]+l.D > l.K.Shape.C || l.VFrom[h]+l.DV > l.V.Shape.C {
			return fmt.Errorf("head %d reads channels that aren't there", h)
		}
	}
	written := make([]bool, plane(l.Out))
	for g := range groups {
		if err := within(l.QPixels[g], len(l.OutPixels[g]), 0, plane(l.Q)); err != nil {
			return err
		}
		if err := within(l.KPixels[g], len(l.KPixels[g]), 0, min(plane(l.K), plane(l.V))); err != nil {
			return err
		}
		if err := within(l.OutPixels[g], len(l.OutPixels[g]), 0, plane(l.Out)); err != nil {
			return err
		}
		for _, p := range l.OutPixels[g] {
			if written[p] {
				return fmt.Errorf("pixel %d is written twice", p)
			}
			written[p] = true
		}
		for h := range heads {
			if n := len(l.QPixels[g]) * len(l.KPixels[g]); l.Bias != nil && (l.BiasAt[g*heads+h] < 0 || l.BiasAt[g*heads+h]+n > len(l.Bias)) {
				return fmt.Errorf("bias of group %d, head %d", g, h)
			}
		}
	}
	for p, ok := range written {
		if !ok {
			return fmt.Errorf("pixel %d is never written", p)
		}
	}
	if l.Out.Shape.C != heads*l.DV {
		return fmt.Errorf("%d channels of %d heads of %d", l.Out.Shape.C, heads, l.DV)
	}
	return nil
}
