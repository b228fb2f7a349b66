package backbone

import (
	"math/rand/v2"

	"featurecache/extract/backbone/graph"
)

// randomGraph draws a small network that holds every kind of layer, in odd sizes:
// what no exporter would write, but the types allow.
func randomGraph(seed uint64) *graph.Graph {
	r := &grapher{rng: rand.New(rand.NewPCG(seed, 99))}
	r.g = &graph.Graph{Input: &graph.Value{Name: "image", Shape: graph.Shape{C: 3, H: 9 + r.rng.IntN(16), W: 9 + r.rng.IntN(16)}}}
	x := r.conv(r.g.Input, 5+r.rng.IntN(40), nil)
	for range 3 + r.rng.IntN(5) {
		switch r.rng.IntN(9) {
		case 0:
			x = r.maxPool(x)
		case 1:
			x = r.averagePool(x)
		case 2:
			x = r.affine(x)
		case 3:
			x = r.activate(x)
		case 4:
			x = r.add(x, x)
		default:
			// A block: two convolutions, the second with the input as residual.
			y := r.same(x)
			x = r.residual(y, x)
		}
	}
	x = r.conv(x, 16+r.rng.IntN(30), nil)
	r.g.Features = x
	if r.rng.IntN(2) == 0 {
		r.g.Features = r.global(x)
	}
	return r.g
}

type grapher struct {
	rng *rand.Rand
	g   *graph.Graph
}

func (r *grapher) put(l graph.Layer) *graph.Value {
	r.g.Layers = append(r.g.Layers, l)
	return l.Output()
}

func (r *grapher) value(c, h, w int) *graph.Value {
	return &graph.Value{Name: string(rune('a' + len(r.g.Layers)%26)), Shape: graph.Shape{C: c, H: h, W: w}}
}

func (r *grapher) draw(n int, scale float32) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = scale * 1.7 * (2*r.rng.Float32() - 1) // NormFloat64 may differ between machines
	}
	return v
}

func (r *grapher) act() graph.Activation {
	return []graph.Activation{{}, {Kind: graph.Relu}, {Kind: graph.Clip, Lo: -1, Hi: 6}, {Kind: graph.Clip, Lo: 0.25, Hi: 2},
		{Kind: graph.Sigmoid}, {Kind: graph.SiLU}, {Kind: graph.HardSigmoid, Lo: 0.2, Hi: 0.5}, {Kind: graph.HardSwish}}[r.rng.IntN(8)]
}

// conv is a convolution of any geometry that leaves at least one pixel.
func (r *grapher) conv(in *graph.Value, out int, residual *graph.Value) *graph.Value {
	l := &graph.Conv{In: in, Residual: residual, KH: 1 + r.rng.IntN(3), KW: 1 + r.rng.IntN(3),
		StrideH: 1 + r.rng.IntN(2), StrideW: 1 + r.rng.IntN(2), DilationH: 1 + r.rng.IntN(2), DilationW: 1 + r.rng.IntN(2), Groups: 1}
	l.Pad = graph.Pads{Top: r.rng.IntN(3), Left: r.rng.IntN(3), Bottom: r.rng.IntN(3), Right: r.rng.IntN(3)}
	// Enough padding for small inputs.
	l.Pad.Bottom += max(0, (l.KH-1)*l.DilationH+1-in.Shape.H-l.Pad.Top-l.Pad.Bottom)
	l.Pad.Right += max(0, (l.KW-1)*l.DilationW+1-in.Shape.W-l.Pad.Left-l.Pad.Right)
	h := (in.Shape.H+l.Pad.Top+l.Pad.Bottom-(l.KH-1)*l.DilationH-1)/l.StrideH + 1
	w := (in.Shape.W+l.Pad.Left+l.Pad.Right-(l.KW-1)*l.DilationW-1)/l.StrideW + 1
	l.Out = r.value(out, h, w)
	return r.weights(l)
}

func (r *grapher) weights(l *graph.Conv) *graph.Value {
	n := l.In.Shape.C / l.Groups * l.KH * l.KW
	l.Weight = r.draw(l.Out.Shape.C*n, 1.5/float32(n))
	l.Bias = r.draw(l.Out.Shape.C, 0.2)
	l.Act = r.act()
	return r.put(l)
}

// same is a convolution that keeps the shape, perhaps in groups; often 3×3.
func (r *grapher) same(in *graph.Value) *graph.Value { return r.residual(in, nil) }

func (r *grapher) residual(in, residual *graph.Value) *graph.Value {
	s := in.Shape
	k := []int{1, 3, 3, 3, 5}[r.rng.IntN(5)]
	l := &graph.Conv{In: in, Residual: residual, Out: r.value(s.C, s.H, s.W), KH: k, KW: k, StrideH: 1, StrideW: 1,
		DilationH: 1, DilationW: 1, Groups: 1, Pad: graph.Pads{Top: k / 2, Left: k / 2, Bottom: k / 2, Right: k / 2}}
	if r.rng.IntN(4) == 0 {
		l.Groups = s.C
	}
	return r.weights(l)
}

func (r *grapher) maxPool(in *graph.Value) *graph.Value {
	s := in.Shape
	return r.put(&graph.MaxPool{In: in, Out: r.value(s.C, (s.H-1)/2+1, (s.W-1)/2+1), KH: 3, KW: 3, StrideH: 2, StrideW: 2,
		DilationH: 1, DilationW: 1, Pad: graph.Pads{Top: 1, Left: 1, Bottom: 1, Right: 1}})
}

func (r *grapher) averagePool(in *graph.Value) *graph.Value {
	s := in.Shape
	return r.put(&graph.AvgPool{In: in, Out: r.value(s.C, s.H, s.W), KH: 3, KW: 3, StrideH: 1, StrideW: 1,
		Pad: graph.Pads{Top: 1, Left: 1, Bottom: 1, Right: 1}, CountPad: r.rng.IntN(2) == 0})
}

func (r *grapher) global(in *graph.Value) *graph.Value {
	s := in.Shape
	return r.put(&graph.AvgPool{In: in, Out: r.value(s.C, 1, 1), KH: s.H, KW: s.W, StrideH: 1, StrideW: 1})
}

func (r *grapher) affine(in *graph.Value) *graph.Value {
	s := in.Shape
	return r.put(&graph.Affine{In: in, Out: r.value(s.C, s.H, s.W), Scale: r.draw(s.C, 1), Shift: r.draw(s.C, 1), Act: r.act()})
}

func (r *grapher) activate(in *graph.Value) *graph.Value {
	s := in.Shape
	return r.put(&graph.Activate{In: in, Out: r.value(s.C, s.H, s.W), Act: r.act()})
}

func (r *grapher) localNorm(in *graph.Value) *graph.Value {
	s := in.Shape
	beta := []float32{0.5, 0.75, 1}[r.rng.IntN(3)]
	return r.put(&graph.LRN{In: in, Out: r.value(s.C, s.H, s.W), Size: 1 + r.rng.IntN(6), Alpha: r.rng.Float32(), Beta: beta, Bias: 0.5 + r.rng.Float32()})
}

func (r *grapher) add(a, b *graph.Value) *graph.Value {
	s := a.Shape
	return r.put(&graph.Add{A: a, B: b, Out: r.value(s.C, s.H, s.W), Act: r.act()})
}

// largeGraph begins as ResNets do, and has layers large enough for every algorithm:
// the stem, Winograd at both strides, with weights that are kept transformed and
// weights that are not.
func largeGraph(seed uint64) *graph.Graph {
	r := &grapher{rng: rand.New(rand.NewPCG(seed, 98))}
	r.g = &graph.Graph{Input: &graph.Value{Name: "image", Shape: graph.Shape{C: 3, H: 25, W: 30}}}
	x := r.strided(r.g.Input, 40, 7)
	x = r.maxPool(x)
	y := r.strided(x, 64, 3)
	y = r.strided(y, 320, 3)
	x = r.residual3(y, y)
	x = r.strided(x, 336, 3)
	r.g.Features = r.global(x)
	return r.g
}

// strided is a k×k convolution at stride 2.
func (r *grapher) strided(in *graph.Value, out, k int) *graph.Value {
	s, stride := in.Shape, 2
	l := &graph.Conv{In: in, KH: k, KW: k, StrideH: stride, StrideW: stride, DilationH: 1, DilationW: 1, Groups: 1,
		Pad: graph.Pads{Top: k / 2, Left: k / 2, Bottom: k / 2, Right: k / 2},
		Out: r.value(out, (s.H-1)/stride+1, (s.W-1)/stride+1)}
	return r.centre(l)
}

func (r *grapher) residual3(in, residual *graph.Value) *graph.Value {
	s := in.Shape
	l := &graph.Conv{In: in, Residual: residual, Out: r.value(s.C, s.H, s.W), KH: 3, KW: 3, StrideH: 1, StrideW: 1,
		DilationH: 1, DilationW: 1, Groups: 1, Pad: graph.Pads{Top: 1, Left: 1, Bottom: 1, Right: 1}}
	return r.centre(l)
}

// centre draws weights, and makes the activation one that Winograd's kernels know.
func (r *grapher) centre(l *graph.Conv) *graph.Value {
	v := r.weights(l)
	l.Act = graph.Activation{Kind: graph.Relu}
	return v
}
