package head

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"
)

// useProcessors sets the number of trainings that run at a time, until t ends.
func useProcessors(t *testing.T, n int) {
	before := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

func TestFitSeeds(t *testing.T) {
	train, val := blobs(1, 20, 2, 32, 2, 3), blobs(2, 20, 2, 32, 1, 3)
	opt := DefaultOptions()
	opt.Epochs, opt.Seed = 5, 10
	const n = 7
	var first *Seeds
	for _, workers := range []int{1, 2, 5} {
		calls := 0
		useProcessors(t, workers)
		s, err := FitSeeds(context.Background(), train, val, 2, opt, n, func(*Result) { calls++ })
		if err != nil {
			t.Fatal(err)
		}
		if calls != n || len(s.Results) != n {
			t.Fatalf("%d workers: %d calls and %d results, want %d", workers, calls, len(s.Results), n)
		}
		if first == nil {
			first = s
		}
		if s.Kept != first.Kept || s.Summary != first.Summary {
			t.Errorf("%d workers: kept %d, %+v; one worker: kept %d, %+v", workers, s.Kept, s.Summary, first.Kept, first.Summary)
		}
		for i, r := range s.Results {
			o := opt
			o.Seed = 10 + uint64(i)
			alone, err := Fit(context.Background(), train, val, 2, o, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Seed != o.Seed || !slices.Equal(r.Head.Weight, alone.Head.Weight) || !slices.Equal(r.History, alone.History) {
				t.Errorf("%d workers: result %d is not seed %d's", workers, i, o.Seed)
			}
		}
	}
}

func TestFitSeedsErrors(t *testing.T) {
	d := blobs(1, 5, 2, 16, 1, 1)
	if _, err := FitSeeds(context.Background(), d, d, 2, DefaultOptions(), 0, nil); !errors.Is(err, errOptions) {
		t.Errorf("no seeds: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err := FitSeeds(ctx, d, d, 2, DefaultOptions(), 50, func(*Result) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		acc, loss []float64
		want      int
	}{
		{[]float64{.5}, []float64{1}, 0},
		{[]float64{.9, .1, .5}, []float64{1, 1, 1}, 2},
		{[]float64{.9, .1, .5, .6}, []float64{1, 1, 1, 1}, 2},        // the lower middle
		{[]float64{.5, .5, .5}, []float64{.3, .1, .2}, 2},            // the middle loss
		{[]float64{.5, .5, .5, .5}, []float64{.1, .2, .3, .4}, 2},    // the worse of two middles
		{[]float64{.5, .5, .5, .5}, []float64{.2, .2, .2, .2}, 1},    // then by seed
		{[]float64{.5, .9, .9, .9, .4}, []float64{1, 3, 2, 1, 1}, 1}, // .4 .5 (.9 with 3)
	} {
		results := make([]*Result, len(c.acc))
		for i := range results {
			results[i] = &Result{BestValAcc: c.acc[i], BestValLoss: c.loss[i]}
		}
		if got := median(results); got != c.want {
			t.Errorf("accuracies %v, losses %v: kept %d, want %d", c.acc, c.loss, got, c.want)
		}
	}
}

func TestSummary(t *testing.T) {
	results := []*Result{{BestValAcc: .94}, {BestValAcc: .95}, {BestValAcc: .97}, {BestValAcc: .95}}
	got := summarise(results)
	// Low and High: the roots of (m-x)² = t²·(sd²/n)/(m(1-m))·x(1-x), by numpy.roots, with
	// t = scipy.stats.t.ppf(.975, 3).
	want := Summary{Seeds: 4, Mean: .9525, SD: 0.01258306, Min: .94, Max: .97, Low: 0.9281990, High: 0.9688523}
	for _, p := range [][2]float64{{got.Mean, want.Mean}, {got.SD, want.SD}, {got.Low, want.Low}, {got.High, want.High}} {
		if math.Abs(p[0]-p[1]) > 1e-7 {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if one := summarise(results[:1]); one.SD != 0 || one.Low != 0 || one.High != 1 {
		t.Errorf("one seed: %+v", one)
	}
}

// BenchmarkSeeds is 100 seeds on data of ants and bees' size.
func BenchmarkSeeds(b *testing.B) {
	train, val := blobs(1, 122, 2, 512, 25, 8), blobs(2, 76, 2, 512, 1, 8)
	for b.Loop() {
		if _, err := FitSeeds(context.Background(), train, val, 2, DefaultOptions(), 100, nil); err != nil {
			b.Fatal(err)
		}
	}
}
