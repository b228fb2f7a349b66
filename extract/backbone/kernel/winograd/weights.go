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

// Pack packs weights [Out, In, Kernel, Kernel]. Those at stride 1 and those of large
// layers are transformed as expandGeneric says, now or when they are used; others
// now, in float64, rounding once. It uses as many
// goroutines as GOMAXPROCS, and panics unless the shape is [Supported] and w has its
// length.
func Pack(s Shape, w []float32) *Weights {
	if len(w) != s.Out*s.In*s.Kernel*s.Kernel {
		panic("winograd: weights do not have their shape's length")
	}
	return pack(s, s.scheme(), w)
}

func pack(s Shape, sc *scheme, w []float32) *Weights {
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
	p.plain = s.Kernel == 3 && 4*p.panels()*p.stride > plainBytes
	switch {
	case p.plain:
		p.packPlain(w)
		return p
	case sc == &stride1:
		p.packExpanded(w)
		return p
	}
	p.data = kernel.Alloc(p.panels() * p.stride)
	share(p.panels()*p.blocks, func() func(int) {
		t := newFilterTransform(sc.taps)
		return func(k int) { p.packBlock(t, w, k/p.blocks, k%p.blocks) }
	})
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

// packBlock packs the weights of one panel of output channels and one block of
// input channels.
func (p *Weights) packBlock(t *filterTransform, w []float32, pan, block int) {
	s := p.shape
	size := s.Kernel * s.Kernel
	for f, ph := range p.scheme.phases() {
		for c := range min(kernel.Lanes, s.In-block*kernel.Lanes) {
			for o := range min(panel, s.Out-pan*panel) {
				at := ((pan*panel+o)*s.In + block*kernel.Lanes + c) * size
				t.load(w[at:at+size], s, p.scheme, ph)
				t.apply()
				p.scatter(t.u[:], pan, f*p.blocks+block, c, o)
			}
		}
	}
}

// scatter stores the transformed weights of one input and one output channel.
func (p *Weights) scatter(u []float64, pan, block, c, o int) {
	data := p.data[pan*p.stride:]
	for pos, q := range p.spans {
		if block >= q.blocks.from && block < q.blocks.to {
			data[q.data+((block-q.blocks.from)*p.lanes+c)*panel+o] = float32(u[pos])
		}
	}
}

// allBlocks is the number of blocks of input channels in all phases.
func (p *Weights) allBlocks() int { return len(p.scheme.phases()) * p.blocks }

// panels is the number of panels of output channels.
func (p *Weights) panels() int { return (p.shape.Out + panel - 1) / panel }
