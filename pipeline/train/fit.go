// Package train trains heads on a data set's stored features. [Fit] trains one head, or
// one from each of several seeds; [Sweep] searches for the best options.
package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"featurecache/cache/durable"
	"featurecache/cache/folder"
	"featurecache/head"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/trained"
)

// historyFile is the name of the training history, beside the head.
const historyFile = "history.json"

// maxConfusion is the most classes whose confusion matrix is kept. With 10,000 classes it
// would be larger than the head itself by far.
const maxConfusion = 200

// Options say what to train on, and how.
type Options struct {
	Head head.Options
	// Balanced weights classes by [head.BalancedWeights] of the training images, instead of
	// by Head.ClassWeights.
	Balanced bool
	Views    int // train on views 1 to Views only; 0: all
	// Seeds is the number of heads to train, with the seeds Head.Seed, Head.Seed+1, and so
	// on; [head.Seeds.Kept] says which one is kept. 0 and 1 train one.
	Seeds int
	// MaxMemory bounds the process's memory in bytes; 0: no limit. Training streams from
	// the store when its features would take more.
	MaxMemory int64
	OnEpoch   func(head.Epoch)      // called after each epoch of a single seed; may be nil
	OnSeed    func(done, total int) // called as each of several seeds ends; may be nil
}

// Run is the training from one seed.
type Run struct {
	Seed         uint64       `json:"seed"`
	BestEpoch    int          `json:"best_epoch"` // counted from 0
	BestValAcc   float64      `json:"best_val_acc"`
	BestValLoss  float64      `json:"best_val_loss"`
	TrainSeconds float64      `json:"train_seconds"` // training and validation alone
	History      []head.Epoch `json:"history"`
	// Metrics are the head's on the validation images. The confusion matrix is left out
	// when there are more than 200 classes.
	Metrics *head.Metrics `json:"metrics"`
}

// Result is a finished fit, and the content of history.json.
type Result struct {
	Classes []string `json:"classes"`
	Train   int      `json:"train"` // training images
	Val     int      `json:"val"`   // validation images
	Views   int      `json:"views"` // training views of each image
	// Duplicates are images with the same bytes, of all that are used.
	Duplicates *folder.Duplicates `json:"duplicates"`
	// Streamed reports that the features did not fit in MaxMemory.
	Streamed     bool    `json:"streamed"`
	TotalSeconds float64 `json:"total_seconds"` // including reading the features and writing the files
	HeadFile     string  `json:"head"`
	Doubt        string  `json:"doubt,omitempty"` // why the features may be useless; "" if they seem fit for use
	Run                  // of the head that was kept

	// Summary and Seeds describe all heads when there are several.
	Summary *head.Summary `json:"summary,omitempty"`
	Seeds   []Run         `json:"seeds,omitempty"`
}

// Fitted is a finished fit: its result, the kept head, and the kept head's scores on the
// validation images.
type Fitted struct {
	Result
	Scored *dataset.Scored `json:"-"` // the kept head on the validation images

	head          *head.Head
	provenance    trained.Provenance
	preprocessing string // as in [folder.Scan]
	began         time.Time
}

// Fit trains a head on a data set, and keeps the weights of the epoch with the best
// validation accuracy. [Fitted.Write] writes its files.
func Fit(ctx context.Context, set *dataset.Dataset, opt Options) (*Fitted, error) {
	began := time.Now()
	job := fitJob{set: set, opt: &opt, options: opt.Head}
	if err := job.prepare(); err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	plan, err := job.train(ctx)
	if err != nil {
		return nil, err // package head names itself and its step
	}
	why, err := doubt(ctx, set, job.trainImages)
	if err != nil {
		return nil, err
	}
	kept := job.runs[job.kept]
	fitted := &Fitted{
		Result: Result{
			Classes: set.Scan.Classes, Train: len(job.trainImages), Val: len(job.valImages), Views: job.views,
			Duplicates: set.Duplicates(), Streamed: plan != nil, Doubt: why, Run: kept, Summary: job.summary,
		},
		Scored: dataset.NewScored(job.valImages, len(set.Scan.Classes), job.logits),
		head:   job.heads[job.kept],
		provenance: trained.Provenance{
			Features: set.Provenance, Views: job.views, Options: job.options,
			BestEpoch: kept.BestEpoch, BestValAcc: kept.BestValAcc, BestValLoss: kept.BestValLoss,
			Confusion: kept.Metrics.Confusion,
		},
		preprocessing: set.Scan.Preprocessing,
		began:         began,
	}
	fitted.head.Classes = set.Scan.Classes
	fitted.provenance.Options.Seed = kept.Seed
	if job.summary != nil {
		fitted.Seeds, fitted.provenance.Seeds = job.runs, job.summary.Seeds
	}
	if plan != nil {
		fitted.provenance.Stream = &plan.Stream
	}
	return fitted, nil
}

// fitJob is a fit in progress.
type fitJob struct {
	set     *dataset.Dataset
	opt     *Options
	options head.Options // with the class weights filled in
	views   int

	trainImages, valImages []folder.Image

	heads   []*head.Head // one per seed
	runs    []Run
	kept    int           // index into both
	summary *head.Summary // nil for a single seed
	logits  []float32     // of the kept head on the validation images, [N,C]
}

// prepare checks and derives everything that does not need the features.
func (j *fitJob) prepare() error {
	if err := j.set.CheckComplete(); err != nil {
		return err
	}
	j.views = j.set.Scan.Views
	if j.opt.Views > j.views {
		return tooManyViews(j.opt.Views, j.views)
	}
	if j.opt.Views > 0 {
		j.views = j.opt.Views
	}
	var err error
	if j.trainImages, err = j.set.Images(folder.Train); err != nil {
		return err
	}
	if j.valImages, err = j.set.Images(folder.Val); err != nil {
		return err
	}
	if j.opt.Balanced {
		j.options.ClassWeights = head.BalancedWeights(dataset.Labels(j.trainImages), len(j.set.Scan.Classes))
	}
	return nil
}

func tooManyViews(wanted, stored int) error {
	return fmt.Errorf("--views %d: the store has %d of each training image; extract more with extract --views", wanted, stored)
}

// train trains in memory if the features fit, and otherwise streams them. It then returns
// the plan.
func (j *fitJob) train(ctx context.Context) (*streamPlan, error) {
	plan, err := j.planMemory()
	switch {
	case err != nil:
		return nil, fmt.Errorf("fit: %w", err)
	case plan != nil:
		return plan, j.trainStreaming(ctx, plan)
	default:
		return nil, j.trainInMemory(ctx)
	}
}

func (j *fitJob) trainInMemory(ctx context.Context) error {
	// An epoch trains on one view, so with fewer epochs than views the last are not used.
	train, err := j.set.TrainData(max(1, min(j.views, j.options.Epochs)))
	if err != nil {
		return err
	}
	val, err := j.set.ValData()
	if err != nil {
		return err
	}
	classes := len(j.set.Scan.Classes)
	if j.opt.Seeds <= 1 {
		r, err := head.Fit(ctx, train, val, classes, j.options, j.opt.OnEpoch)
		if err != nil {
			return err
		}
		return j.add(r, logitsOf(r.Head, val))
	}
	done := 0
	seeds, err := head.FitSeeds(ctx, train, val, classes, j.options, j.opt.Seeds, func(*head.Result) {
		if done++; j.opt.OnSeed != nil {
			j.opt.OnSeed(done, j.opt.Seeds)
		}
	})
	if err != nil {
		return err
	}
	j.kept, j.summary = seeds.Kept, &seeds.Summary
	for _, r := range seeds.Results {
		if err := j.add(r, logitsOf(r.Head, val)); err != nil {
			return err
		}
	}
	return nil
}

func logitsOf(h *head.Head, data head.Data) []float32 {
	logits := make([]float32, len(data.Labels)*len(h.Bias))
	h.Logits(logits, data.Views[0])
	return logits
}

// add records a finished training and measures its head by the logits [N,C] of the
// validation images.
func (j *fitJob) add(r *head.Result, logits []float32) error {
	m, err := head.Measure(logits, dataset.Labels(j.valImages), len(j.set.Scan.Classes))
	if err != nil {
		return err
	}
	if len(m.Confusion) > maxConfusion {
		m.Confusion = nil
	}
	if len(j.heads) == j.kept {
		j.logits = logits
	}
	j.heads = append(j.heads, r.Head)
	j.runs = append(j.runs, Run{
		Seed: r.Seed, BestEpoch: r.BestEpoch, BestValAcc: r.BestValAcc, BestValLoss: r.BestValLoss,
		TrainSeconds: r.TrainSeconds, History: r.History, Metrics: m,
	})
	return nil
}

// Write writes the head to head.safetensors, a model card to MODEL.md and the training
// history to history.json, each file whole or not at all. It makes the folder if needed.
func (f *Fitted) Write(dir string) (*trained.Head, error) {
	h, err := f.write(dir)
	if err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	return h, nil
}

func (f *Fitted) write(dir string) (*trained.Head, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	h, err := trained.Save(dir, f.head, &f.provenance)
	if err != nil {
		return nil, err
	}
	f.HeadFile = h.File
	if err := f.writeCard(dir); err != nil {
		return nil, err
	}
	f.TotalSeconds = time.Since(f.began).Seconds() // only history.json is left to write
	history := f.Result
	history.HeadFile = trained.FileName // beside it, wherever the folder is moved to
	text, err := json.MarshalIndent(history, "", " ")
	if err != nil {
		return nil, err
	}
	return h, durable.WriteBytes(filepath.Join(dir, historyFile), append(text, '\n'))
}

// ReadHistory reads the history that [Fitted.Write] wrote beside a head. The result is
// empty when there is none, as when only the head was copied.
func ReadHistory(h *trained.Head) (*Result, error) {
	path := filepath.Join(filepath.Dir(h.File), historyFile)
	r := &Result{}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}
