package graphtest

import (
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
	if ok, err := tokenShapes(l); ok {
		return err
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
	}
	if out != want || out.C < 1 || out.H < 1 || out.W < 1 || out.Len() > 1<<27 {
		return fmt.Errorf("shape %v, want %v", out, want)
	}
	return nil
}

func windows(size, pads, kernel, stride, dilation int) int {
	return (size+pads-(kernel-1)*dilation-1)/stride + 1
}
