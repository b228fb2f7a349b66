package kernel

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"featurecache/simd"
)

// activated are convolutions for every way in which [Direct.Run] goes through the pixels.
func activated() map[string]directCase {
	groups := func(channels, groups, k int) Conv {
		return with(conv(channels, channels, k, 1, k/2), func(c *Conv) { c.Groups = groups })
	}
	return map[string]directCase{
		"matrix of many parts and chunks": {conv: conv(648, 97, 1, 1, 0), h: 9, w: 9, n: 3, residual: true},
		"matrix with a rest of one pixel": {conv: conv(56, 98, 1, 1, 0), h: 1, w: 13, n: 1},
		"matrix with a rest of five":      {conv: conv(36, 130, 1, 1, 0), h: 5, w: 1, n: 1},
		"matrix of strided windows":       {conv: conv(24, 96, 3, 2, 1), h: 13, w: 15, n: 2, bottom: 1, slack: 1},
		"few outputs":                     {conv: conv(32, 20, 3, 1, 1), h: 20, w: 19, n: 2, bottom: 1},
		"matrix of few inputs":            {conv: conv(3, 100, 3, 1, 1), h: 7, w: 6, n: 2, bottom: 1},
		"matrix of large weights":         {conv: conv(9, 170, 11, 1, 5), h: 3, w: 4, n: 1, bottom: 5},
		"depthwise":                       {conv: groups(21, 21, 3), h: 9, w: 10, n: 3, bottom: 1},
		"depthwise, many rows":            {conv: groups(16, 16, 7), h: 40, w: 57, n: 2, bottom: 3},
		"depthwise with residual":         {conv: groups(19, 19, 5), h: 9, w: 10, n: 2, bottom: 2, residual: true},
		"narrow groups":                   {conv: groups(24, 6, 3), h: 40, w: 41, n: 1, bottom: 1},
		"wide groups":                     {conv: groups(96, 2, 3), h: 5, w: 7, n: 2, bottom: 1},
	}
}

// halfSigmoid is nowhere zero, so that channels that do not exist would show it.
func halfSigmoid(x float32) float32 { return Sigmoid(x) / 2 }

// TestFunctionIsTheLastStep compares with a convolution without the function, and the
// function afterwards: all bits, and the zeros of channels that do not exist. It does so
// for parts of the outputs and of the batch.
func TestFunctionIsTheLastStep(t *testing.T) {
	for name, tc := range activated() {
		t.Run(name, func(t *testing.T) { testFunction(t, tc) })
	}
}

func testFunction(t *testing.T, tc directCase) {
	c := tc.conv
	in, out, res := layoutsOf(tc)
	tight := out
	tight.Top, tight.Rows, tight.Cols = 0, out.H, out.W
	rng := rand.New(rand.NewPCG(5, 6))
	weight, bias := draw(rng, c.OutC*c.InC/c.Groups*c.KH*c.KW), draw(rng, c.OutC)
	src, r := make([]float32, tc.n*in.Len()), make([]float32, tc.n*res.Len())
	fill(rng, src, in, tc.n)
	fill(rng, r, res, tc.n)
	for _, out := range []Layout{out, tight} {
		plain := NewDirect(c, weight, bias, in, out, res)
		want := make([]float32, tc.n*out.Len())
		plain.Run(simd.Generic, want, src, r, pixelsOf(plain, tc.n, in.Len(), out.Len(), res.Len()), tc.n, Share{})
		m := Map{In: out, Out: out, F: FunctionOf(halfSigmoid)}
		for i := range tc.n {
			m.Run(simd.Generic, want[i*out.Len():], want[i*out.Len():], Share{})
		}
		d := NewDirect(with(c, func(c *Conv) { c.F = FunctionOf(halfSigmoid) }), weight, bias, in, out, res)
		pixels := pixelsOf(d, tc.n, in.Len(), out.Len(), res.Len())
		for _, level := range simd.Levels() {
			for _, parts := range []int{1, 3} {
				for _, n := range []int{1, tc.n} {
					if level == simd.Generic && parts*n == tc.n {
						continue // it is slow
					}
					dst := make([]float32, tc.n*out.Len())
					for part := range parts {
						d.Run(level, dst, src, r, pixels, n, Share{part, parts})
					}
					t.Run(fmt.Sprintf("%v, %d parts, %d images", level, parts, n), func(t *testing.T) {
						sameBits(t, level, dst[:n*out.Len()], want[:n*out.Len()])
					})
				}
			}
		}
	}
}

// TestMatrixPieces shows that the cuts of the above are what their names say.
func TestMatrixPieces(t *testing.T) {
	for name, tc := range activated() {
		in, out, res := layoutsOf(tc)
		c := tc.conv
		d := NewDirect(c, make([]float32, c.OutC*c.InC/c.Groups*c.KH*c.KW), make([]float32, c.OutC), in, out, res)
		if matrix := strings.HasPrefix(name, "matrix"); matrix != (d.matrix != nil) {
			t.Errorf("%s: is a matrix: %v", name, !matrix)
		}
		if name != "matrix of many parts and chunks" || d.matrix == nil {
			continue
		}
		n := tc.n * out.H * out.W
		if size := d.matrix.chunk(n); d.matrix.parts < 3 || size >= n || size%tile != 0 || size*d.matrix.longest() > d.matrix.packed(n) {
			t.Errorf("%s: %d parts, chunks of %d of %d pixels, %d floats", name, d.matrix.parts, size, n, d.matrix.packed(n))
		}
	}
}
