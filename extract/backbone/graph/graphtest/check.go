package graphtest

import (
	"errors"
	"fmt"

	"featurecache/extract/backbone/graph"
)

// Check verifies what a [graph.Graph] promises: layers in order, every value
// made once and before it is read, weights and shapes that agree, and none of
// it more than memory could hold.
func Check(g *graph.Graph) error {
	made := map[*graph.Value]bool{g.Input: true}
	for i, l := range g.Layers {
		for _, in := range l.Inputs() {
			if !made[in] {
				return fmt.Errorf("layer %d, %T, reads %q before it is made", i, l, in.Name)
			}
		}
		out := l.Output()
		if made[out] {
			return fmt.Errorf("layer %d, %T, makes %q again", i, l, out.Name)
		}
		made[out] = true
		if err := shapes(l); err != nil {
			return fmt.Errorf("layer %d, %T, %q: %w", i, l, out.Name, err)
		}
	}
	if !made[g.Features] || g.Features == g.Input {
		return fmt.Errorf("no layer makes the features")
	}
	return nil
}

func shapes(l graph.Layer) error {
	if c, ok := l.(*graph.Constant); ok {
		if s := c.Out.Shape; len(c.Data) != s.Len() {
			return fmt.Errorf("%d numbers for %v", len(c.Data), s)
		}
		return nil
	}
	if len(l.Inputs()) == 0 {
		return fmt.Errorf("no input")
	}
	in, out := l.Inputs()[0].Shape, l.Output().Shape
	want := in
	switch l := l.(type) {
	case *graph.Conv:
		want = graph.Shape{
			C: len(l.Bias),
			H: windows(in.H, l.Pad.Top+l.Pad.Bottom, l.KH, l.StrideH, l.DilationH),
			W: windows(in.W, l.Pad.Left+l.Pad.Right, l.KW, l.StrideW, l.DilationW),
		}
		if len(l.Weight) != out.C*in.C/l.Groups*l.KH*l.KW || in.C%l.Groups != 0 || out.C%l.Groups != 0 {
			return fmt.Errorf("%d weights", len(l.Weight))
		}
		if l.Residual != nil && l.Residual.Shape != out {
			return fmt.Errorf("residual %v on %v", l.Residual.Shape, out)
		}
	case *graph.MaxPool:
		want.H = windows(in.H, l.Pad.Top+l.Pad.Bottom, l.KH, l.StrideH, l.DilationH)
		want.W = windows(in.W, l.Pad.Left+l.Pad.Right, l.KW, l.StrideW, l.DilationW)
	case *graph.AvgPool:
		want.H = windows(in.H, l.Pad.Top+l.Pad.Bottom, l.KH, l.StrideH, 1)
		want.W = windows(in.W, l.Pad.Left+l.Pad.Right, l.KW, l.StrideW, 1)
	case *graph.Affine:
		if len(l.Scale) != in.C || len(l.Shift) != in.C {
			return fmt.Errorf("%d scales, %d shifts", len(l.Scale), len(l.Shift))
		}
	case *graph.Add:
		if l.A.Shape != l.B.Shape {
			return fmt.Errorf("%v + %v", l.A.Shape, l.B.Shape)
		}
	case *graph.Scale:
		if l.Gain.Shape != (graph.Shape{C: in.C, H: 1, W: 1}) {
			return fmt.Errorf("gain %v on %v", l.Gain.Shape, in)
		}
	case *graph.Concat:
		want.C = 0
		for _, v := range l.In {
			if s := v.Shape; s.H != in.H || s.W != in.W {
				return fmt.Errorf("%v beside %v", s, in)
			}
			want.C += v.Shape.C
		}
	case *graph.Reduce:
		want.C = 1
	case *graph.Gather, *graph.Attention, *graph.Combine, *graph.Product:
		want = out
		if err := lists(l); err != nil {
			return err
		}
	}
	if out != want || out.C < 1 || out.H < 1 || out.W < 1 || out.Len() > 1<<27 {
		return fmt.Errorf("shape %v, want %v", out, want)
	}
	return nil
}

func windows(size, pads, kernel, stride, dilation int) int {
	return (size+pads-(kernel-1)*dilation-1)/stride + 1
}

// lists checks what a layer lists: elements, pixels and channels.
func lists(l graph.Layer) error {
	switch l := l.(type) {
	case *graph.Gather:
		total := 0
		for _, v := range l.In {
			total += v.Shape.Len()
		}
		return within(l.From, l.Out.Shape.Len(), -1, total)
	case *graph.Combine:
		return errors.Join(reading(l.A, l.Out.Shape.Len()), reading(l.B, l.Out.Shape.Len()))
	case *graph.Product:
		if want := (graph.Shape{C: l.N, H: 1, W: l.Batch * l.M}); l.Out.Shape != want {
			return fmt.Errorf("shape %v, want %v", l.Out.Shape, want)
		}
		return errors.Join(reading(l.A, l.Batch*l.M*l.K), reading(l.B, l.Batch*l.K*l.N))
	case *graph.Attention:
		for g := range l.QPixels {
			for _, err := range []error{
				within(l.QPixels[g], len(l.OutPixels[g]), 0, l.Q.Shape.H*l.Q.Shape.W),
				within(l.KPixels[g], len(l.KPixels[g]), 0, min(l.K.Shape.H*l.K.Shape.W, l.V.Shape.H*l.V.Shape.W)),
				within(l.OutPixels[g], len(l.QPixels[g]), 0, l.Out.Shape.H*l.Out.Shape.W),
			} {
				if err != nil {
					return err
				}
			}
		}
		for h := range l.QFrom {
			if l.QFrom[h]+l.D > l.Q.Shape.C || l.KFrom[h]+l.D > l.K.Shape.C || l.VFrom[h]+l.DV > l.V.Shape.C {
				return fmt.Errorf("head %d lies outside its values", h)
			}
		}
		if l.Out.Shape.C != l.DV*len(l.QFrom) {
			return fmt.Errorf("%d channels of %d heads of %d", l.Out.Shape.C, len(l.QFrom), l.DV)
		}
	}
	return nil
}

func reading(r graph.Reading, n int) error {
	if r.At == nil {
		if r.Of.Shape.Len() != n {
			return fmt.Errorf("%v read as %d elements", r.Of.Shape, n)
		}
		return nil
	}
	return within(r.At, n, 0, r.Of.Shape.Len())
}

// within reports a list of another length than n, or with a number outside lo, …, end−1.
func within(list []int32, n, lo, end int) error {
	if len(list) != n {
		return fmt.Errorf("a list of %d, want %d", len(list), n)
	}
	for _, at := range list {
		if int(at) < lo || int(at) >= end {
			return fmt.Errorf("%d is outside %d elements", at, end)
		}
	}
	return nil
}
