package pipeline

import (
	"context"
	"fmt"
	"time"

	"featurecache/cache"
	"featurecache/head"
)

// maxCandidates keeps a grid of long lists from taking all memory.
const maxCandidates = 100_000

// SweepOptions say which options to compare, and how.
type SweepOptions struct {
	Cache    string       // the store's file
	Out      string       // the folder for the winner's head; made when absent
	Head     head.Options // what candidates leave alone
	Balanced bool         // as in [FitOptions]
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
	HeldView     int        `json:"held_view"`
	SweepSeconds float64    `json:"sweep_seconds"`
	Fit          *FitResult `json:"fit"` // the first row's options on all training images
}

// Sweep compares options by cross-validation on the training images, as
// [head.Sweep] does, and fits the best on all of them as [Fit] does. Folds keep an
// image's views together, and images of the same content.
func Sweep(ctx context.Context, opt SweepOptions) (*SweepResult, error) {
	result, err := sweep(ctx, &opt)
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	return result, nil
}

func sweep(ctx context.Context, opt *SweepOptions) (*SweepResult, error) {
	began := time.Now()
	set, err := openDataset(opt.Cache)
	if err != nil {
		return nil, err
	}
	defer set.close()
	if err := set.checkClasses(); err != nil {
		return nil, err
	}
	candidates, views, err := opt.candidates(set.scan.Views)
	if err != nil {
		return nil, err
	}
	result := &SweepResult{}
	data := head.CrossData{Folds: opt.Folds, Seed: opt.Head.Seed}
	if data.Train, err = set.trainData(views); err != nil {
		return nil, err
	}
	if data.Held, result.HeldView, err = set.heldOut(); err != nil {
		return nil, err
	}
	data.Groups = byContent(set.images(cache.Train))
	options, classes := opt.Head, len(set.scan.Classes)
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
	result.Fit, err = fitDataset(ctx, set, &FitOptions{
		Out: opt.Out, Head: winner.Apply(opt.Head), Balanced: opt.Balanced, Views: winner.Views,
	}, time.Now())
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
			return nil, 0, fmt.Errorf("--views %d: the store has %d of each training image", v, stored)
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

// heldOut reads the evaluation view of the training images, nil unless the store
// has it for all of them.
func (d *dataset) heldOut() (x []float32, view int, err error) {
	images, err := d.some(cache.Train)
	if err != nil {
		return nil, 0, err
	}
	for i := range images {
		if !d.index.Has(cache.Key{Content: images[i].Content}) {
			return nil, 1, nil
		}
	}
	x, err = d.features(images, 0)
	return x, 0, err
}

// byContent numbers the images so that equal content has equal numbers.
func byContent(images []cache.Image) []int {
	groups := make([]int, len(images))
	first := make(map[cache.Content]int, len(images))
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
