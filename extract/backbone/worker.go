package backbone

import (
	"fmt"
	"sync"

	"featurecache/extract/backbone/kernel"
)

// A Worker runs the backbone on up to maxBatch images at a time, on the calling
// goroutine, or with [Backbone.NewTeam] on several. It owns the memory for all
// activations and is not for concurrent use; use one per core.
type Worker struct {
	backbone *Backbone
	maxBatch int
	input    []float32   // [maxBatch, 3, H, W], what Input returns
	images   []float32   // what Run was given
	buffers  [][]float32 // as the plan's
	strides  []int       // floats between images; 0 in a buffer of one image
	runs     [][]run     // for each goroutine, as the plan's steps
}

// NewWorker makes a worker for batches of up to maxBatch images.
func (b *Backbone) NewWorker(maxBatch int) *Worker { return b.newWorker(maxBatch, []kernel.Share{{}}) }

// NewTeam makes a worker that divides the work of each layer among goroutines. It is faster
// for a single image or batch while cores are idle. For many images, one worker per core is
// faster, because workers never wait for each other. The bits are the same.
func (b *Backbone) NewTeam(maxBatch, goroutines int) *Worker {
	shares := make([]kernel.Share, max(goroutines, 1))
	for i := range shares {
		shares[i] = kernel.Share{Part: i, Parts: len(shares)}
	}
	return b.newWorker(maxBatch, shares)
}

func (b *Backbone) newWorker(maxBatch int, shares []kernel.Share) *Worker {
	maxBatch = max(maxBatch, 1)
	p := b.plan
	w := &Worker{backbone: b, maxBatch: maxBatch}
	sizes, total := make([]int, len(p.buffers)), maxBatch*b.Input().Len()
	for i, f := range p.buffers {
		if f.whole != noOperand {
			w.strides = append(w.strides, w.strides[f.whole])
			continue
		}
		if _, ok := p.constants[i]; ok {
			w.strides = append(w.strides, 0)
			continue
		}
		n := f.layout.Len()
		if f.batch {
			w.strides = append(w.strides, n)
			n *= maxBatch
		} else {
			w.strides = append(w.strides, 0)
		}
		sizes[i] = n
		total += n
	}
	// One piece of memory, so that the kernel may back it with huge pages.
	arena := kernel.Alloc(total)
	cut := func(n int) []float32 {
		s := arena[:n:n]
		arena = arena[n:]
		return s
	}
	for i, f := range p.buffers {
		if f.whole != noOperand {
			w.buffers = append(w.buffers, w.buffers[f.whole][f.offset:])
			continue
		}
		if data, ok := p.constants[i]; ok {
			w.buffers = append(w.buffers, data)
			continue
		}
		w.buffers = append(w.buffers, cut(sizes[i]))
	}
	w.input = cut(maxBatch * b.Input().Len())
	for _, share := range shares {
		w.runs = append(w.runs, w.bind(share))
	}
	return w
}

// bind makes what one goroutine runs.
func (w *Worker) bind(share kernel.Share) []run {
	p := w.backbone.plan
	scratch := p.scratch(w.maxBatch)
	var runs []run
	for i, s := range p.steps {
		n := w.maxBatch
		if i < p.batchFrom {
			n = 1
		}
		at := strides{dst: w.stride(s.dst)}
		for k, in := range s.in {
			at.in[k] = w.stride(in)
		}
		runs = append(runs, s.op.bind(binding{n, at, share, scratch}))
	}
	return runs
}

// Input is the worker's own input buffer [maxBatch,3,H,W]: fill it and pass it to
// [Worker.Run] to save a copy of the images.
func (w *Worker) Input() []float32 { return w.input }

// Run computes the features of n images. images is [n,3,H,W] and dst [n,Width],
// both row-major. The bits of an image's features depend only on the image and the
// backbone. Run allocates nothing, except a team's goroutines. It panics if n or a length
// is wrong.
func (w *Worker) Run(dst, images []float32, n int) {
	p := w.backbone.plan
	size, width := w.backbone.Input().Len(), w.backbone.Width()
	if n < 0 || n > w.maxBatch || len(images) < n*size || len(dst) < n*width {
		panic(fmt.Sprintf("backbone: %d of %d images in %d floats to features in %d", n, w.maxBatch, len(images), len(dst)))
	}
	if n == 0 {
		return
	}
	w.images = images
	for i := range n {
		for s := range p.batchFrom {
			w.step(s, i, 1)
		}
	}
	for s := p.batchFrom; s < len(p.steps); s++ {
		w.step(s, 0, n)
	}
	for i := range n {
		kernel.Export(dst[i*width:(i+1)*width], w.operand(p.features, i), p.buffers[p.features].layout)
	}
	w.images = nil
}

// step runs a step on n images from the first.
func (w *Worker) step(i, first, n int) {
	if len(w.runs) == 1 {
		w.share(0, i, first, n)
		return
	}
	var others sync.WaitGroup
	for g := 1; g < len(w.runs); g++ {
		others.Go(func() { w.share(g, i, first, n) })
	}
	w.share(0, i, first, n)
	others.Wait()
}

// share runs goroutine g's share of a step.
func (w *Worker) share(g, i, first, n int) {
	s := &w.backbone.plan.steps[i]
	var in inputs
	for k := range in {
		in[k] = w.operand(s.in[k], first)
	}
	w.runs[g][i](w.backbone.level, w.operand(s.dst, first), in, n)
}

// operand is an operand from an image on; nil when there is none.
func (w *Worker) operand(i, image int) []float32 {
	switch i {
	case noOperand:
		return nil
	case theImages:
		return w.images[image*w.stride(i):]
	}
	return w.buffers[i][image*w.strides[i]:]
}

// stride is the distance between the images of an operand, 0 where it holds one.
func (w *Worker) stride(i int) int {
	switch i {
	case noOperand:
		return 0
	case theImages:
		return w.backbone.Input().Len()
	}
	return w.strides[i]
}
