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

// Network is a backbone and the transform that makes its input.
type Network struct {
	Net       *backbone.Backbone
	Transform view.Transform
}

// Stored is what a store knows of an image: the feature [D] of its evaluation view, or why
// the image can't be used. The zero value means neither.
type Stored struct {
	Feature []float32
	Bad     string
}

// Evaluator computes the features of single files: of each the evaluation view, with the
// same bits that [Run] computes for validation images.
type Evaluator struct {
	// Load is called at most once, when the first feature must be computed. If it is
	// nil, a file whose feature is not stored is refused.
	Load func() (*Network, error)
	// Stored looks up features that need not be computed. It is called from several
	// goroutines, and may be nil.
	Stored  func(folder.Content) (Stored, error)
	Workers int // 0: one per core
	Batch   int // 0: [DefaultBatch]
	// Single says that there is only one file: all workers share each of its layers.
	Single bool
}

// window is the largest number of files in progress. It limits the memory for results that
// wait for a slower file before them.
const window = 1024

// named is a file's index in the order, its path, and why it can't be used if that is
// already known.
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

// Run calls each for every path, in order, from one goroutine: with the feature [D] of the
// file, or with the reason why it can't be used. For a path that comes with an error the
// reason is that error. Run takes paths as it progresses; when none is waiting, it
// finishes those that it has. It ends early at the first error of each, Load, Stored
// or ctx.
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
	results := make(chan evaluated, window) // room for all in progress: no worker waits to send
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

// feed sends the paths to the workers. Run doesn't wait for it to return, so that an
// interrupted run ends even if the source of paths blocks.
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
		default: // no file is waiting: run the partial batch instead of holding it back
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

// file reads and looks up one file, decodes it and adds it to the batch. An error that it
// returns ends the run.
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

// refuse sends the reason why a file can't be used, without its path, which each gets
// separately.
func (w *evaluation) refuse(f named, err error) error {
	f.err = folder.Cause(err)
	w.results <- evaluated{named: f}
	return nil
}

func (w *evaluation) send(files []named, features []float32) {
	width := len(features) / len(files)
	for k, f := range files {
		feature := features[k*width : (k+1)*width]
		if !isFinite(feature) {
			f.err = errNotFinite
			w.results <- evaluated{named: f}
			continue
		}
		w.results <- evaluated{f, slices.Clone(feature)}
	}
}

// inOrder calls each with the results in the order of their index.
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
