package extract

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"featurecache/cache"
	"featurecache/extract/backbone"
	"featurecache/extract/backbone/graph"
	"featurecache/extract/imagefolder"
	"featurecache/extract/view"

	"golang.org/x/sync/errgroup"
)

// job is one run: what it works on, and what its goroutines share.
type job struct {
	opt       Options
	tree      *imagefolder.Tree
	transform view.Transform
	store     *cache.Store
	space     cache.Space
	index     *cache.Index
	known     *cache.Known
	writer    *cache.Writer

	// compile packs the backbone's weights when the first view needs them: a
	// night without news never pays for it.
	compile func() (*backbone.Backbone, error)

	files    []file   // what is known of each image of the tree, by its index
	claimed  sync.Map // claim → struct{}: what some worker is at, or has done
	unusable sync.Map // cache.Content → string: why

	done, bad, computed atomic.Int64
}

// file is what a run learns of an image file.
type file struct {
	content cache.Content
	stamp   cache.Stamp // the scan's; zero, which matches no file, when the file has changed since
	trouble string      // why the file could not be read at all; "" when it could
}

// claim is the right to make the missing views of one content. Of two files with
// the same bytes only the first gets it.
type claim struct {
	content cache.Content
	split   cache.Split
}

func newJob(store *cache.Store, opt Options, tree *imagefolder.Tree, model *graph.Graph, transform view.Transform) (*job, error) {
	j := &job{
		opt: opt, tree: tree, transform: transform, store: store,
		space: cache.Space{
			Backbone:  model.Hash,
			Feature:   model.Features.Name,
			Transform: transform.Name(opt.Seed),
			Numerics:  backbone.Numerics,
			Width:     model.Features.Shape.Len(),
			Model:     filepath.Base(opt.Backbone),
		},
		compile: sync.OnceValues(func() (*backbone.Backbone, error) { return backbone.Compile(model) }),
		files:   make([]file, len(tree.Images)),
	}
	var err error
	if j.writer, err = store.NewWriter(j.space); err != nil {
		return nil, err
	}
	if j.index, err = store.Index(j.space.ID()); err != nil {
		return nil, err
	}
	j.known, err = store.Known(tree.Root)
	return j, err
}

// run makes every missing view: one goroutine plans, the workers read and
// compute, one goroutine writes. It ends when all is done, at the first error that
// is not one image's, or, with what was begun finished and kept, when ctx ends.
func (j *job) run(ctx context.Context) error {
	workers := j.opt.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	defer j.report()()

	group, running := errgroup.WithContext(ctx)
	images := make(chan int)
	group.Go(func() error {
		defer close(images)
		return j.plan(running, images)
	})
	results := make(chan *block, workers)
	var working sync.WaitGroup
	for range workers {
		working.Add(1)
		group.Go(func() error {
			defer working.Done()
			return newWorker(j, results).run(images)
		})
	}
	go func() { working.Wait(); close(results) }()
	group.Go(func() error { return j.write(results) })

	err := group.Wait()
	if closed := j.writer.Close(); err == nil {
		err = closed
	}
	if err == nil && ctx.Err() != nil {
		err = fmt.Errorf("interrupted after %d of %d images; %d views were computed and are kept, the same command goes on from there: %w",
			j.done.Load(), len(j.tree.Images), j.computed.Load(), ctx.Err())
	}
	return err
}

// plan sends the images that have to be read to the workers. A file that has not
// changed since the last scan, and whose views are all there, is not one of them.
func (j *job) plan(ctx context.Context, images chan<- int) error {
	for i := range j.tree.Images {
		if ctx.Err() != nil {
			return nil
		}
		if j.unchanged(i) {
			j.done.Add(1)
			continue
		}
		select {
		case images <- i:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// unchanged reports whether image i needs no reading, and takes down what the
// store knows of it.
func (j *job) unchanged(i int) bool {
	img := &j.tree.Images[i]
	content, ok := j.known.Content(img.Path, img.Stamp)
	if !ok {
		return false
	}
	j.files[i] = file{content: content, stamp: img.Stamp}
	if reason, ok := j.index.Bad(content); ok {
		j.unusable.Store(content, reason)
		j.bad.Add(1)
		return true
	}
	for v := range j.views(img.Split) {
		if !j.index.Has(cache.Key{Content: content, View: v}) {
			return false
		}
	}
	return true
}

// views yields the views that images of a split are to have: training draws, or
// the evaluation view.
func (j *job) views(split cache.Split) func(yield func(uint32) bool) {
	first, last := uint32(1), uint32(j.opt.Views)
	if split == cache.Val {
		first, last = 0, 0
	}
	return func(yield func(uint32) bool) {
		for v := first; v <= last && yield(v); v++ {
		}
	}
}

// write stores what the workers made. After an error it goes on receiving, so
// that no worker waits for ever.
func (j *job) write(results <-chan *block) error {
	var err error
	for b := range results {
		for i, key := range b.keys {
			if err == nil {
				err = j.writer.Put(key, b.feature(i))
			}
		}
		if err == nil && b.bad != "" {
			err = j.writer.PutBad(b.content, b.bad)
		}
		j.computed.Add(int64(len(b.keys)))
	}
	return err
}

// report calls Progress now and then until the function it returns is called.
func (j *job) report() (stop func()) {
	if j.opt.Progress == nil {
		return func() {}
	}
	now := func() {
		j.opt.Progress(Progress{
			Images: int(j.done.Load()), Total: len(j.tree.Images),
			Bad: int(j.bad.Load()), Computed: int(j.computed.Load()),
		})
	}
	ended, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				now()
			case <-ended:
				now()
				return
			}
		}
	}()
	return func() { close(ended); <-stopped }
}

// outcome is the scan to keep, and what to tell, of a run that came to its end.
func (j *job) outcome(began time.Time) (*cache.Scan, *Summary) {
	scan := &cache.Scan{
		Root: j.tree.Root, Time: began, Views: j.opt.Views, Seed: j.opt.Seed, Classes: j.tree.Classes,
		Bad: j.tree.Bad, Ignored: j.tree.Ignored,
	}
	summary := &Summary{
		Images: len(j.tree.Images) + len(j.tree.Bad), Computed: int(j.computed.Load()), Space: j.space.ID().String(),
		BadFiles: []BadFile{},
	}
	for i, img := range j.tree.Images {
		f := &j.files[i]
		image := cache.Image{Path: img.Path, Split: img.Split, Label: img.Label, Stamp: f.stamp, Content: f.content}
		reason := f.trouble
		if why, ok := j.unusable.Load(f.content); ok && reason == "" {
			reason = why.(string)
		}
		if reason != "" {
			scan.Bad = append(scan.Bad, cache.BadImage{Image: image, Reason: reason})
			continue
		}
		scan.Images = append(scan.Images, image)
		for range j.views(img.Split) {
			summary.Views++
		}
	}
	for _, bad := range scan.Bad {
		summary.BadFiles = append(summary.BadFiles, BadFile{bad.Path, bad.Reason})
	}
	summary.Bad = len(summary.BadFiles)
	summary.Reused = summary.Views - summary.Computed
	return scan, summary
}
