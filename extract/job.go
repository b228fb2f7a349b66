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
	"featurecache/cache/folder"
	"featurecache/extract/backbone"
	"featurecache/extract/backbone/graph"
	"featurecache/extract/view"

	"golang.org/x/sync/errgroup"
)

// job is one run: its inputs, and the state that its goroutines share.
type job struct {
	opt       Options
	scan      *folder.Scan // the run sets the content of its images
	transform view.Transform
	store     *cache.Store
	space     cache.Space
	index     *cache.Index
	known     *cache.Known
	writer    *cache.Writer

	// compile packs the backbone's weights when the first view needs them, so a run
	// without new images doesn't pay for it.
	compile func() (*backbone.Backbone, error)

	claimed sync.Map // claim → struct{}: contents that a worker has taken
	unread  sync.Map // an image's index in the scan → string: why it couldn't be read
	refused sync.Map // content → string: why the network's output for it can't be used

	done, bad, computed atomic.Int64
}

// claim is the right to compute the missing views of one content. Of two files with the
// same bytes only the first gets it.
type claim struct {
	content folder.Content
	split   folder.Split
}

func newJob(store *cache.Store, opt Options, scan *folder.Scan, model *graph.Graph, transform view.Transform) (*job, error) {
	j := &job{
		opt: opt, scan: scan, transform: transform, store: store,
		space: cache.Space{
			Backbone:  model.Hash,
			Feature:   model.Features.Name,
			Transform: transform.Name(opt.Seed),
			Numerics:  backbone.Numerics,
			Width:     model.Features.Shape.Len(),
			Model:     filepath.Base(opt.Backbone),
		},
		compile: sync.OnceValues(func() (*backbone.Backbone, error) { return backbone.Compile(model) }),
	}
	// Both lists are as long as the data set, so they are read concurrently.
	var group errgroup.Group
	group.Go(func() (err error) {
		j.known, err = store.Known(scan.Root)
		return err
	})
	group.Go(func() (err error) {
		if j.writer, err = store.NewWriter(j.space); err == nil {
			j.index, err = store.Index(j.space.ID())
		}
		return err
	})
	return j, group.Wait()
}

// run computes every missing view: one goroutine plans, the workers read and compute, and
// one goroutine writes. It ends when all is done, or at the first error that doesn't
// concern a single image. When ctx ends, it finishes and stores the images in progress.
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
	results := make(chan *result, workers)
	var working sync.WaitGroup
	for range workers {
		working.Add(1)
		group.Go(func() error {
			defer working.Done()
			return newWorker(j, results).run(images)
		})
	}
	go func() { working.Wait(); close(results) }()
	keeper := &keeper{job: j}
	group.Go(func() error { return keeper.run(results) })

	err := group.Wait()
	if err == nil && ctx.Err() != nil {
		err = keeper.note()
	}
	if closed := j.writer.Close(); err == nil {
		err = closed
	}
	if err == nil && ctx.Err() != nil {
		err = fmt.Errorf("interrupted after %d of %d images; %d views were computed and are kept; run the same command again to continue: %w",
			j.done.Load(), len(j.scan.Images), j.computed.Load(), ctx.Err())
	}
	return err
}

// plan sends the workers the images that must be read. It skips files that have not changed
// since the last scan and whose views are all stored.
func (j *job) plan(ctx context.Context, images chan<- int) error {
	defer func() { j.known = nil }() // free the memory: with millions of files it is large
	for i := range j.scan.Images {
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

// unchanged reports whether image i need not be read, and sets its content if the store
// knows it.
func (j *job) unchanged(i int) bool {
	img := &j.scan.Images[i]
	content, ok := j.known.Content(img.Path, img.Stamp)
	if !ok {
		return false
	}
	img.Content = content
	if _, ok := j.index.Bad(content); ok {
		j.bad.Add(1)
		return true
	}
	return len(j.missing(content, img.Split)) == 0
}

// missing lists the views that an image of the split needs and the store lacks.
func (j *job) missing(content folder.Content, split folder.Split) []uint32 {
	first, last := split.Views(j.opt.Views)
	return j.index.Lacks(content, first, last)
}

// report calls Progress ten times a second until stop is called.
func (j *job) report() (stop func()) {
	if j.opt.Progress == nil {
		return func() {}
	}
	now := func() {
		j.opt.Progress(Progress{
			Images: int(j.done.Load()), Total: len(j.scan.Images),
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

// outcome summarises a complete run, and moves unusable images to the scan's bad ones.
func (j *job) outcome() *Summary {
	found := j.scan.Images
	summary := &Summary{
		Images: len(found) + len(j.scan.Bad), Computed: int(j.computed.Load()), Space: j.space.ID().String(),
		BadFiles: []BadFile{},
	}
	j.scan.Images = found[:0]
	for i, img := range found {
		reason, isBad := j.index.Bad(img.Content)
		if img.Content == (folder.Content{}) {
			unread, _ := j.unread.Load(i)
			reason, _ = unread.(string)
			isBad = true
		}
		if why, ok := j.refused.Load(img.Content); ok && !isBad {
			reason, isBad = why.(string), true
		}
		if isBad {
			j.scan.Bad = append(j.scan.Bad, folder.BadImage{Image: img, Reason: reason})
			continue
		}
		j.scan.Images = append(j.scan.Images, img)
		first, last := img.Split.Views(j.scan.Views)
		summary.Views += int(last - first + 1)
	}
	for _, bad := range j.scan.Bad {
		summary.BadFiles = append(summary.BadFiles, BadFile{bad.Path, bad.Reason})
	}
	summary.Bad = len(summary.BadFiles)
	summary.Reused = summary.Views - summary.Computed
	summary.Duplicates = folder.FindDuplicates(j.scan.Images)
	return summary
}
