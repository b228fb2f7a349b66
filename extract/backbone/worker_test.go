package backbone

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/simd"
)

// TestWorkersShareABackbone runs two workers side by side on different batch sizes;
// under -race it also shows that nothing in a backbone is written to.
func TestWorkersShareABackbone(t *testing.T) {
	b := mustCompile(t, randomGraph(1), simd.Best())
	n := 16
	if slow() {
		n = 4
	}
	images := make([]float32, n*b.Input().Len())
	noise(images)
	out := make([][]float32, n)
	var wg sync.WaitGroup
	for batch := 1; batch <= n; batch++ {
		wg.Go(func() {
			w := b.NewWorker(batch)
			dst := make([]float32, n*b.Width())
			for i := 0; i < n; i += batch {
				k := min(batch, n-i)
				w.Run(dst[i*b.Width():], images[i*b.Input().Len():], k)
			}
			out[batch-1] = dst
		})
	}
	wg.Wait()
	for i := range out {
		sameBits(t, "batch", out[i], out[0])
	}
}

// TestTeam shows that sharing a layer changes no bit, however many goroutines there
// are and however little there is to share.
func TestTeam(t *testing.T) {
	for seed := range uint64(6) {
		g := randomGraph(seed)
		if seed == 0 && !slow() {
			g = largeGraph(0)
		}
		if seed%2 == 1 {
			g = joinedGraph(seed)
		}
		b := mustCompile(t, g, simd.Best())
		const n = 5
		images := make([]float32, n*b.Input().Len())
		noise(images)
		want := features(t, g, simd.Best(), images, n, n)
		for _, goroutines := range []int{1, 2, 3, 7} {
			for _, batch := range []int{1, n} {
				w := b.NewTeam(batch, goroutines)
				got := make([]float32, n*b.Width())
				for i := 0; i < n; i += batch {
					w.Run(got[i*b.Width():], images[i*b.Input().Len():], batch)
				}
				sameBits(t, fmt.Sprintf("graph %d, %d goroutines, batch %d", seed, goroutines, batch), got, want)
			}
		}
	}
}

// TestNothingStays shows that a result does not depend on earlier runs: neither borders
// nor buffers keep anything, not even NaN.
func TestNothingStays(t *testing.T) {
	for name, g := range map[string]*graph.Graph{"random": randomGraph(2), "joined": joinedGraph(3), "dense": denseGraph(2),
		"tokens 1": tokenGraph(1), "tokens 2": tokenGraph(2), "tokens 3": tokenGraph(3), "tokens 4": tokenGraph(4)} {
		b := mustCompile(t, g, simd.Best())
		size := b.Input().Len()
		images, poison := make([]float32, 2*size), make([]float32, 4*size)
		noise(images)
		for i := range poison {
			poison[i] = float32(math.NaN())
		}
		want, got, junk := make([]float32, 2*b.Width()), make([]float32, 2*b.Width()), make([]float32, 4*b.Width())
		w := b.NewWorker(4)
		w.Run(want, images, 2)
		w.Run(junk, poison, 4)
		if junk[0] == junk[0] {
			t.Errorf("%s: NaN in an image does not show in its features", name)
		}
		w.Run(got, images, 2)
		sameBits(t, name+" after NaN", got, want)
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	for seed := range uint64(16) {
		g := randomGraph(seed)
		switch {
		case seed >= 8:
			g = tokenGraph(seed)
		case seed >= 4:
			g = joinedGraph(seed)
		}
		b := mustCompile(t, g, simd.Best())
		w := b.NewWorker(3)
		noise(w.Input())
		dst := make([]float32, 3*b.Width())
		if n := testing.AllocsPerRun(3, func() { w.Run(dst, w.Input(), 3) }); n != 0 {
			t.Errorf("graph %d: %v allocations a run", seed, n)
		}
	}
}

func TestKernelFromEnvironment(t *testing.T) {
	g := randomGraph(3)
	for _, level := range simd.Levels() {
		t.Setenv("PIPELINE_KERNEL", level.String())
		b, err := Compile(g)
		if err != nil || b.Kernel() != level.String() {
			t.Errorf("PIPELINE_KERNEL=%v gives %v, %v", level, b, err)
		}
	}
	for _, name := range []string{"sse9", "AVX2 "} {
		t.Setenv("PIPELINE_KERNEL", name)
		if _, err := Compile(g); err == nil || !strings.Contains(err.Error(), simd.Env) {
			t.Errorf("PIPELINE_KERNEL=%q: error %v", name, err)
		}
	}
}

// TestEveryLayer compares random graphs of all layers with a float64 evaluation.
func TestEveryLayer(t *testing.T) {
	graphs := []*graph.Graph{largeGraph(0)}
	for seed := range uint64(24) {
		graphs = append(graphs, joinedGraph(seed), randomGraph(seed))
	}
	if graphs = append(graphs, denseGraph(0)); slow() {
		graphs = graphs[:9]
	}
	for seed, g := range graphs {
		images := make([]float32, 3*g.Input.Shape.Len())
		noise(images)
		var first []float32
		for _, level := range simd.Levels() {
			got := features(t, g, level, images, 3, 2)
			if first == nil {
				first = got
			}
			sameBits(t, level.String(), got, first)
		}
		width := g.Features.Shape.Len()
		for i := range 3 {
			exact := graphtest.Eval(g, images[i*g.Input.Shape.Len():][:g.Input.Shape.Len()])
			if e := graphtest.RelativeError(first[i*width:(i+1)*width], exact); !(e <= tolerance) {
				t.Errorf("graph %d, image %d: relative L2 error %.2g", seed, i, e)
			}
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	first := func(g *graph.Graph) *graph.Conv {
		for _, l := range g.Layers {
			if c, ok := l.(*graph.Conv); ok {
				return c
			}
		}
		t.Fatal("the graph has no convolution")
		return nil
	}
	for name, spoil := range map[string]func(*graph.Graph){
		"weights missing":   func(g *graph.Graph) { c := first(g); c.Weight = c.Weight[1:] },
		"bias missing":      func(g *graph.Graph) { first(g).Bias = nil },
		"stride of 0":       func(g *graph.Graph) { first(g).StrideH = 0 },
		"groups of 0":       func(g *graph.Graph) { first(g).Groups = 0 },
		"residual's shape":  func(g *graph.Graph) { first(g).Residual = g.Input },
		"order":             func(g *graph.Graph) { g.Layers[0], g.Layers[1] = g.Layers[1], g.Layers[0] },
		"no features":       func(g *graph.Graph) { g.Features = &graph.Value{Shape: graph.Shape{C: 1, H: 1, W: 1}} },
		"huge value":        func(g *graph.Graph) { g.Input.Shape.H = 1 << 40 },
		"empty value":       func(g *graph.Graph) { g.Layers[1].Output().Shape.W = 0 },
		"made twice":        func(g *graph.Graph) { g.Layers = append(g.Layers, g.Layers[0]) },
		"enormous padding":  func(g *graph.Graph) { first(g).Pad.Top = 1 << 40 },
		"enormous dilation": func(g *graph.Graph) { first(g).DilationH = 1 << 40 },
	} {
		g := randomGraph(5)
		spoil(g)
		if _, err := Compile(g); !errors.Is(err, errGraph) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	image := &graph.Value{Shape: graph.Shape{C: 3, H: 4, W: 4}}
	value := func(c, h, w int) *graph.Value { return &graph.Value{Shape: graph.Shape{C: c, H: h, W: w}} }
	pooled := &graph.AvgPool{In: image, Out: value(3, 1, 1), KH: 4, KW: 4, StrideH: 1, StrideW: 1}
	for name, l := range map[string]graph.Layer{
		"concat of nothing":       &graph.Concat{Out: value(3, 4, 4)},
		"concat of other sizes":   &graph.Concat{In: []*graph.Value{image, pooled.Out}, Out: value(6, 4, 4)},
		"concat of too few":       &graph.Concat{In: []*graph.Value{image, image}, Out: value(7, 4, 4)},
		"concat of too many":      &graph.Concat{In: []*graph.Value{image, image, image}, Out: value(6, 4, 4)},
		"concat of itself":        &graph.Concat{In: []*graph.Value{image, value(3, 4, 4)}, Out: value(6, 4, 4)},
		"gain of height":          &graph.Scale{In: image, Gain: image, Out: value(3, 4, 4)},
		"gain before it is made":  &graph.Scale{In: image, Gain: value(3, 1, 1), Out: value(3, 4, 4)},
		"product of another size": &graph.Scale{In: image, Gain: pooled.Out, Out: value(3, 4, 5)},
	} {
		g := &graph.Graph{Input: image, Features: l.Output(), Layers: []graph.Layer{pooled, l}}
		if _, err := Compile(g); !errors.Is(err, errGraph) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	// The padding of one convolution becomes that of all that its input is joined with.
	conv := func(in, out *graph.Value, pad int) *graph.Conv {
		return &graph.Conv{In: in, Out: out, Weight: make([]float32, in.Shape.C*out.Shape.C), Bias: make([]float32, out.Shape.C),
			KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1, Pad: graph.Pads{Top: pad, Left: pad, Bottom: pad, Right: pad}}
	}
	many, one := conv(image, value(16, 4, 4), 0), conv(image, value(1, 4, 4), 0)
	padded := conv(one.Out, value(1, 8004, 8004), 4000)
	joined := &graph.Concat{In: []*graph.Value{many.Out, one.Out}, Out: value(17, 4, 4)}
	g := &graph.Graph{Input: image, Features: padded.Out, Layers: []graph.Layer{many, one, joined, padded}}
	if _, err := Compile(g); !errors.Is(err, errGraph) || !strings.Contains(err.Error(), "with borders") {
		t.Errorf("concat with enormous padding: error %v", err)
	}
}
