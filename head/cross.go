package head

import (
	"context"
	"fmt"
)

// CrossData is what cross-validation needs to know of the samples.
type CrossData struct {
	Train Data
	// Held [N,D] holds the features that held-out samples are measured on: the
	// evaluation view of the same N samples. nil means Train.Views[0].
	Held   []float32
	Folds  int    // at least 2
	Groups []int  // as in [Folds]; nil for none
	Seed   uint64 // of the folds
}

// Cross is a cross-validation: each sample measured by a head that was trained
// without it.
type Cross struct {
	Fold   []int     // [N], the fold that each sample was held out in
	Logits []float32 // [N,C], of the head that was trained without the sample
	// Acc and Loss are the accuracy and mean loss on each held-out fold.
	Acc, Loss []float64
}

// CrossValidate trains one head a fold, on all others, and measures it on the
// fold after the last epoch: no epoch is chosen on held-out samples, so nothing
// flatters. Patience is ignored for the same reason. workers (0 means
// GOMAXPROCS) does not change the result.
func CrossValidate(ctx context.Context, data CrossData, classes int, opt Options, workers int) (*Cross, error) {
	f, err := newFolding(&data, classes, []Options{opt})
	if err != nil {
		return nil, fmt.Errorf("head: cross-validate: %w", err)
	}
	n := len(data.Train.Labels)
	c := &Cross{
		Fold: f.fold, Logits: make([]float32, n*classes),
		Acc: make([]float64, data.Folds), Loss: make([]float64, data.Folds),
	}
	err = parallel(ctx, data.Folds, workers, func(ctx context.Context, k int) error {
		t := f.task(k, len(data.Train.Views))
		r, err := t.fit(ctx, &opt, nil)
		if err != nil {
			return fmt.Errorf("fold %d: %w", k, err)
		}
		c.Acc[k], c.Loss[k] = r.BestValAcc, r.BestValLoss
		for _, i := range t.valRows {
			r.Head.Logits(c.Logits[int(i)*classes:][:classes], f.held.Views[0][int(i)*f.width:][:f.width])
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("head: cross-validate: %w", err)
	}
	return c, nil
}

// folding is checked data, dealt into folds.
type folding struct {
	train, held    Data
	fold           []int
	classes, width int
}

// newFolding checks data and options, and turns off the options' patience.
func newFolding(data *CrossData, classes int, opts []Options) (*folding, error) {
	for i := range opts {
		if err := opts[i].check(classes); err != nil {
			return nil, err
		}
		opts[i].Patience = 0
	}
	f := &folding{train: data.Train, held: data.Train, classes: classes}
	if data.Held != nil {
		f.held.Views = [][]float32{data.Held}
	}
	var err error
	if f.width, err = checkData(&f.train, &f.held, classes); err != nil {
		return nil, err
	}
	f.fold, err = Folds(data.Train.Labels, data.Groups, data.Folds, data.Seed)
	return f, err
}

// task is the training that holds fold k out, on the first so many views.
func (f *folding) task(k, views int) *task {
	t := &task{trainData: f.train, valData: f.held, classes: f.classes, width: f.width, keep: lastEpoch}
	t.trainData.Views = t.trainData.Views[:views]
	for i, fold := range f.fold {
		if fold == k {
			t.valRows = append(t.valRows, int32(i))
		} else {
			t.trainRows = append(t.trainRows, int32(i))
		}
	}
	return t
}
