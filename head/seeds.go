package head

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Seeds is one training repeated from several seeds, which draw the first
// weights and the order of the samples.
type Seeds struct {
	Results []*Result // one per seed, in the seeds' order
	// Kept is the index of the result whose head to use: the median one. The
	// results are ordered by best validation accuracy, equal ones by that epoch's
	// validation loss (higher first), then by seed, and the lower middle is
	// taken.
	//
	// The best of N seeds is the luckiest: on the validation images it looks better
	// than it is, and the more so the larger N is. The median is a typical head, and
	// choosing it does not raise its accuracy. One bias remains that a single seed
	// has too: each run's epoch was chosen on the validation images, so the accuracy
	// is slightly optimistic. The rule may also reject a head that is truly better;
	// the spread over the seeds says by how much.
	Kept    int
	Summary Summary
}

// Summary describes the best validation accuracies of several seeds.
type Summary struct {
	Seeds int     `json:"seeds"`
	Mean  float64 `json:"mean"`
	SD    float64 `json:"sd"` // sample standard deviation (n−1); 0 for one seed
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
	// Low and High are a 95 % confidence interval of the mean, within 0 and 1: Wilson's
	// score interval with Student's t, see meanInterval. They are 0 and 1 for one seed, and
	// the mean itself if all seeds have the same accuracy. They measure the effect of the
	// seed alone. For that of the choice of validation images see [Wilson].
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// FitSeeds calls [Fit] for the seeds opt.Seed, opt.Seed+1, … opt.Seed+n−1, GOMAXPROCS
// of them at a time. Each result is what Fit returns for its seed, whatever the
// number of processors. onResult, if not nil, is called for each result as it
// arrives, one call at a time. All n heads are held in memory.
func FitSeeds(ctx context.Context, train, val Data, classes int, opt Options, n int, onResult func(*Result)) (*Seeds, error) {
	if n < 1 || n > maxSeeds {
		return nil, fmt.Errorf("head: fit seeds: %w: %d seeds: want 1 to %d", errOptions, n, maxSeeds)
	}
	if err := opt.check(classes); err != nil {
		return nil, fmt.Errorf("head: fit seeds: %w", err)
	}
	t, err := newTask(train, val, classes)
	if err != nil {
		return nil, fmt.Errorf("head: fit seeds: %w", err)
	}
	s := &Seeds{Results: make([]*Result, n)}
	var mu sync.Mutex
	err = parallel(ctx, n, func(ctx context.Context, i int) error {
		o := opt
		o.Seed += uint64(i)
		r, err := t.fit(ctx, &o, nil)
		if err != nil {
			return fmt.Errorf("seed %d: %w", o.Seed, err)
		}
		s.Results[i] = r
		if onResult != nil {
			mu.Lock()
			defer mu.Unlock()
			onResult(r)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("head: fit seeds: %w", err)
	}
	s.Kept = median(s.Results)
	s.Summary = summarise(s.Results)
	return s, nil
}

// parallel calls f for 0 … n−1 on GOMAXPROCS goroutines and returns the error of
// the lowest number that has one. After an error no new call begins.
func parallel(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if errs[i] = f(ctx, i); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// median returns the index that Seeds.Kept documents.
func median(results []*Result) int {
	order := make([]int, len(results))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := results[i], results[j]
		switch {
		case a.BestValAcc < b.BestValAcc:
			return -1
		case a.BestValAcc > b.BestValAcc:
			return 1
		case a.BestValLoss > b.BestValLoss:
			return -1
		case a.BestValLoss < b.BestValLoss:
			return 1
		}
		return 0
	})
	return order[(len(order)-1)/2]
}

func summarise(results []*Result) Summary {
	acc := make([]float64, len(results))
	for i, r := range results {
		acc[i] = r.BestValAcc
	}
	s := Summary{Seeds: len(acc), Min: slices.Min(acc), Max: slices.Max(acc), High: 1}
	s.Mean, s.SD = meanSD(acc)
	if len(acc) > 1 {
		ci := meanInterval(s.Mean, s.SD, len(acc))
		s.Low, s.High = ci.Low, ci.High
	}
	return s
}

// meanSD returns the mean and the sample standard deviation, 0 for one value.
func meanSD(v []float64) (mean, sd float64) {
	n := float64(len(v))
	for _, x := range v {
		mean += x
	}
	mean /= n
	if n < 2 {
		return mean, 0
	}
	var square float64
	for _, x := range v {
		square += float64((x - mean) * (x - mean))
	}
	return mean, math.Sqrt(square / (n - 1))
}
