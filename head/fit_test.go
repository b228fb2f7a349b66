package head

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// blobs makes n samples of each class: noise around a random centre a class.
func blobs(seed uint64, n, classes, width, views int, spread float64) Data {
	rnd := rand.New(rand.NewPCG(7, 7))
	centres := make([]float64, classes*width)
	for i := range centres {
		centres[i] = rnd.NormFloat64()
	}
	rnd = rand.New(rand.NewPCG(seed, 1))
	d := Data{Views: make([][]float32, views), Labels: make([]int32, n*classes)}
	for i := range d.Labels {
		d.Labels[i] = int32(i % classes)
	}
	for k := range d.Views {
		x := make([]float32, len(d.Labels)*width)
		for i := range x {
			c := int(d.Labels[i/width])
			x[i] = float32(centres[c*width+i%width] + spread*rnd.NormFloat64())
		}
		d.Views[k] = x
	}
	return d
}

func TestFitLearns(t *testing.T) {
	train, val := blobs(1, 20, 3, 33, 2, 2), blobs(2, 20, 3, 33, 1, 2)
	opt := DefaultOptions()
	var seen []Epoch
	r, err := Fit(context.Background(), train, val, 3, opt, func(e Epoch) { seen = append(seen, e) })
	if err != nil {
		t.Fatal(err)
	}
	if r.BestValAcc < 0.9 {
		t.Errorf("best validation accuracy %v on separable data", r.BestValAcc)
	}
	if !slices.Equal(seen, r.History) || len(seen) != opt.Epochs {
		t.Errorf("onEpoch saw %d epochs, the history has %d", len(seen), len(r.History))
	}
	for e, ep := range r.History {
		if ep.ValAcc > r.BestValAcc || ep.ValAcc == r.BestValAcc && e < r.BestEpoch {
			t.Errorf("epoch %d is better than the best, %d", e, r.BestEpoch)
		}
	}
	// The head is the best epoch's: it measures what the history says.
	logits := make([]float32, len(val.Labels)*3)
	r.Head.Logits(logits, val.Views[0])
	c := newCriterion(3, nil, 0)
	var all tally
	for i, y := range val.Labels {
		loss, _, argmax := c.loss(logits[3*i:][:3], y)
		all.add(loss, 1, int32(argmax) == y)
	}
	if loss, acc := all.mean(); loss != r.BestValLoss || acc != r.BestValAcc {
		t.Errorf("the head has loss %v and accuracy %v, the result says %v and %v", loss, acc, r.BestValLoss, r.BestValAcc)
	}
}

func TestFitSameSeedSameBits(t *testing.T) {
	train, val := blobs(1, 11, 2, 40, 3, 1), blobs(2, 5, 2, 40, 1, 1)
	opt := DefaultOptions()
	opt.Seed = 5
	fit := func(opt Options) *Head {
		r, err := Fit(context.Background(), train, val, 2, opt, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r.Head
	}
	a, b := fit(opt), fit(opt)
	if !slices.Equal(a.Weight, b.Weight) || !slices.Equal(a.Bias, b.Bias) {
		t.Error("two runs differ")
	}
	opt.Seed = 6
	if c := fit(opt); slices.Equal(a.Weight, c.Weight) {
		t.Error("two seeds agree")
	}
}

// TestFitUsesEachView trains on the second view in the second epoch.
func TestFitUsesEachView(t *testing.T) {
	train, val := blobs(1, 10, 2, 16, 2, 1), blobs(2, 5, 2, 16, 1, 1)
	opt := DefaultOptions()
	opt.Epochs = 2
	both, err := Fit(context.Background(), train, val, 2, opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	train.Views = train.Views[:1]
	one, err := Fit(context.Background(), train, val, 2, opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	if both.History[0] != one.History[0] || both.History[1] == one.History[1] {
		t.Errorf("with two views %+v, with one %+v", both.History, one.History)
	}
}

func TestFitEdges(t *testing.T) {
	small := blobs(1, 1, 2, 16, 1, 1) // fewer samples than a batch
	oneClass := Data{Views: small.Views, Labels: []int32{1, 1}}
	huge := blobs(1, 4, 2, 16, 1, 1)
	for i := range huge.Views[0] {
		huge.Views[0][i] *= 1e15
	}
	balanced := func(o *Options) { o.ClassWeights = BalancedWeights(oneClass.Labels, 2) }
	for name, c := range map[string]struct {
		train   Data
		classes int
		set     func(*Options)
	}{
		"fewer than a batch":       {small, 2, nil},
		"one class present":        {oneClass, 2, nil},
		"one class, balanced":      {oneClass, 2, balanced},
		"huge features":            {huge, 2, nil},
		"all class weights 0":      {small, 2, func(o *Options) { o.ClassWeights = []float64{0, 0} }},
		"full smoothing":           {small, 2, func(o *Options) { o.LabelSmoothing = 1 }},
		"learning rate 0":          {small, 2, func(o *Options) { o.LR = 0 }},
		"momentum 0":               {small, 2, func(o *Options) { o.Momentum = 0 }},
		"batch beyond the data":    {small, 2, func(o *Options) { o.Batch = math.MaxInt }},
		"a class without samples":  {small, 3, nil},
		"learning rate never down": {small, 2, func(o *Options) { o.Step = 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			for _, engine := range []Engine{Fused, Gorgonia} {
				opt := DefaultOptions()
				opt.Engine = engine
				if c.set != nil {
					c.set(&opt)
				}
				r, err := Fit(context.Background(), c.train, c.train, c.classes, opt, nil)
				if err != nil {
					t.Fatalf("%s: %v", engine, err)
				}
				if i := firstNonFinite(r.Head.Weight); i >= 0 {
					t.Errorf("%s: weight %d is %v", engine, i, r.Head.Weight[i])
				}
			}
		})
	}
}

func TestFitRefuses(t *testing.T) {
	nan := float32(math.NaN())
	for name, change := range map[string]func(train, val *Data, o *Options){
		"epochs":          func(_, _ *Data, o *Options) { o.Epochs = 0 },
		"batch":           func(_, _ *Data, o *Options) { o.Batch = 0 },
		"negative rate":   func(_, _ *Data, o *Options) { o.LR = -1 },
		"NaN rate":        func(_, _ *Data, o *Options) { o.LR = math.NaN() },
		"infinite decay":  func(_, _ *Data, o *Options) { o.WeightDecay = math.Inf(1) },
		"step":            func(_, _ *Data, o *Options) { o.Step = -1 },
		"nesterov":        func(_, _ *Data, o *Options) { o.Nesterov, o.Momentum = true, 0 },
		"smoothing":       func(_, _ *Data, o *Options) { o.LabelSmoothing = 1.1 },
		"class weights":   func(_, _ *Data, o *Options) { o.ClassWeights = []float64{1} },
		"negative weight": func(_, _ *Data, o *Options) { o.ClassWeights = []float64{1, -1} },
		"patience":        func(_, _ *Data, o *Options) { o.Patience = -1 },
		"hidden":          func(_, _ *Data, o *Options) { o.Hidden = -1 },
		"engine":          func(_, _ *Data, o *Options) { o.Engine = "steam" },
		"no samples":      func(d, _ *Data, _ *Options) { d.Labels = nil },
		"no view":         func(_, d *Data, _ *Options) { d.Views = nil },
		"empty view":      func(d, _ *Data, _ *Options) { d.Views[0] = nil },
		"ragged view":     func(d, _ *Data, _ *Options) { d.Views[1] = d.Views[1][1:] },
		"label":           func(d, _ *Data, _ *Options) { d.Labels[0] = 2 },
		"negative label":  func(_, d *Data, _ *Options) { d.Labels[0] = -1 },
		"NaN":             func(d, _ *Data, _ *Options) { d.Views[1][7] = nan },
		"widths":          func(_, d *Data, _ *Options) { *d = blobs(2, 3, 2, 15, 1, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			train, val, opt := blobs(1, 3, 2, 16, 2, 1), blobs(2, 3, 2, 16, 1, 1), DefaultOptions()
			change(&train, &val, &opt)
			if r, err := Fit(context.Background(), train, val, 2, opt, nil); !errors.Is(err, errOptions) {
				t.Errorf("got %v, %v; want errOptions", r, err)
			}
		})
	}
	train := blobs(1, 3, 2, 16, 1, 1)
	if _, err := Fit(context.Background(), train, train, 1, DefaultOptions(), nil); !errors.Is(err, errOptions) {
		t.Errorf("one class: got %v; want errOptions", err)
	}
}

func TestFitDiverges(t *testing.T) {
	train := blobs(1, 10, 2, 16, 1, 1)
	for i := range train.Views[0] {
		train.Views[0][i] *= 1e30
	}
	for _, engine := range []Engine{Fused, Gorgonia} {
		opt := DefaultOptions()
		opt.LR, opt.Engine = 1e30, engine
		if _, err := Fit(context.Background(), train, train, 2, opt, nil); !errors.Is(err, errDiverged) {
			t.Errorf("%s: got %v; want errDiverged", engine, err)
		}
	}
}

func TestFitCancelled(t *testing.T) {
	train := blobs(1, 10, 2, 16, 1, 1)
	ctx, cancel := context.WithCancel(context.Background())
	epochs := 0
	_, err := Fit(ctx, train, train, 2, DefaultOptions(), func(Epoch) {
		if epochs++; epochs == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || epochs != 3 {
		t.Errorf("%v after %d epochs; want context.Canceled after 3", err, epochs)
	}
}

func TestPatience(t *testing.T) {
	for _, c := range []struct {
		epochs int
		delta  float64
		accs   []float64
		want   int // epochs until the stop; 0 for none
	}{
		{0, 0, []float64{.5, .5, .5, .5}, 0},
		{2, 0, []float64{.5, .6, .6, .6, .7}, 4},
		{2, 0, []float64{.5, .6, .6, .61, .6, .7}, 0},
		{2, 0.05, []float64{.5, .52, .54, .9}, 3},
		{2, 0.05, []float64{.5, .52, .56, .9}, 0},
		{1, 0, []float64{0, 0}, 2},
	} {
		p := patience{epochs: c.epochs, delta: c.delta}
		got := 0
		for i, acc := range c.accs {
			if p.after(acc) {
				got = i + 1
				break
			}
		}
		if got != c.want {
			t.Errorf("patience %d, delta %v, %v: stopped after %d, want %d", c.epochs, c.delta, c.accs, got, c.want)
		}
	}
}

// BenchmarkStep is one training step of a 512→2 head at batch 4.
func BenchmarkStep(b *testing.B) {
	train := blobs(1, 122, 2, 512, 1, 1)
	rows := allRows(len(train.Labels))
	newStream(1, streamOrder, 0).shuffle(rows)
	for _, engine := range []Engine{Fused, Gorgonia} {
		b.Run(string(engine), func(b *testing.B) {
			opt := DefaultOptions()
			opt.Engine = engine
			eng := newEngine(newHead(512, 0, 2, 1), &opt)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				at := 4 * (i % 61)
				if _, err := eng.train(train.Views[0], train.Labels, rows[at:at+4], 0.001); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFit is the tutorial's whole training on data of ants and bees' size.
func BenchmarkFit(b *testing.B) {
	train, val := blobs(1, 122, 2, 512, 25, 8), blobs(2, 76, 2, 512, 1, 8)
	opt := DefaultOptions()
	best := math.Inf(1)
	for b.Loop() {
		r, err := Fit(context.Background(), train, val, 2, opt, nil)
		if err != nil {
			b.Fatal(err)
		}
		best = min(best, r.TrainSeconds)
	}
	b.ReportMetric(best*1e3, "train-ms-min")
}
