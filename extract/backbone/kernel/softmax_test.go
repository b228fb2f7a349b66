package kernel

import (
	"math"
	"testing"

	"featurecache/simd"
)

// TestSoftmax checks numbers whose powers of e lie beyond float32, masks of −∞, NaN, and
// that the channels that a block lacks take no part.
func TestSoftmax(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	const c = 19
	for name, at := range map[string]func(i int) float32{
		"equal":    func(int) float32 { return -700 },
		"large":    func(i int) float32 { return 1e4 + float32(i) },
		"negative": func(i int) float32 { return -300 - float32(i)/8 },
		"masked":   func(i int) float32 { return []float32{-inf, 0.5, -2}[i%3] },
		"far":      func(i int) float32 { return float32(i * i * 10) },
		"NaN":      func(i int) float32 { return []float32{nan, 1}[min(i, 1)] },
		"all -∞":   func(int) float32 { return -inf },
	} {
		l := plain(c, 3, 2)
		src := make([]float32, l.Len())
		top, sum := float64(at(0)), 0.0
		for i := range c {
			top = max(top, float64(at(i)))
			for p := range 6 {
				src[l.Offset(i/Lanes, p/2, p%2)+i%Lanes] = at(i)
			}
		}
		for i := range c {
			sum += math.Exp(float64(at(i)) - top)
		}
		for _, level := range simd.Levels() {
			dst := make([]float32, l.Len())
			for i := range dst {
				dst[i] = nan
			}
			m := Softmax{In: l, Out: l}
			m.Run(level, dst, src, Share{})
			for i := range dst {
				channel := i/l.BlockStride()*Lanes + i%Lanes
				want := 0.0
				if channel < c {
					want = math.Exp(float64(at(channel))-top) / sum
				}
				if got := float64(dst[i]); !(math.Abs(got-want) <= 2e-7*want+1e-37) && !(want != want && got != got) {
					t.Fatalf("%s, %v: channel %d is %g, want %g", name, level, channel, got, want)
				}
			}
		}
	}
}
