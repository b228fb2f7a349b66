package backbone

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/simd"
)

// TestLocalNorm compares networks with local response normalisation with a float64
// evaluation, for channels within and across blocks, and odd and even sizes.
func TestLocalNorm(t *testing.T) {
	for seed := range uint64(12) {
		r := &grapher{rng: rand.New(rand.NewPCG(seed, 95))}
		r.g = &graph.Graph{Input: &graph.Value{Name: "image", Shape: graph.Shape{C: 3, H: 5 + r.rng.IntN(4), W: 5 + r.rng.IntN(4)}}}
		x := r.localNorm(r.same(r.narrow(r.g.Input, 5+r.rng.IntN(40))))
		r.g.Features = r.conv(r.localNorm(x), 7, nil)
		images := r.draw(2*r.g.Input.Shape.Len(), 1)
		var first []float32
		for _, level := range simd.Levels() {
			got := features(t, r.g, level, images, 2, 1)
			if first == nil {
				first = got
			}
			sameBits(t, fmt.Sprintf("seed %d, %v", seed, level), got, first)
		}
		exact := graphtest.Eval(r.g, images[:r.g.Input.Shape.Len()])
		if e := graphtest.RelativeError(first[:len(exact)], exact); !(e <= 1e-6) {
			t.Errorf("seed %d: relative L2 error %.2g", seed, e)
		}
	}
}
