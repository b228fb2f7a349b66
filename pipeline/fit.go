package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"featurecache/cache"
	"featurecache/head"

	"github.com/google/renameio/v2/maybe"
)

// Names of the files that Fit writes.
const (
	headFile    = "head.safetensors"
	historyFile = "history.json"
)

// maxConfusion is the most classes whose confusion matrix is kept: that of 10,000
// would be a thousand times the size of the head.
const maxConfusion = 200

// FitOptions say what to train on, how, and where to put the result.
type FitOptions struct {
	Cache string // the store's file
	Out   string // the folder for the results; made when absent
	Head  head.Options
	// Balanced weighs classes by [head.BalancedWeights] of the training images,
	// in place of Head.ClassWeights.
	Balanced bool
	Views    int // train on the views 1 to Views only; 0 means all
	// Seeds is the number of heads to train, from the seeds Head.Seed and up, of
	// which [head.Seeds.Kept] is kept; 0 and 1 train one.
	Seeds int
	// MaxMemory is how many bytes the process should get along with; 0 is no
	// limit. Training streams from the store when its features would take more.
	MaxMemory int64
	OnEpoch   func(head.Epoch)      // called after each epoch of a single seed; may be nil
	OnSeed    func(done, total int) // called as each of several seeds ends; may be nil
}

// FitRun is what the training from one seed came to.
type FitRun struct {
	Seed         uint64       `json:"seed"`
	BestEpoch    int          `json:"best_epoch"` // counted from 0
	BestValAcc   float64      `json:"best_val_acc"`
	BestValLoss  float64      `json:"best_val_loss"`
	TrainSeconds float64      `json:"train_seconds"` // training and validation alone
	History      []head.Epoch `json:"history"`
	// Metrics is of the head, on the validation images; without the confusion
	// matrix when there are more than 200 classes.
	Metrics *head.Metrics `json:"metrics"`
}

// FitResult is a finished fit, and the content of history.json.
type FitResult struct {
	Classes []string `json:"classes"`
	Train   int      `json:"train"` // training images
	Val     int      `json:"val"`   // validation images
	Views   int      `json:"views"` // training views an image
	// Streamed says that the features did not fit in MaxMemory.
	Streamed     bool    `json:"streamed"`
	TotalSeconds float64 `json:"total_seconds"` // with reading the features and writing the files
	HeadFile     string  `json:"head"`
	FitRun               // of the head that was kept

	// Summary and Seeds are of all heads, when there are several.
	Summary *head.Summary `json:"summary,omitempty"`
	Seeds   []FitRun      `json:"seeds,omitempty"`
}

// Fit trains a head on the features of the last extract, and writes the weights of
// the best validation epoch to head.safetensors, the course of the training to
// history.json and a model card to MODEL.md, each file whole or not at all.
func Fit(ctx context.Context, opt FitOptions) (*FitResult, error) {
	result, err := fit(ctx, &opt, time.Now())
	if err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	return result, nil
}

func fit(ctx context.Context, opt *FitOptions, began time.Time) (*FitResult, error) {
	set, err := openDataset(opt.Cache)
	if err != nil {
		return nil, err
	}
	defer set.close()
	return fitDataset(ctx, set, opt, began)
}

// fitDataset is fit with the store open.
func fitDataset(ctx context.Context, set *dataset, opt *FitOptions, began time.Time) (*FitResult, error) {
	if err := set.checkClasses(); err != nil {
		return nil, err
	}
	job := fitJob{set: set, opt: opt, options: opt.Head}
	if err := job.prepare(); err != nil {
		return nil, err
	}
	streamed, err := job.train(ctx)
	if err != nil {
		return nil, err
	}
	kept := job.runs[job.kept]
	trained := job.heads[job.kept]
	trained.Classes = set.scan.Classes
	if trained.Meta, err = job.metadata(streamed); err != nil {
		return nil, err
	}
	result := &FitResult{
		Classes: set.scan.Classes, Train: len(job.trainImages), Val: len(job.valImages), Views: job.views,
		Streamed: streamed != nil, HeadFile: filepath.Join(opt.Out, headFile), FitRun: kept, Summary: job.summary,
	}
	if job.summary != nil {
		result.Seeds = job.runs
	}
	return result, result.write(opt.Out, trained, began)
}

// fitJob is a fit on its way.
type fitJob struct {
	set     *dataset
	opt     *FitOptions
	options head.Options // with the class weights filled in
	views   int

	trainImages, valImages []cache.Image

	heads   []*head.Head // one a seed
	runs    []FitRun
	kept    int           // index into both
	summary *head.Summary // nil for a single seed
}

// prepare settles what does not need the features.
func (j *fitJob) prepare() error {
	j.views = j.set.scan.Views
	if j.opt.Views > j.views {
		return fmt.Errorf("--views %d: the store has %d of each training image", j.opt.Views, j.views)
	}
	if j.opt.Views > 0 {
		j.views = j.opt.Views
	}
	var err error
	if j.trainImages, err = j.set.some(cache.Train); err != nil {
		return err
	}
	if j.valImages, err = j.set.some(cache.Val); err != nil {
		return err
	}
	if j.opt.Balanced {
		j.options.ClassWeights = head.BalancedWeights(labelsOf(j.trainImages), len(j.set.scan.Classes))
	}
	return nil
}

// train trains in memory when that is enough, and streams otherwise.
func (j *fitJob) train(ctx context.Context) (*streamPlan, error) {
	plan, err := j.planMemory()
	switch {
	case err != nil:
		return nil, err
	case plan != nil:
		return plan, j.trainStreaming(ctx, plan)
	default:
		return nil, j.trainInMemory(ctx)
	}
}

func (j *fitJob) trainInMemory(ctx context.Context) error {
	// Later views are not met in fewer epochs.
	train, err := j.set.trainData(max(1, min(j.views, j.options.Epochs)))
	if err != nil {
		return err
	}
	val, err := j.set.valData()
	if err != nil {
		return err
	}
	classes := len(j.set.scan.Classes)
	if j.opt.Seeds <= 1 {
		r, err := head.Fit(ctx, train, val, classes, j.options, j.opt.OnEpoch)
		if err != nil {
			return err
		}
		return j.add(r, val)
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
	for _, r := range seeds.Results {
		if err := j.add(r, val); err != nil {
			return err
		}
	}
	j.kept, j.summary = seeds.Kept, &seeds.Summary
	return nil
}

// add takes in a finished training and measures its head.
func (j *fitJob) add(r *head.Result, val head.Data) error {
	classes := len(j.set.scan.Classes)
	logits := make([]float32, len(val.Labels)*classes)
	r.Head.Logits(logits, val.Views[0])
	return j.addMeasured(r, logits)
}

// addMeasured is add, given the logits of the validation images.
func (j *fitJob) addMeasured(r *head.Result, logits []float32) error {
	m, err := head.Measure(logits, labelsOf(j.valImages), len(j.set.scan.Classes))
	if err != nil {
		return err
	}
	if len(m.Confusion) > maxConfusion {
		m.Confusion = nil
	}
	j.heads = append(j.heads, r.Head)
	j.runs = append(j.runs, FitRun{
		Seed: r.Seed, BestEpoch: r.BestEpoch, BestValAcc: r.BestValAcc, BestValLoss: r.BestValLoss,
		TrainSeconds: r.TrainSeconds, History: r.History, Metrics: m,
	})
	return nil
}

// write puts the files in place. TotalSeconds ends when only history.json is left
// to write.
func (r *FitResult) write(dir string, trained *head.Head, began time.Time) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := trained.Save(r.HeadFile); err != nil {
		return err
	}
	if err := r.writeCard(dir, trained); err != nil {
		return err
	}
	r.TotalSeconds = time.Since(began).Seconds()
	history := *r
	history.HeadFile = headFile // beside it, wherever the folder is moved to
	text, err := json.MarshalIndent(history, "", " ")
	if err != nil {
		return err
	}
	return maybe.WriteFile(filepath.Join(dir, historyFile), append(text, '\n'), 0o644)
}
