package extract

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"featurecache/extract/backbone"
	"featurecache/extract/view"

	"golang.org/x/sync/errgroup"
)

// Evaluator makes the features of single files: of each its evaluation view, as
// [Run] makes it of validation images, to the same bits.
type Evaluator struct {
	Net       *backbone.Backbone
	Transform view.Transform
	Workers   int // 0: one a core
	Batch     int // 0: [DefaultBatch]
}

// evaluated is one file's feature, or why there is none.
type evaluated struct {
	index   int
	feature []float32
	err     error
}

// Run calls each for every path, in their order, from one goroutine: with the
// feature [D] of the file, or with the reason why it can't be used. It ends early
// with each's first error, or ctx's.
func (e *Evaluator) Run(ctx context.Context, paths []string, each func(i int, feature []float32, err error) error) error {
	workers := e.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	group, ctx := errgroup.WithContext(ctx)
	indices := make(chan int)
	group.Go(func() error {
		defer close(indices)
		for i := range paths {
			select {
			case indices <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	results := make(chan evaluated, workers)
	var working sync.WaitGroup
	for range min(workers, len(paths)) {
		working.Add(1)
		group.Go(func() error {
			defer working.Done()
			e.work(paths, indices, results)
			return nil
		})
	}
	go func() { working.Wait(); close(results) }()
	group.Go(func() error { return inOrder(results, each) })
	return group.Wait()
}

// work evaluates the files it is given the indices of.
func (e *Evaluator) work(paths []string, indices <-chan int, results chan<- evaluated) {
	batch := newBatch(e.Net, e.Transform, e.Batch, func(names []int, features []float32) {
		width := len(features) / len(names)
		for k, i := range names {
			results <- evaluated{index: i, feature: slices.Clone(features[k*width : (k+1)*width])}
		}
	})
	var data []byte
	for i := range indices {
		picture, buf, err := decodeFile(paths[i], data, e.Transform)
		data = buf
		if err != nil {
			results <- evaluated{index: i, err: err}
			continue
		}
		batch.add(i, func(r *view.Resampler, dst []float32) { r.Eval(dst, picture) })
	}
	batch.flush()
}

func decodeFile(path string, buf []byte, transform view.Transform) (*view.Image, []byte, error) {
	data, _, err := readFile(path, buf)
	if err != nil {
		return nil, buf, err
	}
	picture, err := view.Decode(data, transform.Decode)
	return picture, data, err
}

// inOrder passes results on by their index, keeping those that come too soon.
// After an error it goes on receiving, so that no worker waits for ever.
func inOrder(results <-chan evaluated, each func(int, []float32, error) error) error {
	early := map[int]evaluated{}
	next := 0
	var err error
	for r := range results {
		early[r.index] = r
		for {
			r, ok := early[next]
			if !ok {
				break
			}
			delete(early, next)
			next++
			if err == nil {
				err = each(r.index, r.feature, r.err)
			}
		}
	}
	return err
}
