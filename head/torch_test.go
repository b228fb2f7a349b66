package head

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// torchRun is a case of testdata/sgd.json, which sgd.py writes with PyTorch.
type torchRun struct {
	Name           string
	Hidden         int
	LR, Momentum   float64
	Nesterov       bool
	WeightDecay    float64   `json:"weight_decay"`
	LabelSmoothing float64   `json:"label_smoothing"`
	ClassWeights   []float64 `json:"class_weights"`
	Step, Batch    int
	Gamma          float64
	X              []float32
	Y              []int32
	Start          [][]float32 // the parameters, from the features on
	Order          [][]int32
	Loss           []float64     // [epochs], after each
	End            [][][]float32 // [epochs], the parameters after each
}

func (r *torchRun) head() *Head {
	h := &Head{In: len(r.X) / len(r.Y), Weight: r.Start[0], Bias: r.Start[1]}
	if r.Hidden > 0 {
		h.Hidden = &Hidden{Weight: r.Start[0], Bias: r.Start[1]}
		h.Weight, h.Bias = r.Start[2], r.Start[3]
	}
	return h
}

// TestLikeTorch follows PyTorch through the options that golden/sgd.npz leaves at
// their defaults: every epoch's weights and loss, on both engines.
func TestLikeTorch(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "sgd.json"))
	if err != nil {
		t.Fatal(err)
	}
	var runs []torchRun
	if err := json.Unmarshal(raw, &runs); err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		for _, engine := range []Engine{Fused, Gorgonia} {
			t.Run(r.Name+"/"+string(engine), func(t *testing.T) { r.follow(t, engine) })
		}
	}
}

func (r *torchRun) follow(t *testing.T, engine Engine) {
	near := func(what string, epoch int, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-5) {
			t.Errorf("epoch %d: %s is %.9g, PyTorch's %.9g", epoch, what, got, want)
		}
	}
	opt := Options{
		Epochs: len(r.End), Batch: r.Batch, LR: r.LR, Step: r.Step, Gamma: r.Gamma, Momentum: r.Momentum, Nesterov: r.Nesterov,
		WeightDecay: r.WeightDecay, LabelSmoothing: r.LabelSmoothing, ClassWeights: r.ClassWeights,
		Hidden: r.Hidden, Engine: engine, init: r.head(),
		order: func(e int) []int32 { return r.Order[e] },
	}
	data := Data{Views: [][]float32{r.X}, Labels: r.Y}
	result, err := Fit(context.Background(), data, data, 3, opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	eng, h := newEngine(opt.init, &opt), opt.init.clone()
	for e, epoch := range result.History {
		near("loss", e, epoch.ValLoss, r.Loss[e])
		if _, err := eng.train(r.X, r.Y, r.Order[e], epoch.LR); err != nil {
			t.Fatal(err)
		}
		eng.copyTo(h)
		for l, layer := range h.linears() {
			for i, w := range layer.weight {
				near("weight", e, float64(w), float64(r.End[e][2*l][i]))
			}
			for i, b := range layer.bias {
				near("bias", e, float64(b), float64(r.End[e][2*l+1][i]))
			}
		}
	}
}
