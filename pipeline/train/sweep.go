package train

import (
	"featurecache/cache/folder"

	"context"
	"fmt"
	"time"

	"featurecache/head"
	"featurecache/pipeline/dataset"
)

// maxCandidates keeps a grid of long lists from taking all memory.
const maxCandidates = 100_000

// SweepOptions say which options to compare, and how.
type SweepOptions struct {
	Head     head.Options // what candidates leave alone
	Balanced bool         // as in [Options]
	Space    head.Space   // Views 0 means all that the store has
	Random   int          // compare so many random candidates; 0 means the whole grid
	Folds    int
	// OnRow is called as each candidate ends, with the number of those that have;
	// may be nil.
	OnRow func(row head.Row, done, total int)
}

// SweepResult is a finished sweep.
type SweepResult struct {
	Rows []head.Row `json:"rows"` // from the best
	// HeldView is the view that held-out images are measured on: 0, the evaluation
	// view, where the store has it for all training images, and 1 otherwise.
	HeldView     int     `json:"held_view"`
	SweepSeconds float64 `json:"sweep_seconds"`
	Fit          *Fitted `json:"fit"` // the first row's options on all training images
}

// Sweep compares options by cross-validation on the training images, as
// [head.Sweep] does, and fits the best on all of them as [Fit] does. Folds keep an
// image's views together, and images of the same content.
func Sweep(ctx context.Context, set *dataset.Dataset, opt SweepOptions) (*SweepResult, error) {
	result, err := sweep(ctx, set, &opt)
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	return result, nil
}

func sweep(ctx context.Context, set *dataset.Dataset, opt *SweepOptions) (*SweepResult, error) {
	began := time.Now()
	if err := set.CheckComplete(); err != nil {
		return nil, err
	}
	candidates, views, err := opt.candidates(set.Scan.Views)
	if err != nil {
		return nil, err
	}
	result := &SweepResult{}
	data := head.CrossData{Folds: opt.Folds, Seed: opt.Head.Seed}
	if data.Train, err = set.TrainData(views); err != nil {
		return nil, err
	}
	images, err := set.Images(folder.Train)
	if err != nil {
		return nil, err
	}
	data.Groups = byContent(images)
	result.HeldView = 1
	if set.Has(images, 0) {
		result.HeldView = 0
		if data.Held, err = set.Features(images, 0); err != nil {
			return nil, err
		}
	}
	options, classes := opt.Head, len(set.Scan.Classes)
	if opt.Balanced {
		options.ClassWeights = head.BalancedWeights(data.Train.Labels, classes)
	}
	done := 0
	result.Rows, err = head.Sweep(ctx, data, classes, options, candidates, func(r head.Row) {
		if done++; opt.OnRow != nil {
			opt.OnRow(r, done, len(candidates))
		}
	})
	if err != nil {
		return nil, err
	}
	winner := result.Rows[0]
	if winner.Err != "" {
		return nil, fmt.Errorf("every candidate failed, the first because %s: try smaller learning rates", winner.Err)
	}
	result.SweepSeconds = time.Since(began).Seconds()
	result.Fit, err = fit(ctx, set, &Options{Head: winner.Apply(opt.Head), Balanced: opt.Balanced, Views: winner.Views})
	return result, err
}

// candidates lists what to compare, and the number of views that it takes.
func (o *SweepOptions) candidates(stored int) (list []head.Candidate, views int, err error) {
	space := o.Space
	space.Views = nil
	for _, v := range o.Space.Views {
		if v == 0 {
			v = stored
		}
		if v > stored {
			return nil, 0, tooManyViews(v, stored)
		}
		space.Views, views = append(space.Views, v), max(views, v)
	}
	n := o.Random
	if n == 0 {
		n = 1
		for _, l := range []int{len(space.LR), len(space.WeightDecay), len(space.Batch), len(space.Hidden), len(space.Views)} {
			if n *= l; n > maxCandidates {
				break
			}
		}
	}
	if n > maxCandidates {
		return nil, 0, fmt.Errorf("more than %d candidates: shorten the lists, or try --random", maxCandidates)
	}
	if o.Random > 0 {
		return space.Random(n, o.Head.Seed), views, nil
	}
	return space.Grid(), views, nil
}

// byContent numbers the images so that equal content has equal numbers.
func byContent(images []folder.Image) []int {
	groups := make([]int, len(images))
	first := make(map[folder.Content]int, len(images))
	for i, img := range images {
		g, ok := first[img.Content]
		if !ok {
			g = i
			first[img.Content] = i
		}
		groups[i] = g
	}
	return groups
}
