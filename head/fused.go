package head

import "featurecache/head/kernel"

// fused trains one fully connected layer: forward, softmax cross-entropy,
// gradient and step in two passes over the weights, without allocating.
type fused struct {
	kernel         *kernel.Set
	crit           *criterion
	classes, batch int
	sgd            kernel.SGD

	head           *Head     // the weights being trained
	vWeight, vBias []float32 // their velocities
	logits, grad   []float32 // [batch,C]
	rows           []int32   // [batch], for eval
}

func newFused(start *Head, opt *Options) *fused {
	classes := len(start.Bias)
	f := &fused{
		kernel:  kernel.Best(),
		crit:    newCriterion(classes, opt.ClassWeights, opt.LabelSmoothing),
		classes: classes, batch: opt.Batch,
		head:    start.clone(),
		vWeight: make([]float32, len(start.Weight)),
		vBias:   make([]float32, classes),
		logits:  make([]float32, opt.Batch*classes),
		grad:    make([]float32, opt.Batch*classes),
		rows:    make([]int32, opt.Batch),
		sgd: kernel.SGD{
			Momentum: float32(opt.Momentum),
			Decay:    float32(opt.WeightDecay),
			Velocity: 1,
		},
	}
	if opt.Nesterov {
		f.sgd.Grad, f.sgd.Velocity = 1, f.sgd.Momentum
	}
	return f
}

func (f *fused) train(x []float32, labels, order []int32, lr float64) (tally, error) {
	f.sgd.LR = float32(lr)
	var t tally
	for len(order) > 0 {
		n := min(f.batch, len(order))
		f.step(x, labels, order[:n], &t)
		order = order[n:]
	}
	return t, nil
}

// step trains on one batch, the given rows of x.
func (f *fused) step(x []float32, labels, rows []int32, t *tally) {
	f.forward(x, rows)
	var sum float64
	for _, r := range rows {
		sum += f.crit.weight(labels[r])
	}
	scale := 0.0 // a batch that weighs nothing teaches nothing
	if sum > 0 {
		scale = 1 / sum
	}
	grad := f.grad[:len(rows)*f.classes]
	for i, r := range rows {
		at, y := i*f.classes, labels[r]
		loss, argmax := f.crit.gradient(grad[at:][:f.classes], f.logits[at:][:f.classes], y, scale)
		t.add(loss, f.crit.weight(y), int32(argmax) == y)
	}
	f.kernel.Step(f.head.Weight, f.vWeight, x, rows, grad, f.classes, f.head.In, &f.sgd)
	f.stepBias(grad)
}

// stepBias is the kernel's step for the bias, whose features are all 1.
func (f *fused) stepBias(grad []float32) {
	for c, w := range f.head.Bias {
		var g float32
		for i := c; i < len(grad); i += f.classes {
			g += grad[i]
		}
		g += float32(f.sgd.Decay * w)
		v := float32(f.sgd.Momentum*f.vBias[c]) + g
		f.vBias[c] = v
		u := float32(f.sgd.Grad*g) + float32(f.sgd.Velocity*v)
		f.head.Bias[c] = w - float32(f.sgd.LR*u)
	}
}

// forward leaves the logits of the given rows of x in f.logits.
func (f *fused) forward(x []float32, rows []int32) {
	logits := f.logits[:len(rows)*f.classes]
	f.kernel.Logits(logits, x, rows, f.head.Weight, f.classes, f.head.In)
	addBias(logits, f.head.Bias)
}

func (f *fused) eval(x []float32, labels []int32) (tally, error) {
	var t tally
	for from := 0; from < len(labels); from += f.batch {
		rows := f.rows[:min(f.batch, len(labels)-from)]
		for i := range rows {
			rows[i] = int32(from + i)
		}
		f.forward(x, rows)
		for i, r := range rows {
			y := labels[r]
			loss, _, argmax := f.crit.loss(f.logits[i*f.classes:][:f.classes], y)
			t.add(loss, f.crit.weight(y), int32(argmax) == y)
		}
	}
	return t, nil
}

func (f *fused) copyTo(dst *Head) { dst.copyFrom(f.head) }
