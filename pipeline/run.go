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
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/gate"
	"featurecache/pipeline/report"
	"featurecache/pipeline/train"
	"featurecache/pipeline/trained"
	"featurecache/pipeline/version"
)

// Options say what a run does.
type Options struct {
	Extract extract.Options
	Train   train.Options
	Out     string  // the folder to publish in; made if absent
	Keep    int     // number of runs to keep besides the published one, and of refused runs; 0: all
	Level   float64 // the gate's level of significance, see [gate.Result]; at 0 every head passes
}

// Outcome is how a run ended.
type Outcome string

// The outcomes of a run.
const (
	Published Outcome = "published" // Out/current is the new head
	Unchanged Outcome = "unchanged" // the published head was made from the same inputs
	Refused   Outcome = "refused"   // by the gate
	Failed    Outcome = "failed"
)

// Stage is a part of a run and its duration.
type Stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// Result is what a run did, up to where it ended.
type Result struct {
	Outcome Outcome          `json:"outcome"`
	Began   time.Time        `json:"began"`
	Seconds float64          `json:"seconds"`
	Stages  []Stage          `json:"stages"`
	Folder  string           `json:"folder,omitempty"` // the run's folder, if a head was trained
	Extract *extract.Summary `json:"extract,omitempty"`
	Doubt   string           `json:"doubt,omitempty"` // why the features may be useless, see [train.Result]
	Gate    *gate.Result     `json:"gate,omitempty"`
	// Record is the run's own, or that of the earlier run with the same inputs.
	Record *Record `json:"night,omitempty"`
}

// Run extracts what is new, trains a head, compares it with the published one, and
// publishes it in one step by pointing Out/current to its folder. It trains nothing if the
// published head was made from the same inputs, or if the gate has refused a head made from
// them. It holds a lock beside the store and another in Out.
//
// The result is never nil, even with an error. Errors wrap [ErrHeld],
// [gate.ErrRefused], [extract.ErrTooManyBad] or what went wrong.
func Run(ctx context.Context, opt Options) (*Result, error) {
	r := &run{opt: opt, out: outFolder(opt.Out), result: Result{Outcome: Failed, Began: time.Now()}}
	err := r.locked(ctx)
	r.result.Seconds = time.Since(r.result.Began).Seconds()
	if err != nil {
		err = fmt.Errorf("run: %w", err)
	}
	return &r.result, err
}

// run is a run in progress.
type run struct {
	opt    Options
	out    outFolder
	result Result
}

// locked takes the locks and runs. If the store is damaged, it mends the store and runs
// again.
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
	err = r.all(ctx)
	if errors.Is(err, cache.ErrDamaged) {
		// Extract reads no features, so a wrong checksum shows only later.
		damage := err
		r.result.Stages = nil
		if err = r.stage("mend", func() error { return extract.Mend(ctx, r.opt.Extract, damage) }); err == nil {
			err = r.all(ctx)
		}
	}
	return err
}

// lock makes sure that no other run uses the store, or publishes in the same folder from
// another store.
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

// all is the run from the images to the published head.
func (r *run) all(ctx context.Context) error {
	if err := r.stage("extract", func() (err error) {
		r.result.Extract, err = extract.Run(ctx, r.opt.Extract)
		return err
	}); err != nil {
		return err
	}
	set, err := dataset.Open(r.opt.Extract.Cache)
	if err != nil {
		return err
	}
	defer set.Close() // open to the end: the store can't change under the run
	if err := r.checkScan(set); err != nil {
		return err
	}
	earlier, err := r.out.baselines()
	if err != nil {
		return err
	}
	record := &Record{
		Inputs: inputs(set, &r.opt.Train), Version: version.Name(), Began: r.result.Began,
		Images: r.result.Extract.Images, Bad: r.result.Extract.Bad,
	}
	if known, err := r.decided(earlier, record.Inputs); known || err != nil {
		return err
	}
	return r.train(ctx, set, earlier, record)
}

// checkScan makes sure that the store's last scan is this run's.
func (r *run) checkScan(set *dataset.Dataset) error {
	root, err := filepath.Abs(r.opt.Extract.Data)
	if err != nil {
		return err
	}
	if set.Scan.Root != root || set.Provenance.ID().String() != r.result.Extract.Space || set.Scan.Views != r.opt.Extract.Views {
		return fmt.Errorf("another extract, of %s, has used the store in the meantime; run again", set.Scan.Root)
	}
	return nil
}

// decided reports whether a head made from the same inputs is published, or was refused.
func (r *run) decided(earlier *baselines, inputs string) (bool, error) {
	unchanged, err := earlier.unchanged(inputs)
	if err != nil {
		return false, err
	}
	if unchanged {
		r.result.Outcome, r.result.Record = Unchanged, earlier.record
		return true, nil
	}
	name, refused, err := earlier.refused(inputs, r.opt.Level)
	if err != nil || refused == nil {
		return false, err
	}
	r.result.Outcome, r.result.Record, r.result.Gate = Refused, refused, refused.Gate
	return true, fmt.Errorf("%w (%v); run %s decided this, and nothing has changed since", gate.ErrRefused, refused.Gate, name)
}

// train continues from the features, in a folder that no reader looks at yet.
func (r *run) train(ctx context.Context, set *dataset.Dataset, earlier *baselines, record *Record) error {
	staging := r.out.staging()
	defer func() { _ = os.RemoveAll(staging) }() // the next run removes what is left
	var fitted *train.Fitted
	var h *trained.Head
	if err := r.stage("fit", func() (err error) {
		if fitted, err = train.Fit(ctx, set, r.opt.Train); err == nil {
			h, err = fitted.Write(staging)
		}
		return err
	}); err != nil {
		return err
	}
	r.result.Doubt = fitted.Doubt
	record.Train, record.Val, record.Accuracy = fitted.Train, fitted.Val, fitted.Metrics.Accuracy
	if err := r.stage("gate", func() (err error) {
		record.Gate, err = earlier.judge(set, fitted.Scored, r.opt.Level)
		return err
	}); err != nil {
		return err
	}
	if err := r.stage("report", func() error {
		return report.Write(filepath.Join(staging, report.FileName), set, h, fitted.Scored, &fitted.Result)
	}); err != nil {
		return err
	}
	r.result.Gate, r.result.Record = record.Gate, record
	return r.stage("publish", func() error { return r.publish(earlier, record) })
}

// publish gives the run's folder its name and, if the head passed the gate, points current
// to it.
func (r *run) publish(earlier *baselines, record *Record) error {
	name, err := r.out.next(r.result.Began)
	if err != nil {
		return err
	}
	earlier.settle(record, name)
	if err := record.write(r.out.staging()); err != nil {
		return err
	}
	if err := r.out.keep(name); err != nil {
		return err
	}
	r.result.Folder = r.out.run(name)
	if !record.Gate.Passed {
		r.result.Outcome = Refused
		return errors.Join(fmt.Errorf("%w (%v); the new head is in %s", gate.ErrRefused, record.Gate, r.result.Folder), r.out.prune(r.opt.Keep))
	}
	if err := r.out.publish(name); err != nil {
		return err
	}
	r.result.Outcome = Published
	if err := r.out.prune(r.opt.Keep); err != nil {
		return fmt.Errorf("%s is published, but older runs could not be removed: %w", r.result.Folder, err)
	}
	return nil
}
