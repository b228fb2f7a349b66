package extract

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"runtime"
	"slices"
	"sync"

	"featurecache/cache/folder"
	"featurecache/extract/backbone"
	"featurecache/extract/view"

	"golang.org/x/sync/errgroup"
)

var errNoFeature = errors.New("its features are not in the store, and there is no backbone to compute them")

// Network is a backbone and what makes its input.
type Network struct {
	Net       *backbone.Backbone
	Transform view.Transform
}

// Stored is what a store has of an image: its feature [D] of the evaluation view,
// or why the image can't be used. The zero value means neither.
type Stored struct {
	Feature []float32
	Bad     string
}

// Evaluator gives the features of single files: of each its evaluation view, as
// [Run] makes it of validation images, to the same bits.
type Evaluator struct {
	// Load is called when the first feature must be computed, once at most. nil
	// means that none can be, and each file that needs it is refused.
	Load func() (*Network, error)
	// Stored looks up what need not be computed, from several goroutines; nil
	// means nothing.
	Stored  func(folder.Content) (Stored, error)
	Workers int // 0: one per core
	Batch   int // 0: [DefaultBatch]
	// Single says that there is one file only: it gets all workers, layer by layer.
	Single bool
}

// window is the number of files that are on their way at a time: what bounds the
// memory when one takes much longer than those after it.
const window = 1024

// named is a file's place in the order, its path, and why it can't be used if that
// is known already.
type named struct {
	index int
	path  string
	err   error
}

// evaluated is one file's feature, or why there is none.
type evaluated struct {
	named
	feature []float32
}

// Run calls each for every path, in their order, from one goroutine: with the
// feature [D] of the file, or with the reason why it can't be used, which for a
// path that comes with an error is that error. It takes paths as it gets on, and
// when they pause it finishes what it has. It ends early with each's first error,
// or ctx's, or one of Load or Stored.
func (e *Evaluator) Run(ctx context.Context, paths iter.Seq2[string, error], each func(path string, feature []float32, err error) error) error {
	workers := e.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	var load func() (*Network, error)
	if e.Load != nil {
		load = sync.OnceValues(e.Load)
	}
	team := 1
	if e.Single {
		workers, team = 1, workers
	}
	group, ctx := errgroup.WithContext(ctx)
	files := make(chan named, window)
	results := make(chan evaluated, window) // as many as can be on their way: no worker waits to hand over
	underway := make(chan struct{}, window)
	go feed(ctx, paths, files, underway)
	var working sync.WaitGroup
	for range workers {
		working.Add(1)
		group.Go(func() error {
			defer working.Done()
			w := evaluation{Evaluator: e, team: team, load: load, results: results}
			return w.run(ctx, files)
		})
	}
	go func() { working.Wait(); close(results) }()
	group.Go(func() error { return inOrder(results, underway, each) })
	return group.Wait()
}

// feed hands out the paths. Nobody waits for its end: a source of paths that
// pauses must not keep the run from ending when it is interrupted.
func feed(ctx context.Context, paths iter.Seq2[string, error], files chan<- named, underway chan<- struct{}) {
	defer close(files)
	next := 0
	for path, err := range paths {
		select {
		case underway <- struct{}{}:
		case <-ctx.Done():
			return
		}
		files <- named{next, path, err}
		next++
	}
}

// evaluation is one worker of a run.
type evaluation struct {
	*Evaluator
	team    int // goroutines that share a forward pass
	load    func() (*Network, error)
	results chan<- evaluated
	network *Network
	batch   *batch[named] // nil until a file needs the network
	files   fileReader
}

func (w *evaluation) run(ctx context.Context, files <-chan named) error {
	for {
		var f named
		var ok bool
		select {
		case f, ok = <-files:
		default: // nothing to do meanwhile: don't keep what is waiting for company
			w.flush()
			select {
			case f, ok = <-files:
			case <-ctx.Done():
			}
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case !ok:
			w.flush()
			return nil
		}
		if err := w.file(f); err != nil {
			return err
		}
	}
}

func (w *evaluation) flush() {
	if w.batch != nil {
		w.batch.flush()
	}
}

// file does all the work on one file: read, look up, decode, and wait for the others
// of its batch. Its error is one that ends the run.
func (w *evaluation) file(f named) error {
	if f.err != nil {
		w.results <- evaluated{named: f}
		return nil
	}
	data, _, err := w.files.read(f.path)
	if err != nil {
		return w.refuse(f, err)
	}
	if w.Stored != nil {
		stored, err := w.Stored(sha256.Sum256(data))
		switch {
		case err != nil:
			return err
		case stored.Bad != "":
			return w.refuse(f, errors.New(stored.Bad))
		case stored.Feature != nil:
			w.results <- evaluated{f, stored.Feature}
			return nil
		}
	}
	if w.load == nil {
		return w.refuse(f, errNoFeature)
	}
	if w.batch == nil {
		if w.network, err = w.load(); err != nil {
			return err
		}
		w.batch = w.newBatch()
	}
	picture, err := w.files.Decode(data, w.network.Transform.Decode)
	if err != nil {
		return w.refuse(f, err)
	}
	w.batch.add(f, func(r *view.Resampler, dst []float32) { r.Eval(dst, picture) })
	return nil
}

func (w *evaluation) newBatch() *batch[named] {
	net, transform := w.network.Net, w.network.Transform
	if w.Single {
		return newBatchOn(net, net.NewTeam(1, w.team), transform, 1, w.send)
	}
	return newBatch(net, transform, w.Batch, w.send)
}

// refuse passes on why a file can't be used, without its path, which stands beside.
func (w *evaluation) refuse(f named, err error) error {
	f.err = folder.Cause(err)
	w.results <- evaluated{named: f}
	return nil
}

func (w *evaluation) send(files []named, features []float32) {
	width := len(features) / len(files)
	for k, f := range files {
		w.results <- evaluated{f, slices.Clone(features[k*width : (k+1)*width])}
	}
}

// inOrder passes results on by their index, keeping those that come too soon.
func inOrder(results <-chan evaluated, underway <-chan struct{}, each func(string, []float32, error) error) error {
	early := map[int]evaluated{}
	next := 0
	for r := range results {
		early[r.index] = r
		for {
			r, ok := early[next]
			if !ok {
				break
			}
			delete(early, next)
			next++
			<-underway
			if err := each(r.path, r.feature, r.err); err != nil {
				return err
			}
		}
	}
	return nil
}
