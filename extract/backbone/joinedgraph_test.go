package backbone

import (
	"math/rand/v2"
	"slices"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// joinedGraph draws a network of concatenations and gains: dense blocks whose channels
// come in whole blocks of 16 or do not, branches, concatenations of concatenations,
// of the image and of one value twice, squeeze-and-excitation.
func joinedGraph(seed uint64) *graph.Graph {
	r := &grapher{rng: rand.New(rand.NewPCG(seed, 97))}
	r.g = &graph.Graph{Input: &graph.Value{Name: "image", Shape: graph.Shape{C: 3, H: 7 + r.rng.IntN(8), W: 7 + r.rng.IntN(8)}}}
	x := r.narrow(r.g.Input, r.channels())
	for range 2 + r.rng.IntN(3) {
		switch r.rng.IntN(8) {
		case 0:
			x = r.dense(x)
		case 1:
			x = r.excite(x)
		case 2:
			x = r.residual(r.excite(r.same(x)), x)
		case 3: // branches, one of which is read elsewhere too
			a, b := r.narrow(x, r.channels()), r.same(x)
			x = r.concat(a, b, r.averagePool(a))
			x = r.concat(r.narrow(x, 32), a, x)
		case 4: // nested, with the same value at two places
			a := r.concat(x, r.narrow(x, r.channels()))
			x = r.concat(r.narrow(a, 16), a, x, a)
		case 5: // two concatenations of the same values, in the other order
			a, b := r.narrow(x, 16), r.narrow(x, 32)
			x = r.narrow(r.concat(r.concat(a, b), r.concat(b, a)), r.channels())
		case 7: // and read apart from each other
			a, b := r.narrow(x, 16), r.narrow(x, 32)
			x = r.concat(r.narrow(r.concat(a, b), 16), r.narrow(r.concat(b, a), r.channels()))
		case 6:
			x = r.concat(r.maxPool(x), r.maxPool(x))
			x = r.affine(r.concat(x))
		}
		if x.Shape.C > 100 {
			x = r.narrow(x, r.channels())
		}
	}
	if r.rng.IntN(2) == 0 && x.Shape.H == r.g.Input.Shape.H && x.Shape.W == r.g.Input.Shape.W {
		x = r.concat(x, r.g.Input)
	}
	if r.rng.IntN(2) == 0 {
		x = r.concat(r.global(x), r.global(r.maxPool(x)))
	}
	r.g.Features = x
	return r.g
}

// channels are a multiple of 16 or not.
func (r *grapher) channels() int { return []int{16, 32, 48, 12, 24, 40}[r.rng.IntN(6)] }

// narrow is a 1×1 or 3×3 convolution to out channels.
func (r *grapher) narrow(in *graph.Value, out int) *graph.Value {
	s, k := in.Shape, 1+2*r.rng.IntN(2)
	return r.weights(&graph.Conv{In: in, Out: r.value(out, s.H, s.W), KH: k, KW: k, StrideH: 1, StrideW: 1,
		DilationH: 1, DilationW: 1, Groups: 1, Pad: graph.Pads{Top: k / 2, Left: k / 2, Bottom: k / 2, Right: k / 2}})
}

func (r *grapher) concat(in ...*graph.Value) *graph.Value {
	s := in[0].Shape
	s.C = 0
	for _, v := range in {
		s.C += v.Shape.C
	}
	return r.put(&graph.Concat{In: in, Out: r.value(s.C, s.H, s.W)})
}

// dense is a dense block as DenseNet has it: each layer reads the concatenation of
// all before it.
func (r *grapher) dense(x *graph.Value) *graph.Value {
	growth := r.channels()
	all := []*graph.Value{x}
	for range 3 {
		y := r.narrow(r.affine(r.concat(all...)), growth)
		all = append(slices.Clip(all), y)
	}
	return r.concat(all...)
}

// excite is squeeze-and-excitation.
func (r *grapher) excite(x *graph.Value) *graph.Value {
	s := x.Shape
	gain := r.narrow(r.narrow(r.global(x), 1+r.rng.IntN(20)), s.C)
	return r.put(&graph.Scale{In: x, Gain: gain, Out: r.value(s.C, s.H, s.W), Act: r.act()})
}

// denseGraph is a dense block of DenseNet's own sizes, with weights large enough that
// a part of it runs for the whole batch.
func denseGraph(seed uint64) *graph.Graph {
	r := &grapher{rng: rand.New(rand.NewPCG(seed, 96))}
	r.g = &graph.Graph{Input: &graph.Value{Name: "image", Shape: graph.Shape{C: 3, H: 6, W: 5}}}
	all := []*graph.Value{r.narrow(r.g.Input, 64)}
	for range 3 {
		x := r.narrow(r.affine(r.concat(all...)), 32)
		all = append(all, x)
	}
	wide := r.residual3(r.wide(r.concat(slices.Clone(all)...), 176), nil)
	all = append(all, r.narrow(wide, 32))
	r.g.Features = r.concat(all...)
	return r.g
}

func (r *grapher) wide(in *graph.Value, out int) *graph.Value {
	s := in.Shape
	return r.weights(&graph.Conv{In: in, Out: r.value(out, s.H, s.W), KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1})
}

// TestConcatenationsTakeNoCopy looks at the plan of a dense block: all its values lie
// in one buffer, and no step copies.
func TestConcatenationsTakeNoCopy(t *testing.T) {
	g := denseGraph(1)
	b := mustCompile(t, g, simd.Best())
	layers, concats := 0, 0
	for _, l := range g.Layers {
		if _, ok := l.(*graph.Concat); ok {
			concats++
		} else {
			layers++
		}
	}
	steps := 0
	for _, s := range b.plan.steps {
		if s.in[0] != s.dst { // else an activation in place
			steps++
		}
	}
	if want := layers + 1; steps != want { // one for the image's arrival in blocks
		t.Errorf("%d layers and %d concatenations are %d steps, want %d", layers, concats, steps, want)
	}
	in := placements(g)
	for _, l := range g.Layers {
		if c, ok := l.(*graph.Concat); ok && in.of(c.Out) != (place{g.Features, 0}) {
			t.Errorf("%v lies at %v", c.Out, in.of(c.Out))
		}
	}
}

// TestPlaces checks what may lie in a concatenation: whole blocks for itself.
func TestPlaces(t *testing.T) {
	value := func(c int) *graph.Value { return &graph.Value{Shape: graph.Shape{C: c, H: 2, W: 2}} }
	for _, test := range []struct {
		channels []int
		placed   []bool
	}{
		{[]int{32, 16, 64}, []bool{true, true, true}},
		{[]int{16, 24}, []bool{true, true}}, // nothing is behind the last
		{[]int{24, 16}, []bool{false, false}},
		{[]int{24, 8, 32}, []bool{false, false, true}},
		{[]int{16, 3, 16}, []bool{true, false, false}},
	} {
		c := &graph.Concat{Out: value(0)}
		for _, n := range test.channels {
			c.In = append(c.In, value(n))
			c.Out.Shape.C += n
		}
		g := &graph.Graph{Layers: []graph.Layer{c}, Features: c.Out}
		in := placements(g)
		copied := copies(c, in, map[*graph.Value]kernel.Layout{})
		for i, v := range c.In {
			placed := in.of(v).whole == c.Out
			_, isCopied := slices.BinarySearchFunc(copied, v, func(n node, v *graph.Value) int {
				return slices.Index(c.In, n.in[0]) - slices.Index(c.In, v)
			})
			if placed != test.placed[i] || placed == isCopied {
				t.Errorf("%v: input %d placed %v, copied %v", test.channels, i, placed, isCopied)
			}
		}
	}
}
