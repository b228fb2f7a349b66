package backbone

import (
	"errors"
	"fmt"

	"featurecache/extract/backbone/graph"
)

// errGraph is wrapped by the errors about a graph that contradicts itself, or holds
// what no plan can run.
var errGraph = errors.New("backbone: unusable graph")

// maxValue is the largest number of elements of one value of one image: offsets
// into a batch are 32-bit.
const maxValue = 1 << 26

// validate checks what the kernels rely on.
func validate(g *graph.Graph) error {
	made := map[*graph.Value]bool{g.Input: true}
	for _, v := range values(g) {
		if s := v.Shape; s.C < 1 || s.H < 1 || s.W < 1 || s.C > maxValue || s.H > maxValue/s.C || s.W > maxValue/s.C/s.H {
			return fmt.Errorf("%w: value %s has shape %v", errGraph, v.Name, s)
		}
	}
	for _, l := range g.Layers {
		if _, constant := l.(*graph.Constant); len(l.Inputs()) == 0 && !constant {
			return fmt.Errorf("%w: layer %s reads nothing", errGraph, l.Output().Name)
		}
		for _, v := range l.Inputs() {
			if v == nil {
				return fmt.Errorf("%w: layer %s lacks an input", errGraph, l.Output().Name)
			}
			if !made[v] {
				return fmt.Errorf("%w: layer %s reads %s before it is made", errGraph, l.Output().Name, v.Name)
			}
		}
		if made[l.Output()] {
			return fmt.Errorf("%w: %s is made twice", errGraph, l.Output().Name)
		}
		made[l.Output()] = true
		if err := validateLayer(l); err != nil {
			return fmt.Errorf("%w: layer %s: %w", errGraph, l.Output().Name, err)
		}
	}
	if !made[g.Features] {
		return fmt.Errorf("%w: nothing makes the features %s", errGraph, g.Features.Name)
	}
	return nil
}

func validateLayer(l graph.Layer) error {
	if err := validateActivation(l); err != nil {
		return err
	}
	if ok, err := validateTokens(l); ok {
		return err
	}
	in, out := l.Inputs()[0].Shape, l.Output().Shape
	switch l := l.(type) {
	case *graph.Conv:
		return validateConv(l, in, out)
	case *graph.MaxPool:
		return errors.Join(sameChannels(in, out),
			axis(in.H, out.H, l.KH, l.StrideH, l.DilationH, l.Pad.Top), axis(in.W, out.W, l.KW, l.StrideW, l.DilationW, l.Pad.Left))
	case *graph.AvgPool:
		return errors.Join(sameChannels(in, out),
			axis(in.H, out.H, l.KH, l.StrideH, 1, l.Pad.Top), axis(in.W, out.W, l.KW, l.StrideW, 1, l.Pad.Left))
	case *graph.Affine:
		if len(l.Scale) != in.C || len(l.Shift) != in.C {
			return fmt.Errorf("%d scales and %d shifts for %d channels", len(l.Scale), len(l.Shift), in.C)
		}
	case *graph.Add:
		if l.B.Shape != out {
			return fmt.Errorf("%v added to %v", l.B.Shape, out)
		}
	case *graph.Scale:
		if l.Gain.Shape != (graph.Shape{C: in.C, H: 1, W: 1}) {
			return fmt.Errorf("gain %v on %v", l.Gain.Shape, in)
		}
	case *graph.Concat:
		return validateConcat(l)
	}
	if in != out {
		return fmt.Errorf("%v becomes %v", in, out)
	}
	return nil
}

func validateConv(l *graph.Conv, in, out graph.Shape) error {
	switch {
	case l.Groups < 1 || in.C%l.Groups != 0 || out.C%l.Groups != 0:
		return fmt.Errorf("%d groups of %d and %d channels", l.Groups, in.C, out.C)
	case l.KH < 1 || l.KW < 1 || l.StrideH < 1 || l.StrideW < 1 || l.DilationH < 1 || l.DilationW < 1 || l.Pad.Top < 0 || l.Pad.Left < 0:
		return errors.New("kernel, stride, dilation or padding out of range")
	case len(l.Weight) != out.C*(in.C/l.Groups)*l.KH*l.KW || len(l.Bias) != out.C:
		return fmt.Errorf("%d weights and %d biases", len(l.Weight), len(l.Bias))
	case l.Residual != nil && l.Residual.Shape != out:
		return fmt.Errorf("residual %v added to %v", l.Residual.Shape, out)
	}
	// The bordered input must stay addressable.
	b := needs(l)
	rows, cols := b.top+in.H+max(b.bottom, 0), b.left+in.W+max(b.right, 0)
	if rows > maxValue || cols > maxValue/rows || in.C > maxValue/rows/cols {
		return fmt.Errorf("padded input of %d×%d×%d", in.C, rows, cols)
	}
	return nil
}

func validateConcat(l *graph.Concat) error {
	out, channels := l.Out.Shape, 0
	for _, v := range l.In {
		if s := v.Shape; s.H != out.H || s.W != out.W || s.C > out.C-channels {
			return fmt.Errorf("%v at channel %d of %v", s, channels, out)
		}
		channels += v.Shape.C
	}
	if channels != out.C {
		return fmt.Errorf("%d channels become %d", channels, out.C)
	}
	return nil
}

func sameChannels(in, out graph.Shape) error {
	if in.C != out.C {
		return fmt.Errorf("%d channels become %d", in.C, out.C)
	}
	return nil
}

// axis checks that every window of a pool holds an element of the input.
func axis(in, out, k, stride, dilation, before int) error {
	if k < 1 || stride < 1 || dilation < 1 || before < 0 {
		return errors.New("kernel, stride, dilation or padding out of range")
	}
	for i := range out {
		first := i*stride - before
		if first < 0 {
			first += (-first + dilation - 1) / dilation * dilation
		}
		if first >= in || first > i*stride-before+(k-1)*dilation {
			return fmt.Errorf("window %d of %d lies outside %d elements", i, out, in)
		}
	}
	return nil
}
