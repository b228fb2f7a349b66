package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"featurecache/simd"
)

// directCase is a convolution of [n, InC, h, w] with borders wider than it needs
// by slack.
type directCase struct {
	conv     Conv
	h, w, n  int
	bottom   int // padding below and to the right
	residual bool
	slack    int
}

var inf32 = float32(math.Inf(1))

func conv(in, out, k, stride, pad int) Conv {
	return Conv{InC: in, OutC: out, Groups: 1, KH: k, KW: k, StrideH: stride, StrideW: stride,
		DilationH: 1, DilationW: 1, PadTop: pad, PadLeft: pad, Lo: -inf32, Hi: inf32}
}

func with(c Conv, f func(*Conv)) Conv { f(&c); return c }

func directCases() []directCase {
	relu := func(c *Conv) { c.Lo = 0 }
	cases := []directCase{
		{conv: conv(1, 1, 1, 1, 0), h: 1, w: 1, n: 1},
		{conv: conv(3, 20, 7, 2, 3), h: 17, w: 13, n: 2, bottom: 3, slack: 1},
		{conv: with(conv(64, 64, 3, 1, 1), relu), h: 5, w: 7, n: 1, bottom: 1, residual: true},
		{conv: with(conv(48, 96, 3, 2, 1), func(c *Conv) { c.Lo, c.Hi = 0, 6 }), h: 9, w: 8, n: 3, bottom: 1, slack: 2},
		{conv: conv(16, 33, 1, 2, 0), h: 7, w: 7, n: 2},
		{conv: with(conv(32, 32, 3, 1, 2), func(c *Conv) { c.DilationH, c.DilationW = 2, 2 }), h: 6, w: 6, n: 1, bottom: 2},
		{conv: with(conv(20, 18, 3, 1, 0), func(c *Conv) { c.PadTop = 2; c.KW, c.StrideW = 2, 3 }), h: 4, w: 8, n: 1, bottom: 1},
		{conv: with(conv(64, 64, 3, 1, 1), func(c *Conv) { c.Groups = 32 }), h: 5, w: 5, n: 1, bottom: 1, residual: true},
		{conv: with(conv(37, 37, 3, 2, 1), func(c *Conv) { c.Groups = 37 }), h: 5, w: 5, n: 2, bottom: 1},
		{conv: with(conv(24, 36, 1, 1, 0), func(c *Conv) { c.Groups = 3 }), h: 3, w: 2, n: 1},
		{conv: with(conv(64, 128, 1, 1, 0), func(c *Conv) { c.Groups = 2 }), h: 3, w: 2, n: 1},
		{conv: with(conv(64, 64, 3, 1, 1), func(c *Conv) { c.Groups = 4 }), h: 3, w: 5, n: 1, bottom: 1},
		{conv: with(conv(72, 72, 3, 2, 1), func(c *Conv) { c.Groups = 3 }), h: 3, w: 5, n: 1, bottom: 1},
		{conv: with(conv(30, 20, 3, 1, 1), func(c *Conv) { c.Groups = 2 }), h: 3, w: 5, n: 1, bottom: 1},
	}
	// Groups that take their own inputs: depthwise and of 4 and 8 channels, at every
	// size of kernel, stride and dilation, with channels that do not fill their blocks.
	for i, g := range []int{1, 1, 1, 1, 1, 1, 4, 4, 4, 8, 8, 8} {
		groups := []int{16, 13, 40, 33, 1, 17, 4, 3, 13, 2, 5, 6}[i]
		c := with(conv(g*groups, g*groups, []int{3, 5, 3, 7, 1}[i%5], 1+i%2, 2), func(c *Conv) { c.Groups = groups })
		cases = append(cases, directCase{conv: with(c, relu), h: 7, w: 9, n: 2, bottom: 2, residual: i%3 == 1, slack: i % 2},
			directCase{conv: with(c, func(c *Conv) { c.Lo, c.Hi, c.StrideW, c.KH, c.DilationW = 0, 6, 3, 2, 1+i%3 }), h: 6, w: 13, n: 1, bottom: 9})
	}
	// Every remainder: channels around a vector and two, pixels around a tile.
	for _, in := range []int{1, 8, 15, 16, 17, 24, 33, 40} {
		for _, out := range []int{1, 15, 16, 17, 31, 32, 33, 48} {
			cases = append(cases, directCase{conv: conv(in, out, 1, 1, 0), h: 1, w: 1 + (in+out)%14, n: 1, residual: out%2 == 1})
		}
	}
	for w := 1; w <= 26; w++ {
		for _, k := range []int{3, 5, 7} { // depthwise, in runs of pixels
			c := with(conv(17, 17, k, 1+w%2, k/2), func(c *Conv) { c.Groups, c.KH, c.Lo = 17, 3, 0 })
			cases = append(cases, directCase{conv: c, h: 3, w: w, n: 1 + w%3, bottom: k / 2},
				directCase{conv: with(c, func(c *Conv) { c.StrideW, c.StrideH = 2, 1 }), h: 2, w: 2 * w, n: 1, bottom: k / 2})
		}
		cases = append(cases, directCase{conv: conv(16, 32, 3, 1, 1), h: 1, w: w, n: 1, bottom: 1},
			directCase{conv: conv(24, 32, 1, 1, 0), h: 1, w: w, n: 1, residual: true})
		for _, groups := range []int{32, 8, 4} {
			cases = append(cases, directCase{conv: with(conv(32, 32, 3, 1, 1), func(c *Conv) { c.Groups = groups }), h: 1, w: w, n: 1, bottom: 1})
		}
	}
	return cases
}

// guarded is a slice of n floats inside poisoned memory; reading the poison makes
// results NaN, intact reports whether it was written to.
func guarded(n int) (s []float32, intact func() bool) {
	const zone = 64
	poison := math.Float32frombits(0x7fc0dead)
	all := make([]float32, n+2*zone)
	for i := range all {
		all[i] = poison
	}
	s = all[zone : zone+n : zone+n]
	clear(s)
	return s, func() bool {
		for i, v := range all {
			if (i < zone || i >= zone+n) && math.Float32bits(v) != 0x7fc0dead {
				return false
			}
		}
		return true
	}
}

// fill draws the image's pixels and leaves the border and missing channels zero.
func fill(rng *rand.Rand, buf []float32, l Layout, n int) {
	for i := range n {
		for c := range l.C {
			for y := range l.H {
				for x := range l.W {
					buf[i*l.Len()+l.Offset(c/Lanes, y, x)+c%Lanes] = float32(rng.NormFloat64())
				}
			}
		}
	}
}

func at(buf []float32, l Layout, i, c, y, x int) float32 {
	if y < 0 || y >= l.H || x < 0 || x >= l.W {
		return 0
	}
	return buf[i*l.Len()+l.Offset(c/Lanes, y, x)+c%Lanes]
}

func draw(rng *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}

// pixelsOf lists pixels, with memory to work in.
func pixelsOf(d *Direct, maxBatch, inStride, outStride, resStride int) *Pixels {
	return d.Pixels(maxBatch, inStride, outStride, resStride, make([]float32, d.Scratch(maxBatch)))
}

func TestDirect(t *testing.T) {
	for _, tc := range directCases() {
		t.Run(fmt.Sprintf("%+v", tc), func(t *testing.T) { testDirect(t, tc) })
	}
}

// layoutsOf are a case's activations: bordered, and differently if a residual is there.
func layoutsOf(tc directCase) (in, out, res Layout) {
	c := tc.conv
	in = Layout{C: c.InC, H: tc.h, W: tc.w, Top: c.PadTop + tc.slack, Left: c.PadLeft + tc.slack}
	in.Rows, in.Cols = in.Top+in.H+tc.bottom+tc.slack, in.Left+in.W+tc.bottom+tc.slack
	out = Layout{C: c.OutC,
		H: (tc.h+c.PadTop+tc.bottom-c.DilationH*(c.KH-1)-1)/c.StrideH + 1,
		W: (tc.w+c.PadLeft+tc.bottom-c.DilationW*(c.KW-1)-1)/c.StrideW + 1, Top: 1}
	out.Rows, out.Cols = out.H+2, out.W+1
	if tc.residual {
		res = out
		res.Left, res.Cols = 2, out.W+2
	}
	return in, out, res
}

func testDirect(t *testing.T, tc directCase) {
	c := tc.conv
	rng := rand.New(rand.NewPCG(7, uint64(c.InC*1000+c.OutC)))
	in, out, res := layoutsOf(tc)
	weight, bias := draw(rng, c.OutC*c.InC/c.Groups*c.KH*c.KW), draw(rng, c.OutC)
	d := NewDirect(c, weight, bias, in, out, res)
	pixels := pixelsOf(d, tc.n, in.Len(), out.Len(), res.Len())

	src, _ := guarded(tc.n * in.Len())
	fill(rng, src, in, tc.n)
	r, _ := guarded(tc.n * res.Len())
	fill(rng, r, res, tc.n)
	var want []float32
	for _, level := range simd.Levels() {
		dst, intact := guarded(tc.n * out.Len())
		d.Run(level, dst, src, r, pixels, tc.n, Share{})
		if !intact() {
			t.Fatalf("%v wrote outside its output", level)
		}
		if level == simd.Generic {
			want = dst
			checkDirect(t, tc, weight, bias, activations{dst, out}, activations{src, in}, activations{r, res})
			continue
		}
		sameBits(t, level, dst, want)
	}
	if c.Groups > 1 {
		return
	}
	planar := in
	planar.Planar = true
	d = NewDirect(c, weight, bias, planar, out, res)
	pixels = pixelsOf(d, tc.n, planar.Len(), out.Len(), res.Len())
	plain, _ := guarded(tc.n * planar.Len())
	for i := range tc.n {
		image := make([]float32, in.C*in.H*in.W)
		Export(image, src[i*in.Len():], in)
		Import(plain[i*planar.Len():], image, planar)
	}
	for _, level := range simd.Levels() {
		dst, _ := guarded(tc.n * out.Len())
		d.Run(level, dst, plain, r, pixels, tc.n, Share{})
		sameBits(t, level, dst, want)
	}
}

// activations are a batch in memory.
type activations struct {
	data   []float32
	layout Layout
}

func (a activations) at(i, c, y, x int) float64 { return float64(at(a.data, a.layout, i, c, y, x)) }

// checkDirect compares with float64 sums, and the border with zero.
func checkDirect(t *testing.T, tc directCase, weight, bias []float32, dst, src, res activations) {
	t.Helper()
	c := tc.conv
	ipg, opg := c.InC/c.Groups, c.OutC/c.Groups
	used := 0
	for i := range tc.n {
		for o := range c.OutC {
			for y := range dst.layout.H {
				for x := range dst.layout.W {
					sum, scale := float64(bias[o]), 1.0
					for j := range ipg {
						for ky := range c.KH {
							for kx := range c.KW {
								v := src.at(i, o/opg*ipg+j, y*c.StrideH+ky*c.DilationH-c.PadTop, x*c.StrideW+kx*c.DilationW-c.PadLeft)
								v *= float64(weight[((o*ipg+j)*c.KH+ky)*c.KW+kx])
								sum += v
								scale += math.Abs(v)
							}
						}
					}
					if tc.residual {
						sum += res.at(i, o, y, x)
					}
					want := min(max(sum, float64(c.Lo)), float64(c.Hi))
					got := dst.at(i, o, y, x)
					if !(math.Abs(got-want) <= 1e-6*scale) {
						t.Fatalf("image %d channel %d (%d,%d) is %v, want %v", i, o, y, x, got, want)
					}
					if got != 0 {
						used++
					}
				}
			}
		}
	}
	nonzero := 0
	for _, v := range dst.data {
		if v != 0 {
			nonzero++
		}
	}
	if nonzero != used {
		t.Fatalf("%d floats outside the image are not zero", nonzero-used)
	}
}

func TestClampKeepsNaN(t *testing.T) {
	c := conv(16, 16, 1, 1, 0)
	c.Lo, c.Hi = 0, 6
	l := Layout{C: 16, H: 1, W: 1, Rows: 1, Cols: 1}
	weight := make([]float32, 256)
	weight[0] = 1
	d := NewDirect(c, weight, make([]float32, 16), l, l, Layout{})
	src := make([]float32, 16)
	src[0] = float32(math.NaN())
	for _, level := range simd.Levels() {
		dst := make([]float32, 16)
		d.Run(level, dst, src, nil, pixelsOf(d, 1, 16, 16, 0), 1, Share{})
		if dst[0] == dst[0] {
			t.Errorf("%v: clamp turned NaN into %v", level, dst[0])
		}
	}
}

// TestGroupsAreBlocksOfZeros shows that products with the zero weights of other groups
// make no difference: the bits are those of a convolution without groups that has
// them.
func TestGroupsAreBlocksOfZeros(t *testing.T) {
	for _, group := range []int{1, 4, 8} {
		const channels, k = 16, 3
		grouped := with(conv(channels, channels, k, 1, 1), func(c *Conv) { c.Groups = channels / group })
		dense := conv(channels, channels, k, 1, 1)
		rng := rand.New(rand.NewPCG(11, uint64(group)))
		weight, bias := draw(rng, channels*group*k*k), draw(rng, channels)
		full := make([]float32, channels*channels*k*k)
		for o := range channels {
			copy(full[(o*channels+o/group*group)*k*k:], weight[o*group*k*k:][:group*k*k])
		}
		l := Layout{C: channels, H: 9, W: 10, Top: 1, Left: 1, Rows: 11, Cols: 12}
		src := make([]float32, l.Len())
		fill(rng, src, l, 1)
		run := func(level simd.Level, c Conv, weight []float32) []float32 {
			d, dst := NewDirect(c, weight, bias, l, l, Layout{}), make([]float32, l.Len())
			d.Run(level, dst, src, nil, pixelsOf(d, 1, 0, 0, 0), 1, Share{})
			return dst
		}
		for _, level := range simd.Levels() {
			sameBits(t, level, run(level, grouped, weight), run(level, dense, full))
		}
	}
}
