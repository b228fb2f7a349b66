package backbone

import (
	"fmt"
	"math"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/simd"
)

// TestActivations compares each activation, by itself and as the end of a convolution,
// with its definition, over a range of numbers and for some that are special.
func TestActivations(t *testing.T) {
	positive := func(i int) float32 { return 0.01 + float32(i)*0.07 }
	around := func(i int) float32 { return float32(i-60) * 0.13 }
	kinds := map[graph.ActKind]bool{}
	for _, test := range []struct {
		act graph.Activation
		at  func(i int) float32
	}{
		{graph.Activation{Kind: graph.Relu}, around},
		{graph.Activation{Kind: graph.Clip, Lo: 0.5, Hi: 3}, around},
		{graph.Activation{Kind: graph.Sigmoid}, around},
		{graph.Activation{Kind: graph.SiLU}, around},
		{graph.Activation{Kind: graph.HardSigmoid, Lo: 0.2, Hi: 0.5}, around},
		{graph.Activation{Kind: graph.HardSwish}, around},
		{graph.Activation{Kind: graph.GELU}, around},
		{graph.Activation{Kind: graph.GELUTanh}, around},
		{graph.Activation{Kind: graph.Swish, Lo: 1.702}, around},
		{graph.Activation{Kind: graph.Erf}, around},
		{graph.Activation{Kind: graph.Exp}, around},
		{graph.Activation{Kind: graph.Tanh}, around},
		{graph.Activation{Kind: graph.Sqrt}, positive},
		{graph.Activation{Kind: graph.Abs}, around},
		{graph.Activation{Kind: graph.Reciprocal}, positive},
		{graph.Activation{Kind: graph.Power, Lo: 0.5}, positive},
		{graph.Activation{Kind: graph.Power, Lo: -0.5}, positive},
		{graph.Activation{Kind: graph.Power, Lo: 0}, positive},
		{graph.Activation{Kind: graph.Power, Lo: 8}, around},
		{graph.Activation{Kind: graph.Power, Lo: 3}, around},
		{graph.Activation{Kind: graph.Power, Lo: -3}, positive},
		{graph.Activation{Kind: graph.LeakyRelu, Lo: 0.2}, around},
		{graph.Activation{Kind: graph.LeakyRelu, Lo: 2}, around},
		{graph.Activation{Kind: graph.Elu, Lo: 1.3}, around},
		{graph.Activation{Kind: graph.NaNTo, Lo: 7}, func(i int) float32 { return []float32{1, float32(math.NaN()), -3}[i%3] }},
	} {
		kinds[test.act.Kind] = true
		r := &grapher{g: &graph.Graph{Input: &graph.Value{Name: "image", Shape: graph.Shape{C: 5, H: 5, W: 5}}}}
		images := make([]float32, 125)
		for i := range images {
			images[i] = test.at(i)
		}
		by := r.put(&graph.Activate{In: r.g.Input, Out: r.value(5, 5, 5), Act: test.act})
		after := &graph.Conv{In: r.g.Input, Out: r.value(5, 5, 5), Weight: make([]float32, 25), Bias: make([]float32, 5), KH: 1, KW: 1,
			StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 5, Act: test.act}
		after.Weight = []float32{1, 1, 1, 1, 1}
		r.g.Features = r.concat(by, r.put(after))
		exact := graphtest.Eval(r.g, images)
		for _, level := range simd.Levels() {
			got := features(t, r.g, level, images, 1, 1)
			if e := graphtest.RelativeError(got, exact); !(e <= 1e-6) {
				t.Errorf("%s, %v: relative L2 error %.2g", describeAct(test.act), level, e)
			}
		}
	}
	for kind := graph.Relu; kind <= graph.NaNTo; kind++ {
		if !kinds[kind] {
			t.Errorf("%v is not tested", kind)
		}
	}
}

func describeAct(a graph.Activation) string { return fmt.Sprintf("%v(%g, %g)", a.Kind, a.Lo, a.Hi) }
