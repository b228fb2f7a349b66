package head

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFoldsStratified(t *testing.T) {
	labels := make([]int32, 103)
	for i := range labels {
		labels[i] = int32(i * i % 3)
	}
	const k = 5
	fold, err := folds(labels, nil, k, 1)
	if err != nil {
		t.Fatal(err)
	}
	var total [k]int
	var count [3][k]int
	for i, f := range fold {
		total[f]++
		count[labels[i]][f]++
	}
	for _, c := range append(count[:], total) {
		if slices.Max(c[:])-slices.Min(c[:]) > 1 {
			t.Errorf("uneven folds: %v", c)
		}
	}
	again, _ := folds(labels, nil, k, 1)
	other, _ := folds(labels, nil, k, 2)
	if !slices.Equal(fold, again) || slices.Equal(fold, other) {
		t.Error("the seed does not decide")
	}
}

func TestFoldsKeepGroups(t *testing.T) {
	labels, groups := make([]int32, 60), make([]int, 60)
	for i := range labels {
		groups[i] = 1000 - i%13
		labels[i] = int32(groups[i] % 2)
	}
	fold, err := folds(labels, groups, 4, 7)
	if err != nil {
		t.Fatal(err)
	}
	of := map[int]int{}
	for i, f := range fold {
		if seen, ok := of[groups[i]]; ok && seen != f {
			t.Errorf("group %d is in folds %d and %d", groups[i], seen, f)
		}
		of[groups[i]] = f
	}
	for f := range 4 {
		if !slices.Contains(fold, f) {
			t.Errorf("fold %d is empty", f)
		}
	}
}

func TestFoldsRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		groups []int
		k      int
	}{
		"one fold":        {nil, 1},
		"too many":        {nil, 5},
		"too few groups":  {[]int{1, 1, 2, 2}, 3},
		"groups too few":  {[]int{1, 2}, 2},
		"negative number": {nil, -1},
	} {
		if _, err := folds([]int32{0, 1, 0, 1}, c.groups, c.k, 0); !errors.Is(err, errOptions) {
			t.Errorf("%s: got %v, want errOptions", name, err)
		}
	}
}

// heldOut trains, for each fold, with [Fit] on copies of the other folds' samples,
// and returns the accuracy and loss on the fold after the last epoch.
func heldOut(t *testing.T, data CrossData, classes int, opt Options) (acc, loss []float64) {
	t.Helper()
	fold, err := folds(data.Train.Labels, data.Groups, data.Folds, data.Seed)
	if err != nil {
		t.Fatal(err)
	}
	held := data.Held
	if held == nil {
		held = data.Train.Views[0]
	}
	width := len(held) / len(fold)
	row := func(x []float32, i int) []float32 { return x[i*width:][:width] }
	for k := range data.Folds {
		train, val := Data{Views: make([][]float32, len(data.Train.Views))}, Data{Views: make([][]float32, 1)}
		for i, y := range data.Train.Labels {
			if fold[i] == k {
				val.Labels = append(val.Labels, y)
				val.Views[0] = append(val.Views[0], row(held, i)...)
				continue
			}
			train.Labels = append(train.Labels, y)
			for v, x := range data.Train.Views {
				train.Views[v] = append(train.Views[v], row(x, i)...)
			}
		}
		r, err := Fit(context.Background(), train, val, classes, opt, nil)
		if err != nil {
			t.Fatal(err)
		}
		last := r.History[len(r.History)-1]
		acc, loss = append(acc, last.ValAcc), append(loss, last.ValLoss)
	}
	return acc, loss
}

// TestSweepFolds: a row has the figures of trainings on copies of the folds.
func TestSweepFolds(t *testing.T) {
	d := blobs(1, 15, 3, 32, 2, 2)
	opt := DefaultOptions()
	opt.Epochs = 6
	groups := make([]int, len(d.Labels))
	for i := range groups {
		groups[i] = i / 2
	}
	for name, data := range map[string]CrossData{
		"evaluation view": {Train: d, Held: blobs(2, 15, 3, 32, 1, 2).Views[0], Folds: 4},
		"first view":      {Train: d, Folds: 3, Seed: 5},
		"groups":          {Train: d, Folds: 3, Groups: groups},
	} {
		impatient := opt
		impatient.Patience = 1 // is ignored
		rows, err := Sweep(context.Background(), data, 3, impatient, []Candidate{{LR: 0.001, Batch: 4, Views: 2}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		acc, loss := heldOut(t, data, 3, opt)
		if !slices.Equal(rows[0].Folds, acc) {
			t.Errorf("%s: the sweep's accuracies are %v, those on copies %v", name, rows[0].Folds, acc)
		}
		if mean, _ := meanSD(loss); math.Abs(rows[0].Loss-mean) > 1e-12 {
			t.Errorf("%s: the sweep's loss is %v, that on copies %v", name, rows[0].Loss, mean)
		}
	}
}

func TestSpace(t *testing.T) {
	s := Space{LR: []float64{1e-4, 1e-2}, WeightDecay: []float64{0, 0.1}, Batch: []int{4, 8, 16}, Hidden: []int{0}, Views: []int{1, 2}}
	grid := s.Grid()
	if len(grid) != 24 || grid[0] == grid[1] || grid[1] != (Candidate{1e-4, 0, 4, 0, 2}) {
		t.Errorf("grid of %d: %v", len(grid), grid)
	}
	all := s.Random(200, 3)
	if !slices.Equal(all, s.Random(200, 3)) || slices.Equal(all, s.Random(200, 4)) {
		t.Error("the seed does not decide")
	}
	below := 0
	for _, c := range all {
		if c.LR < 1e-4 || c.LR > 1e-2 || !slices.Contains(s.WeightDecay, c.WeightDecay) || !slices.Contains(s.Batch, c.Batch) {
			t.Fatalf("outside the space: %+v", c)
		}
		if c.LR < 1e-3 {
			below++
		}
	}
	if below < 70 || below > 130 {
		t.Errorf("%d of 200 learning rates below the logarithmic middle", below)
	}
	if got := (Space{}).Random(3, 1); got != nil {
		t.Errorf("an empty space gives %v", got)
	}
}

func TestSweep(t *testing.T) {
	data := CrossData{Train: blobs(1, 20, 2, 16, 3, 4), Folds: 3}
	opt := DefaultOptions()
	opt.Epochs = 5
	candidates := []Candidate{
		{LR: 0, Batch: 4, Views: 1}, // learns nothing
		{LR: 1e30, Batch: 4, Views: 1, WeightDecay: 1e30},
		{LR: 0.01, Batch: 4, Views: 3},
		{LR: 0.01, Batch: 8, Views: 2, Hidden: 8},
	}
	var first []Row
	for _, workers := range []int{1, 4} {
		called := map[int]bool{}
		useProcessors(t, workers)
		rows, err := Sweep(context.Background(), data, 2, opt, candidates, func(r Row) { called[r.Index] = true })
		if err != nil {
			t.Fatal(err)
		}
		if len(called) != len(candidates) {
			t.Errorf("%d workers: onRow saw %v", workers, called)
		}
		for i := range rows {
			rows[i].TrainSeconds = 0
		}
		if first == nil {
			first = rows
		}
		if d := cmp.Diff(first, rows); d != "" {
			t.Errorf("workers change the result: %s", d)
		}
	}
	for i, r := range first {
		if r.Candidate != candidates[r.Index] {
			t.Errorf("row %d is not candidate %d", i, r.Index)
		}
		if i > 0 && first[i-1].Err == "" && r.Err == "" && r.Acc > first[i-1].Acc {
			t.Errorf("row %d is better than the one before", i)
		}
	}
	if last := first[3]; last.Index != 1 || last.Err == "" {
		t.Errorf("the diverged candidate is not last: %+v", first)
	}
	if first[2].Index != 0 {
		t.Errorf("a learning rate of 0 won over another: %+v", first)
	}
	// A row has its candidate's options and views.
	data.Train.Views = data.Train.Views[:2]
	acc, _ := heldOut(t, data, 2, candidates[3].Apply(opt))
	for _, r := range first {
		if r.Index == 3 && !slices.Equal(r.Folds, acc) {
			t.Errorf("the sweep's accuracies are %v, those on copies %v", r.Folds, acc)
		}
	}
}

// TestSweepTies: equal means whose sums round differently are a tie.
func TestSweepTies(t *testing.T) {
	a, b := Row{Folds: make([]float64, 3)}, Row{Folds: make([]float64, 3)}
	results := func(acc ...float64) (r []*Result) {
		for _, v := range acc {
			r = append(r, &Result{BestValAcc: v})
		}
		return r
	}
	a.fill(results(0.1, 0.2, 0.3))
	b.fill(results(0.3, 0.2, 0.1))
	if a.Acc == b.Acc {
		t.Fatal("the sums round alike: nothing is tested")
	}
	if a.rank() != b.rank() {
		t.Errorf("%v and %v rank differently", a.Acc, b.Acc)
	}
}

func TestSweepRefuses(t *testing.T) {
	data := CrossData{Train: blobs(1, 5, 2, 16, 2, 1), Folds: 2}
	for name, c := range map[string]Candidate{
		"views":    {LR: 1, Batch: 4, Views: 3},
		"no views": {LR: 1, Batch: 4},
		"batch":    {LR: 1, Views: 1},
		"rate":     {LR: -1, Batch: 4, Views: 1},
	} {
		if _, err := Sweep(context.Background(), data, 2, DefaultOptions(), []Candidate{c}, nil); !errors.Is(err, errOptions) {
			t.Errorf("%s: got %v, want errOptions", name, err)
		}
	}
}

// BenchmarkSweep is 64 candidates in 5 folds on data of ants and bees' size.
func BenchmarkSweep(b *testing.B) {
	data := CrossData{Train: blobs(1, 122, 2, 512, 25, 8), Folds: 5}
	s := Space{
		LR: []float64{1e-4, 1e-3, 1e-2, 1e-1}, WeightDecay: []float64{0, 1e-4, 1e-3, 1e-2},
		Batch: []int{4, 16}, Hidden: []int{0}, Views: []int{1, 25},
	}
	for b.Loop() {
		if _, err := Sweep(context.Background(), data, 2, DefaultOptions(), s.Grid(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
