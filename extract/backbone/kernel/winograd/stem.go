package winograd

import (
	"fmt"

	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

const (
	stemKernel   = 7
	stemStride   = 2
	stemChannels = 3
	// stemLanes are the channels of the stem's rearranged input: even and odd rows and
	// columns of three channels.
	stemLanes = 4 * stemChannels
)

// PackStem transforms and packs weights [out, 3, 7, 7] of a convolution at stride 2 for
// [NewStem], in float64, rounding once. It panics unless w has that length.
func PackStem(out int, w []float32) *Weights {
	if len(w) != out*stemChannels*stemKernel*stemKernel {
		panic("winograd: the stem's weights do not have their shape's length")
	}
	p := newWeights(Shape{Out: out, In: stemLanes, Kernel: stem.taps, Stride: 1}, &stem)
	p.data = kernel.Alloc(p.panels() * p.stride)
	t := newFilterTransform(stem.taps)
	for o := range out {
		for lane := range stemLanes {
			c, oddRow, oddCol := lane/2%stemChannels, lane/2/stemChannels, lane%2
			t.g = [4][4]float64{}
			for y := oddRow; y < stemKernel; y += 2 {
				for x := oddCol; x < stemKernel; x += 2 {
					t.g[y/2][x/2] = float64(w[((o*stemChannels+c)*stemKernel+y)*stemKernel+x])
				}
			}
			t.apply()
			for pos, q := range p.spans {
				p.data[o/panel*p.stride+q.data+lane*panel+o%panel] = float32(t.u[pos])
			}
		}
	}
	return p
}

// StemOptions say what a [Stem] computes.
type StemOptions struct {
	// Weights are from [PackStem].
	Weights *Weights
	// Bias is added to the outputs: [Out].
	Bias []float32
	// H and W are the size of the images, which are planar: [3, H, W].
	H, W int
	// Dst is the output's layout, ⌈H/2⌉×⌈W/2⌉, with any borders.
	Dst kernel.Layout
	// ReLU replaces negative outputs by 0.
	ReLU bool
	// Level is the instruction set to use.
	Level simd.Level
}

// A Stem is a 7×7 convolution at stride 2, with padding 3, of planar images of three
// channels. It is immutable and may be shared.
//
// Its input is rearranged on the way: pixel (j, i) of the rearranged image has as
// channels the pixels (2j−3 or 2j−2, 2i−3 or 2i−2) of the image's channels, so that
// 7×7 taps at stride 2 become 4×4 at stride 1.
type Stem struct {
	conv *Conv
	h, w int
	band int // the convolution's blocks that are computed from one band of rows
	rows int // of the rearranged image, the most that a band needs
	// starts is the first row of each of the convolution's blocks.
	starts []int
}

// bandTiles is how many rows of tiles share a band. With fewer, more rows are rearranged
// twice; with more, less of the output stays in the second-level cache for the next layer.
const bandTiles = 2

// NewStem plans a stem. The error says which layout does not fit.
func NewStem(opt StemOptions) (*Stem, error) {
	w := opt.Weights
	h, width := outputs(opt.H, stemStride), outputs(opt.W, stemStride)
	switch {
	case opt.H < 1 || opt.W < 1:
		return nil, fmt.Errorf("winograd: stem of %d×%d images", opt.H, opt.W)
	case opt.Dst.C != w.shape.Out || opt.Dst.H != h || opt.Dst.W != width:
		return nil, fmt.Errorf("winograd: stem's output of %d×%d×%d where %d×%d×%d is computed",
			opt.Dst.C, opt.Dst.H, opt.Dst.W, w.shape.Out, h, width)
	case len(opt.Bias) != w.shape.Out:
		return nil, fmt.Errorf("winograd: stem's bias of %d for %d outputs", len(opt.Bias), w.shape.Out)
	}
	ys, xs := split(h), split(width)
	last := xs[len(xs)-1]
	cols := last.from + stem.lastSample(last.short) + 1
	s := &Stem{h: opt.H, w: opt.W}
	s.conv = newConv(Options{
		Weights: w, Bias: opt.Bias, ReLU: opt.ReLU, Level: opt.Level, Dst: opt.Dst,
		// Only a few rows of it are kept; RowStride and Offset need no number.
		Src: kernel.Layout{C: stemLanes, W: cols, Cols: cols},
	})
	// A block of the convolution is whole rows of tiles.
	each := max(1, blockTiles/len(xs))
	s.band = max(1, bandTiles/each)
	for i := 0; i < len(ys); i += each {
		var places []place
		for _, y := range ys[i:min(i+each, len(ys))] {
			for _, x := range xs {
				places = append(places, place{y, x})
			}
		}
		s.conv.addBlock(places)
		s.starts = append(s.starts, ys[i].from)
	}
	for i := 0; i < len(ys); i += each * s.band {
		end := ys[min(i+each*s.band, len(ys))-1]
		s.rows = max(s.rows, end.from+stem.lastSample(end.short)+1-ys[i].from)
	}
	return s, nil
}

// Blocks is the number of blocks of rows that an image is computed in.
func (s *Stem) Blocks() int { return (len(s.starts) + s.band - 1) / s.band }

// Rows is the output rows, from first to end−1, that block b computes.
func (s *Stem) Rows(b int) (first, end int) {
	end = s.conv.opt.Dst.H
	if next := (b + 1) * s.band; next < len(s.starts) {
		end = s.starts[next]
	}
	return s.starts[b*s.band], end
}

// RunBlock computes block b of one image, [3, H, W], into dst, which has the plan's
// layout. It allocates nothing.
func (s *Stem) RunBlock(dst, image []float32, b int, sc *Scratch) {
	first := s.starts[b*s.band]
	s.rearrange(sc, image, first)
	for _, block := range s.conv.blocks[b*s.band : min((b+1)*s.band, len(s.starts))] {
		s.conv.run(block, operands{dst: dst, src: sc.rows, skip: first}, Share{To: s.conv.Panels()}, sc)
	}
}
