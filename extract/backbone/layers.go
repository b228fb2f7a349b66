package backbone

import (
	"math"

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
	direct   []float32
}

// strides are the distances between the images of an op's operands.
type strides struct{ dst, a, b int }

// A run computes n images. a is the input, b the residual or second input.
type run func(level simd.Level, dst, a, b []float32, n int)

// direct is a convolution by its definition.
type direct struct{ conv *kernel.Direct }

func (o direct) bind(to binding) run {
	pixels := o.conv.Pixels(to.n, to.at.a, to.at.dst, to.at.b, to.scratch.direct)
	return func(level simd.Level, dst, a, b []float32, n int) {
		o.conv.Run(level, dst, a, b, pixels, n, to.share)
	}
}

// fast is a convolution by Winograd's algorithm.
type fast struct{ conv *winograd.Conv }

func (o fast) bind(to binding) run {
	return func(_ simd.Level, dst, a, b []float32, n int) {
		d, s, r := winograd.Images{Data: dst, Stride: to.at.dst}, winograd.Images{Data: a, Stride: to.at.a}, winograd.Images{Data: b, Stride: to.at.b}
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
	return func(_ simd.Level, dst, a, _ []float32, n int) {
		for i := range n {
			for b := first; b < end; b++ {
				o.conv.RunBlock(dst[i*to.at.dst:], a[i*to.at.a:], b, s)
			}
		}
	}
}

// pool is a max or average pool.
type pool struct{ pool *kernel.Pool }

func (o pool) bind(to binding) run {
	return func(level simd.Level, dst, a, _ []float32, n int) {
		o.pool.Run(level, dst, a, n, to.at.dst, to.at.a, to.share)
	}
}

// elementwise is a layer that works on one image at a time.
type elementwise func(level simd.Level, dst, a, b []float32, share kernel.Share)

func (o elementwise) bind(to binding) run {
	at := to.at
	return func(level simd.Level, dst, a, b []float32, n int) {
		for i := range n {
			o(level, dst[i*at.dst:], a[i*at.a:], b[min(i*at.b, len(b)):], to.share)
		}
	}
}

// bounds are the limits that an activation clamps to. ok is false for an activation that
// is not a clamp, or that would change the zeros beyond a layout's last channel: it is a
// separate step, except after direct convolutions.
func bounds(act graph.Activation) (lo, hi float32, ok bool) {
	inf := float32(math.Inf(1))
	switch act.Kind {
	case graph.None:
		return -inf, inf, true
	case graph.Relu:
		return 0, inf, true
	case graph.Clip:
		return act.Lo, act.Hi, act.Lo <= 0 && act.Hi >= 0
	}
	return -inf, inf, false
}

// clampOf are the limits that a layer applies itself: those of its activation, or none if
// that is a separate step.
func clampOf(act graph.Activation) (lo, hi float32) {
	lo, hi, ok := bounds(act)
	if !ok {
		lo, hi, _ = bounds(graph.Activation{})
	}
	return lo, hi
}

// function is an activation that is not a clamp that any layer can apply itself.
func function(act graph.Activation) kernel.Function {
	switch act.Kind {
	case graph.Sigmoid:
		return kernel.SigmoidRow
	case graph.SiLU:
		return kernel.SiLURow
	case graph.HardSigmoid:
		return kernel.HardSigmoidRow(act.Lo, act.Hi)
	case graph.HardSwish:
		return kernel.HardSwishRow
	}
	lo, hi, _ := bounds(act)
	return kernel.FunctionOf(func(x float32) float32 { return min(max(x, lo), hi) })
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
