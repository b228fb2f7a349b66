package train

import (
	"context"

	"featurecache/cache/folder"
	"featurecache/head"
	"featurecache/pipeline/dataset"
)

// trainStreaming trains while reading the features from the store.
func (j *fitJob) trainStreaming(ctx context.Context, plan *streamPlan) error {
	train := &storeSource{set: j.set, images: j.trainImages, block: plan.Block, first: 1, views: j.views}
	onDisk := &storeSource{set: j.set, images: j.valImages, block: plan.Block, first: 0, views: 1}
	val := head.Source(onDisk)
	if plan.keepVal {
		kept, err := loadSource(ctx, onDisk, j.set.Provenance.Width)
		if err != nil {
			return err
		}
		val = kept
	}
	classes := len(j.set.Scan.Classes)
	r, err := head.FitSource(ctx, head.Sources{
		Train: train, Val: val, Width: j.set.Provenance.Width, Classes: classes, Rows: plan.Rows,
	}, j.options, j.opt.OnEpoch)
	if err != nil {
		return err
	}
	logits := make([]float32, 0, len(j.valImages)*classes)
	x, labels := make([]float32, plan.Block*j.set.Provenance.Width), make([]int32, plan.Block)
	for b := range val.Blocks() {
		n := val.Rows(b)
		x := x[:n*j.set.Provenance.Width]
		if err := val.Read(ctx, b, 0, x, labels[:n]); err != nil {
			return err
		}
		logits = logits[:len(logits)+n*classes]
		r.Head.Logits(logits[len(logits)-n*classes:], x)
	}
	return j.add(r, logits)
}

// storeSource reads blocks of consecutive images, which lie together in the store.
type storeSource struct {
	set          *dataset.Dataset
	images       []folder.Image
	block        int // images per block; the last block may be shorter
	first, views int // number of the first view in the store, and how many views there are
}

// Blocks implements [head.Source].
func (s *storeSource) Blocks() int { return (len(s.images) + s.block - 1) / s.block }

// Rows implements [head.Source].
func (s *storeSource) Rows(block int) int { return len(s.at(block)) }

// Views implements [head.Source].
func (s *storeSource) Views() int { return s.views }

func (s *storeSource) at(block int) []folder.Image {
	return s.images[block*s.block : min((block+1)*s.block, len(s.images))]
}

// Read implements [head.Source].
func (s *storeSource) Read(_ context.Context, block, view int, x []float32, labels []int32) error {
	images := s.at(block)
	for i := range images {
		labels[i] = int32(images[i].Label)
	}
	if err := s.set.Read(images, uint32(s.first+view), x); err != nil {
		return err
	}
	return s.set.Release()
}

// memorySource is a source's first view in memory, in the same blocks.
type memorySource struct {
	head.Source
	x      [][]float32
	labels [][]int32
}

func loadSource(ctx context.Context, s head.Source, width int) (*memorySource, error) {
	m := &memorySource{Source: s}
	for b := range s.Blocks() {
		x, labels := make([]float32, s.Rows(b)*width), make([]int32, s.Rows(b))
		if err := s.Read(ctx, b, 0, x, labels); err != nil {
			return nil, err
		}
		m.x, m.labels = append(m.x, x), append(m.labels, labels)
	}
	return m, nil
}

// Read implements [head.Source].
func (m *memorySource) Read(_ context.Context, block, _ int, x []float32, labels []int32) error {
	copy(x, m.x[block])
	copy(labels, m.labels[block])
	return nil
}
