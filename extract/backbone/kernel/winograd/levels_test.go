package winograd

import (
	"math"
	"testing"

	"featurecache/extract/backbone/kernel"
)

// sameBits fails unless a and b are the same bit for bit.
func sameBits(t *testing.T, what any, a, b []float32) {
	t.Helper()
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			t.Fatalf("%v: outputs differ at %d: %v and %v", what, i, a[i], b[i])
		}
	}
}

func TestLevels(t *testing.T) {
	for _, stride := range []int{1, 2} {
		for h := 1; h <= 18; h++ {
			for _, w := range []int{1 + h*5%13, 1 + h*7%19} {
				s := Shape{Out: 1 + h*7%40, In: 1 + h*11%37, Kernel: 3, Stride: stride}
				p := newProblem(s, h, w, 1+h%4, h%2 == 0, w%3 == 0)
				want := p.run(t, kernel.Generic)
				for _, l := range kernel.Levels()[1:] {
					sameBits(t, p.String()+" "+l.String(), p.run(t, l), want)
				}
			}
		}
	}
}
