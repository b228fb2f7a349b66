package winograd

import (
	"testing"

	"featurecache/simd"
)

// Whether weights are kept transformed or expanded when they are used must not show:
// the choice is one of speed.
func TestPlainWeights(t *testing.T) {
	for _, l := range simd.Levels() {
		for _, stride := range []int{1, 2} {
			// More input channels than a chunk has.
			p := newProblem(Shape{Out: 40, In: 150, Kernel: 3, Stride: stride}, 9, 11, 2, true, true)
			var outputs [2][]float32
			for i, plain := range []bool{false, true} {
				w := newWeights(p.shape, p.shape.scheme())
				w.plain = plain
				w.pack3x3(p.weights)
				c, err := New(Options{Weights: w, Bias: p.bias, Src: p.src, Dst: p.dst, Res: p.res, ReLU: true, Level: l})
				if err != nil {
					t.Fatal(err)
				}
				outputs[i] = make([]float32, p.n*p.dst.Len())
				c.Run(Images{outputs[i], p.dst.Len()}, Images{p.input, p.src.Len()}, Images{p.added, p.res.Len()},
					p.n, NewScratch(p.n, c))
			}
			sameBits(t, p.String()+" "+l.String(), outputs[1], outputs[0])
		}
	}
}
