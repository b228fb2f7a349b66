package extract

import (
	"featurecache/cache"
	"featurecache/extract/backbone"
	"featurecache/extract/view"
)

// DefaultBatch is the number of views per forward pass. The weights of the deep layers
// don't fit the caches; with a batch they are read once for several views.
const DefaultBatch = 8

// batch collects views, also of different images, and runs the network when it is full.
// Each view has a name, which is passed on with its feature.
type batch[Name any] struct {
	worker   *backbone.Worker
	resample *view.Resampler
	length   int // elements of one view
	size     int // views of a full batch
	names    []Name
	features []float32
	emit     func(names []Name, features []float32) // the slices are reused after the call
}

func newBatch[Name any](net *backbone.Backbone, transform view.Transform, size int, emit func([]Name, []float32)) *batch[Name] {
	if size < 1 {
		size = DefaultBatch
	}
	return newBatchOn(net, net.NewWorker(size), transform, size, emit)
}

// newBatchOn is newBatch with a given worker, which was created for batches of that size.
func newBatchOn[Name any](net *backbone.Backbone, worker *backbone.Worker, transform view.Transform, size int,
	emit func([]Name, []float32)) *batch[Name] {
	return &batch[Name]{
		worker:   worker,
		resample: view.NewResampler(transform),
		length:   net.Input().Len(),
		size:     size,
		names:    make([]Name, 0, size),
		features: make([]float32, size*net.Width()),
		emit:     emit,
	}
}

// add calls render to render a view straight into the network's input, and runs the
// network when the batch is full.
func (b *batch[Name]) add(name Name, render func(r *view.Resampler, dst []float32)) {
	at := len(b.names) * b.length
	render(b.resample, b.worker.Input()[at:at+b.length])
	b.names = append(b.names, name)
	if len(b.names) == b.size {
		b.flush()
	}
}

// viewOf returns a function that renders one view of a picture: the evaluation view, or
// the training draw with that number from the seed.
func viewOf(picture *view.Image, seed uint64, key cache.Key) func(r *view.Resampler, dst []float32) {
	return func(r *view.Resampler, dst []float32) {
		if key.View == 0 {
			r.Eval(dst, picture)
			return
		}
		r.Train(dst, picture, view.Draw(seed, key.Content, int(key.View), picture.Width, picture.Height))
	}
}

// flush runs the network on the views that have been added.
func (b *batch[Name]) flush() {
	n := len(b.names)
	if n == 0 {
		return
	}
	width := len(b.features) / b.size
	b.worker.Run(b.features, b.worker.Input(), n)
	b.emit(b.names, b.features[:n*width])
	b.names = b.names[:0]
}
