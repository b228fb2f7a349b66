package backbone

import (
	"slices"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
	"featurecache/extract/backbone/kernel/winograd"
)

// A plan is a graph made ready to run: its layers in order, each with what it
// computes and the buffers that it reads and writes.
//
// The first steps run image by image, while their activations stay in the cache;
// the steps from batchFrom on run for the whole batch, so that weights are read once
// for all its images.
type plan struct {
	steps     []step
	batchFrom int
	buffers   []buffer
	constants map[int][]float32 // what the buffers that hold a constant contain
	features  int               // buffer of the features
}

// Operands that are not a buffer of the plan.
const (
	noOperand = -1
	theImages = -2 // what the caller passed, planar
)

// A step is one op and its operands: buffers of the plan, or one of the above.
type step struct {
	name string
	op   op
	dst  int
	in   [maxInputs]int
}

// A buffer holds one value at a time: of one image, or of every image of a batch. That of
// a constant belongs to the plan, and all workers read it.
// Values share one only when their layouts are equal, so that borders, zero at the
// start, stay zero: no op writes to them. A value that lies in another has a buffer
// that is a part of the other's.
type buffer struct {
	layout kernel.Layout
	batch  bool
	whole  int // the buffer that this one is a part of, or noOperand
	offset int // of the part, in floats
}

// largeWeights is the size in bytes from which weights should be read only once per batch,
// because they push activations out of a 1 MiB cache.
const largeWeights = 4 << 20

// smallPlane is the number of pixels of an image up to which its activations should be
// computed together with those of the batch's other images. Such layers have more weights
// than activations, and one image alone would leave much of its last tile of pixels empty.
const smallPlane = 16 * 16

// node is a step before its buffers are known.
type node struct {
	name    string
	op      op
	dst     *graph.Value
	in      []*graph.Value // at most maxInputs
	weights int            // bytes
}

// operands are the values that the node reads and writes.
func (n node) operands() []*graph.Value { return append(slices.Clone(n.in), n.dst) }

// arrange makes the plan whose nodes run image by image before batchFrom and for the
// whole batch from there on: it gives every value a buffer.
func arrange(from *program, batchFrom int) *plan {
	nodes, in := from.nodes, from.in
	p := &plan{batchFrom: batchFrom, constants: map[int][]float32{}}
	// The step after which a value's memory is free: the last one that reads or writes
	// it.
	last := map[*graph.Value]int{in.of(from.features).whole: len(nodes), from.images: len(nodes)}
	for i, n := range nodes {
		for _, v := range n.operands() {
			v = in.of(v).whole
			last[v] = max(last[v], i)
		}
	}
	for v := range from.constants {
		last[v] = len(nodes)
	}
	alloc := allocator{plan: p, at: map[*graph.Value]int{from.images: theImages}, free: map[buffer][]int{}}
	var place func(v *graph.Value) int
	place = func(v *graph.Value) int {
		if b, ok := alloc.at[v]; ok {
			return b
		}
		at := in.of(v)
		if data, ok := from.constants[v]; ok {
			b := alloc.add(v, buffer{layout: from.layout[v], whole: noOperand})
			p.constants[b] = data
			return b
		}
		want := buffer{layout: from.layout[v], batch: last[at.whole] >= p.batchFrom, whole: noOperand}
		if at.whole == v {
			return alloc.take(v, want)
		}
		want.whole, want.offset = place(at.whole), at.channel/kernel.Lanes*want.layout.BlockStride()
		return alloc.add(v, want)
	}
	for i, n := range nodes {
		s := step{name: n.name, op: n.op}
		for k := range s.in {
			s.in[k] = noOperand
			if k < len(n.in) {
				s.in[k] = place(n.in[k])
			}
		}
		s.dst = place(n.dst)
		p.steps = append(p.steps, s)
		for _, v := range n.operands() {
			if v = in.of(v).whole; last[v] <= i {
				alloc.release(v)
			}
		}
	}
	p.features = place(from.features)
	return p
}

// batchFrom is the first of the nodes to run for the whole batch: the first with large
// weights, or the first from which on all images are small.
func batchFrom(nodes []node) int {
	from := len(nodes)
	for ; from > 0; from-- {
		if s := nodes[from-1].dst.Shape; s.H*s.W > smallPlane {
			break
		}
	}
	for i, n := range nodes[:from] {
		if n.weights > largeWeights {
			return i
		}
	}
	return from
}

// scratch is memory for a goroutine's layers, at batches of n images.
func (p *plan) scratch(n int) scratch {
	var all []*winograd.Conv
	floats := 0
	for i, s := range p.steps {
		images := n
		if i < p.batchFrom {
			images = 1
		}
		if op, ok := s.op.(fast); ok {
			all = append(all, op.conv)
		}
		if op, ok := s.op.(working); ok {
			floats = max(floats, op.floats(images))
		}
	}
	return scratch{winograd.NewScratch(n, all...), kernel.Alloc(floats)}
}

// allocator hands out buffers and takes them back.
type allocator struct {
	plan *plan
	at   map[*graph.Value]int
	free map[buffer][]int // by what they are
}

func (a *allocator) take(v *graph.Value, want buffer) int {
	if free := a.free[want]; len(free) > 0 {
		a.at[v], a.free[want] = free[0], free[1:]
		return free[0]
	}
	return a.add(v, want)
}

func (a *allocator) add(v *graph.Value, b buffer) int {
	a.plan.buffers = append(a.plan.buffers, b)
	a.at[v] = len(a.plan.buffers) - 1
	return a.at[v]
}

func (a *allocator) release(v *graph.Value) {
	b, ok := a.at[v]
	if !ok {
		return // both operands were one value
	}
	what := a.plan.buffers[b]
	a.free[what] = append(a.free[what], b)
	delete(a.at, v)
}
