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

// maxInputs is the largest number of values that a step reads.
const maxInputs = 3

// inputs are what a step reads; nil where there are fewer.
type inputs [maxInputs][]float32

// strides are the distances between the images of an op's operands; 0 in those that are the
// same for all.
type strides struct {
	dst int
	in  [maxInputs]int
}

// A run computes n images.
type run func(level simd.Level, dst []float32, in inputs, n int)

// direct is a convolution by its definition.
type direct struct{ conv *kernel.Direct }

func (o direct) bind(to binding) run {
	pixels := o.conv.Pixels(to.n, to.at.in[0], to.at.dst, to.at.in[1], to.scratch.direct)
	return func(level simd.Level, dst []float32, in inputs, n int) {
		o.conv.Run(level, dst, in[0], in[1], pixels, n, to.share)
	}
}

// fast is a convolution by Winograd's algorithm.
type fast struct{ conv *winograd.Conv }

func (o fast) bind(to binding) run {
	return func(_ simd.Level, dst []float32, in inputs, n int) {
		d, s, r := winograd.Images{Data: dst, Stride: to.at.dst}, winograd.Images{Data: in[0], Stride: to.at.in[0]}, winograd.Images{Data: in[1], Stride: to.at.in[1]}
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

// each is a layer that works on one image at a time.
type each func(level simd.Level, dst []float32, in inputs, share kernel.Share)

func (o each) bind(to binding) run {
	at := to.at
	return func(level simd.Level, dst []float32, in inputs, n int) {
		for i := range n {
			var one inputs
			for k, v := range in {
				one[k] = v[min(i*at.in[k], len(v)):]
			}
			o(level, dst[i*at.dst:], one, to.share)
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
	case graph.GELU:
		return kernel.GELURow
	case graph.GELUTanh:
		return kernel.GELUTanhRow
	case graph.Swish:
		return kernel.SwishRow(act.Lo)
	case graph.Erf:
		return kernel.ErfRow
	case graph.Exp:
		return kernel.ExpRow
	case graph.Tanh:
		return kernel.TanhRow
	case graph.Clip, graph.None, graph.Relu:
		lo, hi, _ := bounds(act)
		if act.Kind == graph.Clip {
			lo, hi = act.Lo, act.Hi
		}
		return kernel.FunctionOf(func(x float32) float32 { return min(max(x, lo), hi) })
	}
	return kernel.FunctionOf(rare(act))
}

// rare are the functions that few networks have. What they are made of rounds the same on
// every machine.
func rare(act graph.Activation) func(x float32) float32 {
	a := act.Lo
	root := func(x float32) float32 { return float32(math.Sqrt(float64(x))) }
	switch act.Kind {
	case graph.Sqrt:
		return root
	case graph.Abs:
		return func(x float32) float32 { return float32(math.Abs(float64(x))) }
	case graph.Reciprocal:
		return func(x float32) float32 { return 1 / x }
	case graph.Power:
		return func(x float32) float32 { return power(x, a) }
	case graph.LeakyRelu:
		return func(x float32) float32 {
			if x < 0 {
				return a * x
			}
			return x
		}
	case graph.Elu:
		return func(x float32) float32 {
			if x < 0 {
				return float32(a * (kernel.Exp(x) - 1))
			}
			return x
		}
	case graph.NaNTo:
		return func(x float32) float32 {
			if x != x {
				return a
			}
			return x
		}
	}
	panic("backbone: no such function as " + act.Kind.String())
}

// power is x to the power of p, ±1/2 or an integer.
func power(x, p float32) float32 {
	if p == 0.5 || p == -0.5 {
		x = float32(math.Sqrt(float64(x)))
		p *= 2
	}
	y := float32(1)
	for range int(max(p, -p)) {
		y = float32(y * x)
	}
	if p < 0 {
		return 1 / y
	}
	return y
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
