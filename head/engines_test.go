package head

import (
	"context"
	"math"
	"testing"
)

// TestEnginesAgree holds the hand-made gradients against gorgonia's, under
// every option that changes them.
func TestEnginesAgree(t *testing.T) {
	train, val := blobs(1, 9, 3, 20, 2, 1.5), blobs(2, 9, 3, 20, 1, 1.5)
	train.Labels[0], train.Labels[1] = 2, 2 // unequal classes
	for name, set := range map[string]func(*Options){
		"plain":         func(*Options) {},
		"batch 1":       func(o *Options) { o.Batch = 1 },
		"batch 8":       func(o *Options) { o.Batch = 8 },
		"one batch":     func(o *Options) { o.Batch = 100 },
		"no momentum":   func(o *Options) { o.Momentum = 0 },
		"nesterov":      func(o *Options) { o.Nesterov = true },
		"weight decay":  func(o *Options) { o.WeightDecay = 0.1 },
		"smoothing":     func(o *Options) { o.LabelSmoothing = 0.2 },
		"class weights": func(o *Options) { o.ClassWeights = []float64{0.5, 2, 1} },
		"hidden":        func(o *Options) { o.Hidden = 7 },
		"all": func(o *Options) {
			o.Batch, o.Nesterov, o.WeightDecay, o.LabelSmoothing, o.Hidden = 5, true, 0.05, 0.1, 16
			o.ClassWeights = BalancedWeights(train.Labels, 3)
		},
	} {
		t.Run(name, func(t *testing.T) {
			opt := DefaultOptions()
			opt.Epochs, opt.Step, opt.LR = 6, 2, 0.01
			set(&opt)
			var got [2]*Result
			for i, e := range []Engine{Fused, Gorgonia} {
				opt.Engine = e
				r, err := Fit(context.Background(), train, val, 3, opt, nil)
				if err != nil {
					t.Fatal(err)
				}
				got[i] = r
			}
			near := func(what string, a, b float64) {
				if !(math.Abs(a-b) <= 1e-5) {
					t.Errorf("%s: fused %v, gorgonia %v", what, a, b)
				}
			}
			for e, a := range got[0].History {
				b := got[1].History[e]
				near("train loss", a.TrainLoss, b.TrainLoss)
				near("train acc", a.TrainAcc, b.TrainAcc)
				near("val loss", a.ValLoss, b.ValLoss)
				near("val acc", a.ValAcc, b.ValAcc)
			}
			others := got[1].Head.linears()
			for l, layer := range got[0].Head.linears() {
				for i, w := range layer.weight {
					near("weight", float64(w), float64(others[l].weight[i]))
				}
				for i, b := range layer.bias {
					near("bias", float64(b), float64(others[l].bias[i]))
				}
			}
		})
	}
}

// TestCriterionGradient compares the gradient with differences of the loss.
func TestCriterionGradient(t *testing.T) {
	for _, smoothing := range []float64{0, 0.3} {
		c := newCriterion(3, []float64{0.5, 2, 1}, smoothing)
		logits := []float32{0.5, -1, 2}
		for y := range int32(3) {
			grad := make([]float32, 3)
			c.gradient(grad, logits, y, 1)
			for k := range logits {
				const h = 1.0 / 1024
				up, down := append([]float32(nil), logits...), append([]float32(nil), logits...)
				up[k] += h
				down[k] -= h
				lu, _, _ := c.loss(up, y)
				ld, _, _ := c.loss(down, y)
				if want := (lu - ld) / (2 * h); math.Abs(float64(grad[k])-want) > 1e-6 {
					t.Errorf("smoothing %v, class %d, logit %d: gradient %v, differences %v", smoothing, y, k, grad[k], want)
				}
			}
		}
	}
}
