package backbone

import (
	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
	"featurecache/extract/backbone/kernel/winograd"
	"featurecache/simd"
)

// An algorithm computes convolutions of some shapes. The choice depends on the layer's
// shape alone, because it decides the bits of the result.
type algorithm interface {
	// border is what the algorithm reads around the input.
	border(l *graph.Conv) border
	// compile packs the weights. weights is their size in bytes once packed.
	compile(l *graph.Conv, at operands) (o op, weights int, err error)
}

// operands are where a convolution's operands lie, and the kernels that it is for.
type operands struct {
	in, out, res kernel.Layout // res is zero without a residual
	level        simd.Level
}

// choose picks the algorithm of a layer of g.
func choose(g *graph.Graph, l *graph.Conv) algorithm {
	if isStem(g, l) {
		return byStem{}
	}
	if s, ok := winogradShape(l); ok {
		return byWinograd{s}
	}
	return byDefinition{}
}

// byDefinition is the direct convolution, which computes any shape.
type byDefinition struct{}

func (byDefinition) border(l *graph.Conv) border { return needs(l) }

func (byDefinition) compile(l *graph.Conv, at operands) (op, int, error) {
	c := kernel.NewDirect(convOf(l), l.Weight, l.Bias, at.in, at.out, at.res)
	return direct{c}, c.Bytes(), nil
}

// byWinograd is for 3×3 convolutions with so many channels that the transforms pay.
type byWinograd struct{ shape winograd.Shape }

// winogradShape is the shape of a layer that Winograd's algorithm computes faster.
func winogradShape(l *graph.Conv) (winograd.Shape, bool) {
	s := winograd.Shape{Out: l.Out.Shape.C, In: l.In.Shape.C, Kernel: l.KH, Stride: l.StrideH}
	square := l.KH == l.KW && l.StrideH == l.StrideW && l.DilationH == 1 && l.DilationW == 1 && l.Groups == 1
	worth := s.In >= 32 && s.Out >= 32
	return s, s.Supported() && square && centred(l) && rectified(l) && worth
}

// centred reports whether a layer pads by half its kernel on all sides.
func centred(l *graph.Conv) bool {
	return l.Pad.Top == l.KH/2 && l.Pad.Left == l.KW/2 &&
		l.Out.Shape.H == (l.In.Shape.H-1)/l.StrideH+1 && l.Out.Shape.W == (l.In.Shape.W-1)/l.StrideW+1
}

// rectified reports whether package winograd has a layer's activation, or the activation
// is a separate step anyway.
func rectified(l *graph.Conv) bool {
	_, _, clamps := bounds(l.Act)
	return !clamps || l.Act.Kind == graph.None || l.Act.Kind == graph.Relu
}

func (a byWinograd) border(l *graph.Conv) border {
	var b border
	b.top, b.bottom = a.shape.Border(l.In.Shape.H)
	b.left, b.right = a.shape.Border(l.In.Shape.W)
	return b
}

func (a byWinograd) compile(l *graph.Conv, at operands) (op, int, error) {
	weights := winograd.Pack(a.shape, l.Weight)
	c, err := winograd.New(winograd.Options{Weights: weights, Bias: l.Bias, Src: at.in, Dst: at.out, Res: at.res,
		ReLU: l.Act.Kind == graph.Relu, Level: at.level})
	return fast{c}, 36 * 4 * a.shape.In * a.shape.Out, err
}

// byStem is for the 7×7 convolution at stride 2 that ResNets begin with. It reads the
// planar images directly.
type byStem struct{}

// isStem reports whether l is the first layer of g, and such a convolution.
func isStem(g *graph.Graph, l *graph.Conv) bool {
	return firstLayer(g) == graph.Layer(l) && l.In == g.Input && l.In.Shape.C == 3 && l.Residual == nil &&
		l.KH == 7 && l.KW == 7 && l.StrideH == 2 && l.StrideW == 2 && l.DilationH == 1 && l.DilationW == 1 && l.Groups == 1 &&
		centred(l) && rectified(l)
}

// firstLayer is the first layer that computes anything.
func firstLayer(g *graph.Graph) graph.Layer {
	for _, l := range g.Layers {
		if _, ok := l.(*graph.Constant); !ok {
			return l
		}
	}
	return nil
}

func (byStem) border(*graph.Conv) border { return border{} }

func (byStem) compile(l *graph.Conv, at operands) (op, int, error) {
	weights := winograd.PackStem(l.Out.Shape.C, l.Weight)
	s, err := winograd.NewStem(winograd.StemOptions{Weights: weights, Bias: l.Bias, H: l.In.Shape.H, W: l.In.Shape.W,
		Dst: at.out, ReLU: l.Act.Kind == graph.Relu, Level: at.level})
	return stem{s}, 0, err
}
