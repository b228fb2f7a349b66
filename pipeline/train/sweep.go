package train

import (
	"context"
	"fmt"
	"time"

	"featurecache/cache/folder"
	"featurecache/head"
	"featurecache/pipeline/dataset"
)

// maxCandidates keeps a grid of long lists from filling the memory.
const maxCandidates = 100_000

// SweepOptions say which options to compare, and how.
type SweepOptions struct {
	Head     head.Options // options that the candidates do not change
	Balanced bool         // as in [Options]
	Space    head.Space   // Views 0 means all that the store has
	Random   int          // number of random candidates; 0: the whole grid
	Folds    int
	// OnRow is called as each candidate ends, with the number that have ended; may be nil.
	OnRow func(row head.Row, done, total int)
}

// SweepResult is a finished sweep.
type SweepResult struct {
	Rows []head.Row `json:"rows"` // from the best
	// HeldView is the view on which held-out images are measured: the evaluation view, 0,
	// if the store has it for all training images, and 1 otherwise.
	HeldView     int     `json:"held_view"`
	SweepSeconds float64 `json:"sweep_seconds"`
	Fit          *Fitted `json:"fit"` // with the first row's options, on all training images
}

// Sweep compares options by cross-validation on the training images with [head.Sweep],
// and fits a head with the best options on all of them with [Fit]. The views of an image
// are in one fold, and so are images with the same content.
func Sweep(ctx context.Context, set *dataset.Dataset, opt SweepOptions) (*SweepResult, error) {
	began := time.Now()
	if err := set.CheckComplete(); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	candidates, views, err := opt.candidates(set.Scan.Views)
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
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
		return nil, fmt.Errorf("sweep: every candidate failed: %s; try smaller learning rates", winner.Err)
	}
	result.SweepSeconds = time.Since(began).Seconds()
	result.Fit, err = Fit(ctx, set, Options{Head: winner.Apply(opt.Head), Balanced: opt.Balanced, Views: winner.Views})
	return result, err
}

// candidates lists the candidates, and returns the largest number of views among them.
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

// byContent numbers the images so that images with the same content have the same number.
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
