package kernel

import (
	"math/rand/v2"
	"testing"

	"featurecache/simd"
)

// TestCopy puts channels at every place that they can have in blocks, in shares.
func TestCopy(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 11))
	for _, c := range []int{1, 5, 16, 24, 37} {
		in := Layout{C: c, H: 3, W: 2, Left: 1, Rows: 4, Cols: 4}
		a := make([]float32, in.Len())
		fill(rng, a, in, 1)
		for channel := range 40 {
			out := Layout{C: channel + c + 3, H: 3, W: 2, Top: 2, Rows: 5, Cols: 3}
			dst, intact := guarded(out.Len())
			m := Copy{In: in, Out: out, Channel: channel}
			for part := range 2 {
				m.Run(dst, a, Share{Part: part, Parts: 2})
			}
			if !intact() {
				t.Fatalf("%d channels at %d: wrote outside its output", c, channel)
			}
			want := make([]float32, out.Len())
			for i := range c {
				for y := range 3 {
					for x := range 2 {
						want[out.Offset((channel+i)/Lanes, y, x)+(channel+i)%Lanes] = at(a, in, 0, i, y, x)
					}
				}
			}
			sameBits(t, simd.Generic, dst, want)
		}
	}
}

func TestScale(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 13))
	in := Layout{C: 37, H: 3, W: 5, Top: 1, Rows: 4, Cols: 5}
	gain := Layout{C: 37, H: 1, W: 1, Top: 1, Left: 1, Rows: 3, Cols: 2}
	out := Layout{C: 37, H: 3, W: 5, Left: 1, Rows: 3, Cols: 7}
	a, g := make([]float32, in.Len()), make([]float32, gain.Len())
	fill(rng, a, in, 1)
	fill(rng, g, gain, 1)
	for _, level := range simd.Levels() {
		dst, intact := guarded(out.Len())
		m := Scale{In: in, Gain: gain, Out: out, Lo: -1, Hi: 0.5}
		for part := range 4 {
			m.Run(level, dst, a, g, Share{Part: part, Parts: 4})
		}
		if !intact() {
			t.Fatalf("%v wrote outside its output", level)
		}
		want := make([]float32, out.Len())
		for c := range 37 {
			for y := range 3 {
				for x := range 5 {
					product := float32(at(a, in, 0, c, y, x) * at(g, gain, 0, c, 0, 0))
					want[out.Offset(c/Lanes, y, x)+c%Lanes] = min(max(product+0, -1), 0.5)
				}
			}
		}
		sameBits(t, level, dst, want)
	}
}
