package head

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
)

// slabs serves data in memory as blocks of the given sizes.
type slabs struct {
	Data
	sizes []int
	width int
	fail  error
}

func (s *slabs) Blocks() int    { return len(s.sizes) }
func (s *slabs) Rows(b int) int { return s.sizes[b] }
func (s *slabs) Views() int     { return len(s.Data.Views) }

func (s *slabs) Read(_ context.Context, b, view int, x []float32, labels []int32) error {
	from := 0
	for _, n := range s.sizes[:b] {
		from += n
	}
	copy(x, s.Data.Views[view][from*s.width:])
	copy(labels, s.Labels[from:])
	return s.fail
}

func TestFitSourceOneBlockIsFit(t *testing.T) {
	train, val := blobs(1, 15, 2, 16, 3, 2), blobs(2, 10, 2, 16, 1, 2)
	opt := DefaultOptions()
	want, err := Fit(context.Background(), train, val, 2, opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := FitSource(context.Background(), Sources{
		Train: &slabs{Data: train, sizes: []int{30}, width: 16}, Val: &slabs{Data: val, sizes: []int{7, 13}, width: 16},
		Width: 16, Classes: 2, Rows: 1,
	}, opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Head.Weight, want.Head.Weight) || got.BestEpoch != want.BestEpoch {
		t.Error("one block differs from Fit")
	}
	for e, ep := range got.History {
		w := want.History[e]
		// Validation losses are added a block at a time.
		if ep.TrainLoss != w.TrainLoss || ep.ValAcc != w.ValAcc || math.Abs(ep.ValLoss-w.ValLoss) > 1e-15 {
			t.Errorf("epoch %d: %+v, Fit's %+v", e, ep, w)
		}
	}
}

func TestFitSourceBlocks(t *testing.T) {
	train, val := blobs(1, 50, 2, 16, 2, 2), blobs(2, 10, 2, 16, 1, 2)
	opt := DefaultOptions()
	sizes := []int{9, 20, 11, 20, 1, 19, 20}
	heads := map[int]*Head{}
	for _, rows := range []int{1, 25, 1000} {
		data := Sources{
			Train: &slabs{Data: train, sizes: sizes, width: 16}, Val: &slabs{Data: val, sizes: []int{20}, width: 16},
			Width: 16, Classes: 2, Rows: rows,
		}
		var two [2]*Head
		for i := range two {
			p, err := newSourcePasses(&data)
			if err != nil {
				t.Fatal(err)
			}
			if want := min(100, max(20, rows)); len(p.labels) != want {
				t.Errorf("rows %d: a buffer of %d samples, want %d", rows, len(p.labels), want)
			}
			// Every sample is met once an epoch.
			seen, err := p.train(context.Background(), newFused(newHead(16, 0, 2, 1), &opt), &opt, 1, 0.01)
			if err != nil || seen.n != 100 {
				t.Fatalf("rows %d: %d samples, %v; want 100", rows, seen.n, err)
			}
			r, err := FitSource(context.Background(), data, opt, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.BestValAcc < 0.9 {
				t.Errorf("rows %d: accuracy %v on separable data", rows, r.BestValAcc)
			}
			two[i] = r.Head
		}
		if !slices.Equal(two[0].Weight, two[1].Weight) {
			t.Errorf("rows %d: two runs differ", rows)
		}
		heads[rows] = two[0]
	}
	if slices.Equal(heads[1].Weight, heads[1000].Weight) {
		t.Error("a portion of all blocks is not shuffled as a whole")
	}
}

func TestFitSourceRefuses(t *testing.T) {
	nan := blobs(1, 5, 2, 16, 1, 1)
	nan.Views[0][100] = float32(math.NaN())
	broken := errors.New("broken")
	good := func() *slabs { return &slabs{Data: blobs(1, 5, 2, 16, 1, 1), sizes: []int{4, 6}, width: 16} }
	for name, c := range map[string]struct {
		train *slabs
		width int
		want  error
	}{
		"no blocks":   {&slabs{Data: good().Data, width: 16}, 16, errOptions},
		"empty block": {&slabs{Data: good().Data, sizes: []int{10, 0}, width: 16}, 16, errOptions},
		"no views":    {&slabs{sizes: []int{10}, width: 16}, 16, errOptions},
		"no width":    {good(), 0, errOptions},
		"NaN":         {&slabs{Data: nan, sizes: []int{4, 6}, width: 16}, 16, errOptions},
		"read":        {&slabs{Data: good().Data, sizes: []int{4, 6}, width: 16, fail: fmt.Errorf("disk: %w", broken)}, 16, broken},
	} {
		if _, err := FitSource(context.Background(), Sources{c.train, good(), c.width, 2, 10}, DefaultOptions(), nil); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}
