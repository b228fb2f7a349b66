package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"featurecache/cache"
	"featurecache/extract"
)

// RunOptions say what a nightly run does.
type RunOptions struct {
	Extract extract.Options
	Fit     FitOptions // Cache and Out are the run's
	Out     string     // the folder to publish in; made when absent
	Keep    int        // nights to keep in it besides the published one, and as many refused ones; 0 means all
	Level   float64    // the gate's level of significance, see [GateResult]; 0 lets everything through
}

// Outcome is what a run came to.
type Outcome string

// The outcomes of a run.
const (
	Published Outcome = "published" // Out/current is tonight's head
	Unchanged Outcome = "unchanged" // the published head was made of the same things
	Refused   Outcome = "refused"   // by the gate
	Failed    Outcome = "failed"
)

// Stage is a part of a run, and how long it took.
type Stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// RunResult is what a run did, as far as it came.
type RunResult struct {
	Outcome Outcome          `json:"outcome"`
	Began   time.Time        `json:"began"`
	Seconds float64          `json:"seconds"`
	Stages  []Stage          `json:"stages"`
	Folder  string           `json:"folder,omitempty"` // tonight's, when a head was trained
	Extract *extract.Summary `json:"extract,omitempty"`
	Gate    *GateResult      `json:"gate,omitempty"`
	// Night is tonight's, or the published one when nothing has changed.
	Night *Night `json:"night,omitempty"`
}

// Run does a night's work under a lock beside the store and one in Out: it extracts what is new,
// trains a head, compares it with the published one, and publishes it by pointing
// Out/current to its folder, in one step. When the published head was made of the
// same things, or the gate has refused a head of the same things, nothing is trained.
//
// The result is never nil and tells how far the run came. Errors wrap [ErrHeld],
// [ErrGate], [extract.ErrTooManyBad] or what went wrong.
func Run(ctx context.Context, opt RunOptions) (*RunResult, error) {
	r := &run{opt: opt, out: outFolder(opt.Out), result: RunResult{Outcome: Failed, Began: time.Now()}}
	err := r.locked(ctx)
	r.result.Seconds = time.Since(r.result.Began).Seconds()
	if err != nil {
		err = fmt.Errorf("run: %w", err)
	}
	return &r.result, err
}

// run is a run on its way.
type run struct {
	opt    RunOptions
	out    outFolder
	result RunResult
}

func (r *run) locked(ctx context.Context) error {
	if err := canPublish(); err != nil {
		return err
	}
	unlock, err := r.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := r.out.prepare(); err != nil {
		return err
	}
	err = r.night(ctx)
	if errors.Is(err, cache.ErrDamaged) {
		// A checksum that extract, which reads no feature, does not look at.
		damage := err
		r.result.Stages = nil
		if err = r.stage("mend", func() error { return extract.Mend(ctx, r.opt.Extract, damage) }); err == nil {
			err = r.night(ctx)
		}
	}
	return err
}

// night does the work, locked.
func (r *run) night(ctx context.Context) error {
	if err := r.stage("extract", func() (err error) {
		r.result.Extract, err = extract.Run(ctx, r.opt.Extract)
		return err
	}); err != nil {
		return err
	}
	set, err := openDataset(r.opt.Extract.Cache)
	if err != nil {
		return err
	}
	defer set.close() // held to the end: the store can't change under the run
	if err := r.checkScan(set); err != nil {
		return err
	}
	return r.train(ctx, set)
}

// lock makes sure that no other run works on the store, or publishes in the same
// folder from another store.
func (r *run) lock() (unlock func(), err error) {
	store, err := lockFile(r.opt.Extract.Cache+".lock", r.result.Began)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(string(r.out), 0o755); err != nil {
		store()
		return nil, err
	}
	out, err := lockFile(filepath.Join(string(r.out), lockName), r.result.Began)
	if err != nil {
		store()
		return nil, err
	}
	return func() { out(); store() }, nil
}

// stage times a part of the run.
func (r *run) stage(name string, f func() error) error {
	began := time.Now()
	err := f()
	r.result.Stages = append(r.result.Stages, Stage{name, time.Since(began).Seconds()})
	return err
}

// checkScan makes sure that nobody has put another scan into the store since the
// run's own.
func (r *run) checkScan(set *dataset) error {
	root, err := filepath.Abs(r.opt.Extract.Data)
	if err != nil {
		return err
	}
	if set.scan.Root != root || set.space.ID().String() != r.result.Extract.Space || set.scan.Views != r.opt.Extract.Views {
		return fmt.Errorf("another extract of %s has used the store meanwhile; run again", set.scan.Root)
	}
	return nil
}

// train goes on from the features.
func (r *run) train(ctx context.Context, set *dataset) error {
	night := &Night{
		Inputs: set.inputs(&r.opt.Fit), Version: version(), Began: r.result.Began,
		Images: r.result.Extract.Images, Bad: r.result.Extract.Bad,
	}
	standing, err := r.out.standing()
	if err != nil {
		return err
	}
	unchanged, err := standing.unchanged(night.Inputs)
	if err != nil {
		return err
	}
	if unchanged {
		r.result.Outcome, r.result.Night = Unchanged, standing.night
		return nil
	}
	name, refused, err := standing.refused(night.Inputs, r.opt.Level)
	if err != nil {
		return err
	}
	if refused != nil {
		r.result.Outcome, r.result.Night, r.result.Gate = Refused, refused, refused.Gate
		return fmt.Errorf("%w (%v); this was decided on the night %s, and nothing has changed since", ErrGate, refused.Gate, name)
	}
	defer func() { _ = os.RemoveAll(r.out.tonight()) }() // what is left, the next run clears away
	if err := r.stage("fit", func() error { return r.fit(ctx, set, night) }); err != nil {
		return err
	}
	if err := r.stage("gate", func() (err error) {
		night.Gate, err = set.gate(r.out.tonight(), standing, r.opt.Level)
		return err
	}); err != nil {
		return err
	}
	if err := r.stage("report", func() error {
		_, err := Report(ReportOptions{Cache: r.opt.Extract.Cache, Head: r.out.tonight()})
		return err
	}); err != nil {
		return err
	}
	r.result.Gate, r.result.Night = night.Gate, night
	return r.stage("publish", func() error { return r.publish(standing, night) })
}

// fit trains tonight's head into a folder that nobody looks at yet.
func (r *run) fit(ctx context.Context, set *dataset, night *Night) error {
	opt := r.opt.Fit
	opt.Out = r.out.tonight()
	fitted, err := fitDataset(ctx, set, &opt, time.Now())
	if err != nil {
		return err
	}
	night.Train, night.Val, night.Accuracy = fitted.Train, fitted.Val, fitted.Metrics.Accuracy
	return nil
}

// publish puts tonight's folder in its place, and, if the gate let it through,
// current with it.
func (r *run) publish(standing *standing, night *Night) error {
	name, err := r.out.next(r.result.Began)
	if err != nil {
		return err
	}
	standing.settle(night, name)
	if err := night.write(r.out.tonight()); err != nil {
		return err
	}
	if err := r.out.keep(name); err != nil {
		return err
	}
	r.result.Folder = r.out.night(name)
	if !night.Gate.Passed {
		r.result.Outcome = Refused
		return errors.Join(fmt.Errorf("%w (%v); tonight's is in %s", ErrGate, night.Gate, r.result.Folder), r.out.prune(r.opt.Keep))
	}
	if err := r.out.publish(name); err != nil {
		return err
	}
	r.result.Outcome = Published
	if err := r.out.prune(r.opt.Keep); err != nil {
		return fmt.Errorf("%s is published, but older nights could not be removed: %w", r.result.Folder, err)
	}
	return nil
}
