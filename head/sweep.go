package head

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"
)

// Candidate is one set of options of a sweep.
type Candidate struct {
	LR          float64 `json:"lr"`
	WeightDecay float64 `json:"weight_decay"`
	Batch       int     `json:"batch"`
	Hidden      int     `json:"hidden"`
	Views       int     `json:"views"` // the number of training views to use
}

// Apply returns opt with the candidate's options. Views is not among them: it
// concerns the data.
func (c Candidate) Apply(opt Options) Options {
	opt.LR, opt.WeightDecay, opt.Batch, opt.Hidden = c.LR, c.WeightDecay, c.Batch, c.Hidden
	return opt
}

// Space lists the values that candidates take. Every list needs at least one value.
type Space struct {
	LR, WeightDecay      []float64
	Batch, Hidden, Views []int
}

// Grid returns every combination, the last list varying fastest.
func (s Space) Grid() []Candidate {
	var all []Candidate
	for _, lr := range s.LR {
		for _, decay := range s.WeightDecay {
			for _, batch := range s.Batch {
				for _, hidden := range s.Hidden {
					for _, views := range s.Views {
						all = append(all, Candidate{lr, decay, batch, hidden, views})
					}
				}
			}
		}
	}
	return all
}

// Random returns n random candidates. Batch, Hidden and Views are picked from
// their lists; LR and WeightDecay are drawn between a list's smallest and
// largest value, uniformly in the logarithm, or picked if the list holds 0.
// (Bergstra and Bengio 2012, https://jmlr.org/papers/v13/bergstra12a.html, say
// why random beats a grid.) The same seed gives the same candidates. It returns
// nil if a list is empty.
func (s Space) Random(n int, seed uint64) []Candidate {
	if min(len(s.LR), len(s.WeightDecay), len(s.Batch), len(s.Hidden), len(s.Views)) == 0 {
		return nil
	}
	all := make([]Candidate, n)
	for i := range all {
		r := newStream(seed, streamSearch, uint64(i))
		all[i] = Candidate{r.between(s.LR), r.between(s.WeightDecay), pick(r, s.Batch), pick(r, s.Hidden), pick(r, s.Views)}
	}
	return all
}

func pick[T any](r stream, list []T) T { return list[r.below(uint64(len(list)))] }

func (s stream) between(list []float64) float64 {
	lo, hi := slices.Min(list), slices.Max(list)
	if lo <= 0 {
		return pick(s, list)
	}
	v := lo * math.Pow(hi/lo, s.unit())
	// Rounded to six digits: people read and retype them, and math.Pow may differ in
	// the last bits from machine to machine.
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'e', 5, 64), 64)
	return min(max(v, lo), hi)
}

// Row is one candidate's result in a sweep.
type Row struct {
	Candidate
	Index int       `json:"index"` // among the candidates given
	Folds []float64 `json:"folds"` // accuracy on each held-out fold
	// Acc and SD are the folds' mean and sample standard deviation, Loss the mean
	// of their losses.
	Acc  float64 `json:"acc"`
	SD   float64 `json:"sd"`
	Loss float64 `json:"loss"`
	// TrainSeconds is the sum over folds.
	TrainSeconds float64 `json:"train_seconds"`
	// Err is set when the candidate's training diverged; its figures are then 0.
	Err string `json:"err,omitempty"`
}

// Sweep cross-validates every candidate on the same folds. For each fold it trains
// a head on all other folds and measures it on this one after the last epoch. No
// epoch is chosen on held-out samples, which would make the figures too good;
// Patience is ignored for the same reason.
//
// The rows come best first: by Acc, then by smaller Loss, then in the candidates'
// order. Candidates that diverged come last. opt holds the options that candidates
// do not set. onRow, if not nil, is called for each candidate as it ends, one call
// at a time. GOMAXPROCS trainings run at a time; their number does not change the
// result.
//
// The best of many candidates is chosen on these folds, so its Acc is optimistic.
// Refit it with [Fit] on all of the training data, and judge it on images that took
// no part.
func Sweep(ctx context.Context, data CrossData, classes int, opt Options, candidates []Candidate, onRow func(Row)) ([]Row, error) {
	if len(candidates) == 0 {
		return nil, fmt.Errorf("head: sweep: %w: no candidates", errOptions)
	}
	opts := make([]Options, len(candidates))
	for i, c := range candidates {
		opts[i] = c.Apply(opt)
		if c.Views < 1 || c.Views > len(data.Train.Views) {
			return nil, fmt.Errorf("head: sweep: %w: views %d: want 1 to %d", errOptions, c.Views, len(data.Train.Views))
		}
	}
	f, err := newFolding(&data, classes, opts)
	if err != nil {
		return nil, fmt.Errorf("head: sweep: %w", err)
	}
	k := data.Folds
	rows := make([]Row, len(candidates))
	for i, c := range candidates {
		rows[i] = Row{Candidate: c, Index: i, Folds: make([]float64, k)}
	}
	results := make([]*Result, len(candidates)*k)
	left := slices.Repeat([]int{k}, len(candidates)) // folds still to train
	var mu sync.Mutex
	err = parallel(ctx, len(results), func(ctx context.Context, i int) error {
		c := i / k
		r, err := f.task(i%k, candidates[c].Views).fit(ctx, &opts[c], nil)
		if err != nil && !errors.Is(err, errDiverged) {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		results[i] = r
		if left[c]--; left[c] == 0 {
			rows[c].fill(results[c*k:][:k])
			clear(results[c*k:][:k]) // the heads
			if onRow != nil {
				onRow(rows[c])
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("head: sweep: %w", err)
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(len(a.Err), len(b.Err)), cmp.Compare(b.rank(), a.rank()), cmp.Compare(a.Loss, b.Loss))
	})
	return rows, nil
}

// rank is Acc without the rounding of its sum, which would settle ties by
// chance.
func (r *Row) rank() float64 { return math.Round(r.Acc * 1e9) }

// fill sets a row's figures from its folds' results, nil where one diverged.
func (r *Row) fill(folds []*Result) {
	if i := slices.Index(folds, nil); i >= 0 {
		r.Err = fmt.Sprintf("%v in fold %d", errDiverged, i)
		return
	}
	for i, f := range folds {
		r.Folds[i] = f.BestValAcc
		r.Loss += f.BestValLoss / float64(len(folds))
		r.TrainSeconds += f.TrainSeconds
	}
	r.Acc, r.SD = meanSD(r.Folds)
}
