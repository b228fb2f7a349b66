package winograd

import (
	"fmt"

	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// Options say what a [Conv] computes.
type Options struct {
	// Weights are the convolution's, packed.
	Weights *Weights
	// Bias is added to the outputs: [Out].
	Bias []float32
	// Src and Dst are the layouts of one image's input and output. Src needs the
	// borders of [Shape.Border]; Dst may have any, which stay as they are.
	Src, Dst kernel.Layout
	// Res, if it is not zero, is the layout of a residual: activations of Dst's
	// C, H and W that are added to the outputs.
	Res kernel.Layout
	// ReLU replaces negative outputs by 0, after the residual is added.
	ReLU bool
	// Level is the instruction set to use; [simd.Best] if nothing else is wanted.
	Level simd.Level
}

// A Conv is a convolution planned for given layouts. It is immutable and may be shared.
type Conv struct {
	opt    Options
	bias   []float32 // [panels·32], zero beyond Out
	level  engine
	blocks []block // of an image, or of images images
	images int     // that a block joins, if it is not a part of one
}

// blockTiles is about how many tiles are computed together. A block's transformed input
// should stay in the second-level cache while the weights of all panels are read. The
// more tiles a block has, the less often the weights are read.
const blockTiles = 28

// New plans a convolution. The error says which layout does not fit.
func New(opt Options) (*Conv, error) {
	w := opt.Weights
	if err := check(opt); err != nil {
		return nil, fmt.Errorf("winograd: %d×%d convolution [%d,%d] at stride %d: %w",
			w.shape.Kernel, w.shape.Kernel, w.shape.Out, w.shape.In, w.shape.Stride, err)
	}
	c := newConv(opt)
	places := raster(opt.Dst.H, opt.Dst.W)
	parts := (len(places) + blockTiles/2) / blockTiles
	for i := range parts {
		c.addBlock(places[len(places)*i/parts : len(places)*(i+1)/parts])
	}
	if parts <= 1 {
		c.blocks = nil
		tiles := 2 * blockTiles
		if w.plain {
			tiles = plainTiles
		}
		c.images = max(1, tiles/len(places))
		c.addBlock(places)
	}
	return c, nil
}

func newConv(opt Options) *Conv {
	c := &Conv{opt: opt, level: engineOf(opt.Level)}
	c.bias = make([]float32, opt.Weights.panels()*panel)
	copy(c.bias, opt.Bias)
	return c
}

func check(opt Options) error {
	s, sc := opt.Weights.shape, opt.Weights.scheme
	src, dst := opt.Src, opt.Dst
	switch {
	case src.C != s.In || dst.C != s.Out:
		return fmt.Errorf("layouts have %d and %d channels", src.C, dst.C)
	case src.H < 1 || src.W < 1:
		return fmt.Errorf("input of %d×%d", src.H, src.W)
	case len(opt.Bias) != s.Out:
		return fmt.Errorf("bias of %d", len(opt.Bias))
	case opt.Res != kernel.Layout{} && (opt.Res.C != dst.C || opt.Res.H != dst.H || opt.Res.W != dst.W):
		return fmt.Errorf("residual of %d×%d×%d for an output of %d×%d×%d",
			opt.Res.C, opt.Res.H, opt.Res.W, dst.C, dst.H, dst.W)
	}
	if sc != &stem && (dst.H != outputs(src.H, s.Stride) || dst.W != outputs(src.W, s.Stride)) {
		return fmt.Errorf("output of %d×%d for an input of %d×%d", dst.H, dst.W, src.H, src.W)
	}
	top, bottom := sc.border(src.H, dst.H)
	left, right := sc.border(src.W, dst.W)
	if src.Top < top || src.Left < left || src.Rows-src.Top-src.H < bottom || src.Cols-src.Left-src.W < right {
		return fmt.Errorf("input borders %d, %d, %d, %d are too small: want %d, %d, %d, %d above, below, before, after",
			src.Top, src.Rows-src.Top-src.H, src.Left, src.Cols-src.Left-src.W, top, bottom, left, right)
	}
	return nil
}

// Images are a batch of activations: the layout is the plan's, the stride is the
// distance in floats from one image to the next.
type Images struct {
	Data   []float32
	Stride int
}

// Run convolves n images. It allocates nothing. Res is used only if the plan has a
// residual; Dst and Res may be the same memory in the same layout, Dst and Src may
// not overlap.
func (c *Conv) Run(dst, src, res Images, n int, s *Scratch) {
	for b := range c.Blocks(n) {
		c.RunBlock(dst, src, res, n, Share{b, 0, c.Panels()}, s)
	}
}

// Blocks is the number of blocks of tiles that a batch of n images is computed in.
// Blocks are independent of each other.
func (c *Conv) Blocks(n int) int {
	if c.images == 0 {
		return n * len(c.blocks)
	}
	return (n + c.images - 1) / c.images
}

// Panels is the number of panels of 32 output channels. Panels are independent of
// each other.
func (c *Conv) Panels() int { return c.opt.Weights.panels() }
