package backbone

import (
	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
	"featurecache/extract/backbone/kernel/winograd"
	"featurecache/simd"
)

// An op computes one layer; it is immutable and shared by workers.
type op interface {
	// bind makes what one goroutine needs to run its share of the layer.
	bind(b binding) run
}

// A binding is what an op is bound to.
type binding struct {
	n       int     // at most so many images
	at      strides // 0 where there is no such operand
	share   kernel.Share
	scratch scratch
}

// A scratch is memory that a goroutine's layers work in, one after the other.
type scratch struct {
	winograd *winograd.Scratch
	floats   []float32 // as many as the layer that needs most
}

// A working op is one that needs a number of floats to work in, on up to n images.
type working interface{ floats(n int) int }

// maxInputs is the largest number of values that an op reads.
const maxInputs = 3

// inputs are the values that an op reads, in the order of its node; nil where it reads
// fewer. A convolution reads its input and its residual.
type inputs [maxInputs][]float32

// strides are the distances between the images of an op's operands.
type strides struct {
	dst int
	in  [maxInputs]int
}

// A run computes n images.
type run func(level simd.Level, dst []float32, in inputs, n int)

// direct is a convolution by its definition.
type direct struct{ conv *kernel.Direct }

func (o direct) floats(n int) int { return o.conv.Scratch(n) }

func (o direct) bind(to binding) run {
	pixels := o.conv.Pixels(to.n, to.at.in[0], to.at.dst, to.at.in[1], to.scratch.floats)
	return func(level simd.Level, dst []float32, in inputs, n int) {
		o.conv.Run(level, dst, in[0], in[1], pixels, n, to.share)
	}
}

// fast is a convolution by Winograd's algorithm.
type fast struct{ conv *winograd.Conv }

func (o fast) bind(to binding) run {
	return func(_ simd.Level, dst []float32, in inputs, n int) {
		d, s := winograd.Images{Data: dst, Stride: to.at.dst}, winograd.Images{Data: in[0], Stride: to.at.in[0]}
		r := winograd.Images{Data: in[1], Stride: to.at.in[1]}
		// Blocks of tiles are shared where there are enough, else output channels.
		blocks, panels := o.conv.Blocks(n), o.conv.Panels()
		firstBlock, endBlock, firstPanel, endPanel := 0, blocks, 0, panels
		if blocks >= 2*to.share.Parts {
			firstBlock, endBlock = to.share.Of(blocks)
		} else {
			firstPanel, endPanel = to.share.Of(panels)
		}
		if firstPanel == endPanel {
			return
		}
		for i := firstBlock; i < endBlock; i++ {
			o.conv.RunBlock(d, s, r, n, winograd.Share{Block: i, From: firstPanel, To: endPanel}, to.scratch.winograd)
		}
	}
}

// stem is the first convolution of the images, which are planar.
type stem struct{ conv *winograd.Stem }

func (o stem) bind(to binding) run {
	s := o.conv.NewScratch()
	first, end := to.share.Of(o.conv.Blocks())
	return func(_ simd.Level, dst []float32, in inputs, n int) {
		for i := range n {
			for b := first; b < end; b++ {
				o.conv.RunBlock(dst[i*to.at.dst:], in[0][i*to.at.in[0]:], b, s)
			}
		}
	}
}

// pool is a max or average pool.
type pool struct{ pool *kernel.Pool }

func (o pool) bind(to binding) run {
	return func(level simd.Level, dst []float32, in inputs, n int) {
		o.pool.Run(level, dst, in[0], n, to.at.dst, to.at.in[0], to.share)
	}
}

// elementwise is a layer that works on one image at a time.
type elementwise func(level simd.Level, dst []float32, in inputs, share kernel.Share)

func (o elementwise) bind(to binding) run {
	return func(level simd.Level, dst []float32, in inputs, n int) {
		for i := range n {
			o(level, dst[i*to.at.dst:], in.image(i, to.at), to.share)
		}
	}
}

// image are the inputs from image i on.
func (in inputs) image(i int, at strides) inputs {
	for k := range in {
		in[k] = in[k][min(i*at.in[k], len(in[k])):]
	}
	return in
}

// general is a layer that works on one image at a time, and needs memory to work in.
type general struct {
	run  func(level simd.Level, dst []float32, in inputs, work []float32, share kernel.Share)
	work int // floats
}

func (o general) floats(int) int { return o.work }

func (o general) bind(to binding) run {
	return func(level simd.Level, dst []float32, in inputs, n int) {
		for i := range n {
			o.run(level, dst[i*to.at.dst:], in.image(i, to.at), to.scratch.floats, to.share)
		}
	}
}

func convOf(l *graph.Conv) kernel.Conv {
	lo, hi := clampOf(l.Act)
	var f kernel.Function
	if _, _, ok := bounds(l.Act); !ok {
		f = function(l.Act)
	}
	return kernel.Conv{
		InC: l.In.Shape.C, OutC: l.Out.Shape.C, Groups: l.Groups,
		KH: l.KH, KW: l.KW, StrideH: l.StrideH, StrideW: l.StrideW,
		DilationH: l.DilationH, DilationW: l.DilationW,
		PadTop: l.Pad.Top, PadLeft: l.Pad.Left, Lo: lo, Hi: hi, F: f,
	}
}

func windowOf(l graph.Layer) kernel.Window {
	switch l := l.(type) {
	case *graph.MaxPool:
		return kernel.Window{KH: l.KH, KW: l.KW, StrideH: l.StrideH, StrideW: l.StrideW,
			DilationH: l.DilationH, DilationW: l.DilationW, PadTop: l.Pad.Top, PadLeft: l.Pad.Left}
	case *graph.AvgPool:
		return kernel.Window{KH: l.KH, KW: l.KW, StrideH: l.StrideH, StrideW: l.StrideW, DilationH: 1, DilationW: 1,
			PadTop: l.Pad.Top, PadLeft: l.Pad.Left, PadBottom: l.Pad.Bottom, PadRight: l.Pad.Right,
			Average: true, CountPad: l.CountPad}
	}
	return kernel.Window{}
}
