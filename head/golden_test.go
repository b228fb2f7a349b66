package head

import (
	"context"
	"math"
	"slices"
	"testing"

	"codeberg.org/sbinet/npyio/npz"

	"featurecache/testdata"
)

// golden is golden/sgd.npz: 25 epochs of PyTorch's SGD and StepLR.
type golden struct {
	train, val Data
	start      *Head
	order      [][]int32
	log        []float64 // [25,5]
	w, b       []float32 // [25,3,512], [25,3]
}

func loadGolden(tb testing.TB) *golden {
	tb.Helper()
	r, err := npz.Open(testdata.Shared(tb, "golden", "sgd.npz"))
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Close()
	read := func(name string, ptr any) {
		if err := r.Read(name+".npy", ptr); err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
	}
	var g golden
	var trainX, valX, w0, b0 []float32
	var trainY, valY, order []int64
	read("train_x", &trainX)
	read("val_x", &valX)
	read("train_y", &trainY)
	read("val_y", &valY)
	read("w0", &w0)
	read("b0", &b0)
	read("order", &order)
	read("log", &g.log)
	read("w", &g.w)
	read("b", &g.b)
	g.train = Data{Views: [][]float32{trainX}, Labels: narrow(trainY)}
	g.val = Data{Views: [][]float32{valX}, Labels: narrow(valY)}
	g.start = &Head{In: 512, Weight: w0, Bias: b0}
	for n := len(trainY); len(order) > 0; order = order[n:] {
		g.order = append(g.order, narrow(order[:n]))
	}
	return &g
}

func narrow(v []int64) []int32 {
	out := make([]int32, len(v))
	for i, x := range v {
		out[i] = int32(x)
	}
	return out
}

// TestGolden follows PyTorch through every epoch's losses, accuracies and
// weights.
func TestGolden(t *testing.T) {
	g := loadGolden(t)
	for _, engine := range []Engine{Fused, Gorgonia} {
		t.Run(string(engine), func(t *testing.T) {
			opt := DefaultOptions()
			opt.Engine = engine
			opt.init = g.start
			opt.order = func(e int) []int32 { return g.order[e] }
			var worst float64
			near := func(what string, epoch int, got, want float64) {
				worst = max(worst, math.Abs(got-want))
				if !(math.Abs(got-want) <= 1e-5) {
					t.Errorf("epoch %d: %s is %.9g, PyTorch's %.9g", epoch, what, got, want)
				}
			}
			r, err := Fit(context.Background(), g.train, g.val, 3, opt, func(e Epoch) {
				log := g.log[5*e.Epoch:]
				near("lr", e.Epoch, e.LR, log[0])
				near("train loss", e.Epoch, e.TrainLoss, log[1])
				near("train acc", e.Epoch, e.TrainAcc, log[2])
				near("val loss", e.Epoch, e.ValLoss, log[3])
				near("val acc", e.Epoch, e.ValAcc, log[4])
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.History) != 25 {
				t.Fatalf("%d epochs, want 25", len(r.History))
			}
			// Fit keeps the best epoch's weights only, so the weights after each
			// epoch come from the engine itself.
			eng := newEngine(g.start, &opt)
			h := g.start.clone()
			for e := range 25 {
				if _, err := eng.train(g.train.Views[0], g.train.Labels, g.order[e], g.log[5*e]); err != nil {
					t.Fatal(err)
				}
				eng.copyTo(h)
				for i, w := range h.Weight {
					near("weight", e, float64(w), float64(g.w[e*len(h.Weight)+i]))
				}
				for i, b := range h.Bias {
					near("bias", e, float64(b), float64(g.b[e*len(h.Bias)+i]))
				}
				if e == r.BestEpoch && !slices.Equal(h.Weight, r.Head.Weight) {
					t.Errorf("epoch %d: the result's weights are not the best epoch's", e)
				}
			}
			t.Logf("largest difference %.2g", worst)
		})
	}
}
