package winograd

import (
	"runtime"
	"sync"
	"sync/atomic"

	"featurecache/extract/backbone/kernel"
)

// panel is the number of output channels that are computed together: two blocks.
const panel = 2 * kernel.Lanes

// Weights are a convolution's weights, transformed and packed. They are immutable
// and may be shared.
type Weights struct {
	shape  Shape
	scheme *scheme
	lanes  int // input channels that are multiplied in a block, a multiple of 4
	blocks int // of input channels in a phase
	spans  []product
	data   []float32 // [panel][position][block of a phase][lane][32]; if plain, [panel][phase][block][lane][2][taps][16]
	stride int       // from one panel to the next
	plain  bool      // not transformed: that is done when they are used, see [Conv.expanded]
}

// A product is one position's share of the products' sums.
type product struct {
	blocks span // of all phases' blocks of input channels, in order
	data   int  // where its weights begin within the panel
}

// quad is the unit in which input channels are multiplied.
const quad = 4

// Pack packs weights [Out, In, Kernel, Kernel], transformed or, if the layer is large,
// to be transformed when they are used. It uses as many goroutines as GOMAXPROCS, and
// panics unless the shape is [Shape.Supported] and w has its length.
func Pack(s Shape, w []float32) *Weights {
	if len(w) != s.Out*s.In*s.Kernel*s.Kernel {
		panic("winograd: weights do not have their shape's length")
	}
	p := newWeights(s, s.scheme())
	p.plain = 4*p.panels()*p.stride > plainBytes
	p.pack3x3(w)
	return p
}

func (p *Weights) pack3x3(w []float32) {
	if p.plain {
		p.packPlain(w)
		return
	}
	p.packExpanded(w)
}

// newWeights says where weights will lie when they are transformed.
func newWeights(s Shape, sc *scheme) *Weights {
	p := &Weights{shape: s, scheme: sc, blocks: kernel.Blocks(s.In), lanes: kernel.Lanes}
	if p.blocks == 1 && len(sc.axis) == 1 {
		p.lanes = (s.In + quad - 1) / quad * quad
	}
	n := sc.points()
	for i := range n {
		for j := range n {
			ph := sc.phasesOf(i, j)
			blocks := span{ph.from * p.blocks, min(ph.to, len(sc.phases())) * p.blocks}
			p.spans = append(p.spans, product{blocks, p.stride})
			p.stride += (blocks.to - blocks.from) * p.lanes * panel
		}
	}
	return p
}

// share does n pieces of work on all cores. Each core calls start once, and what
// that returns for every piece that it takes.
func share(n int, start func() func(int)) {
	var next atomic.Int64
	var done sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		done.Go(func() {
			do := start()
			for k := int(next.Add(1) - 1); k < n; k = int(next.Add(1) - 1) {
				do(k)
			}
		})
	}
	done.Wait()
}

// allBlocks is the number of blocks of input channels in all phases.
func (p *Weights) allBlocks() int { return len(p.scheme.phases()) * p.blocks }

// panels is the number of panels of output channels.
func (p *Weights) panels() int { return (p.shape.Out + panel - 1) / panel }
