package head

import "featurecache/head/kernel"

// fused trains the head with this package's own loops. Forward pass, softmax
// cross-entropy, gradient and step take two passes over a layer's weights and
// allocate nothing.
type fused struct {
	kernel *kernel.Set
	crit   *criterion
	batch  int
	sgd    kernel.SGD
	head   *Head
	layers []fusedLayer // views of head's weights, from the features on
	rows   []int32      // 0, 1, 2, …: as many as forward takes at a time
}

// fusedLayer is a layer in training: its parameters, their velocities, and
// what a batch leaves behind.
type fusedLayer struct {
	kernel.Layer
	bias, vBias []float32 // [Out], and its velocity
	y           []float32 // [len(rows),Out]: the output
	grad        []float32 // [batch,Out]: the loss's gradient by the output
}

// evalRows is the number of rows that an evaluation takes at a time, unless a batch
// is larger.
const evalRows = 16

func newFused(start *Head, opt *Options) *fused {
	f := &fused{
		kernel: kernel.Best(),
		crit:   newCriterion(len(start.Bias), opt.ClassWeights, opt.LabelSmoothing),
		batch:  opt.Batch,
		sgd: kernel.SGD{
			Momentum: float32(opt.Momentum),
			Decay:    float32(opt.WeightDecay),
			Velocity: 1,
		},
		head: start.clone(),
		rows: make([]int32, max(opt.Batch, evalRows)),
	}
	if opt.Nesterov {
		f.sgd.Grad, f.sgd.Velocity = 1, f.sgd.Momentum
	}
	for i := range f.rows {
		f.rows[i] = int32(i)
	}
	for _, l := range f.head.linears() {
		out := len(l.bias)
		f.layers = append(f.layers, fusedLayer{
			Layer: kernel.Layer{Out: out, In: len(l.weight) / out, Weight: l.weight, Velocity: make([]float32, len(l.weight))},
			bias:  l.bias, vBias: make([]float32, out),
			y: make([]float32, len(f.rows)*out), grad: make([]float32, f.batch*out),
		})
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
	logits := f.forward(x, rows)
	var sum float64
	for _, r := range rows {
		sum += f.crit.weight(labels[r])
	}
	scale := 0.0 // a batch of weight 0 changes nothing
	if sum > 0 {
		scale = 1 / sum
	}
	top := &f.layers[len(f.layers)-1]
	for i, r := range rows {
		at, y := i*top.Out, labels[r]
		loss, argmax := f.crit.gradient(top.grad[at:][:top.Out], logits[at:][:top.Out], y, scale)
		t.add(loss, f.crit.weight(y), int32(argmax) == y)
	}
	if len(f.layers) == 1 {
		f.update(top, x, rows)
		return
	}
	// The hidden layer's gradient needs the weights that the logits came from.
	hidden := &f.layers[0]
	top.backward(hidden.grad, hidden.y, len(rows))
	f.update(top, hidden.y, f.rows[:len(rows)])
	f.update(hidden, x, rows)
}

// update makes the optimiser's step on a layer whose input was the given rows of x.
func (f *fused) update(l *fusedLayer, x []float32, rows []int32) {
	grad := l.grad[:len(rows)*l.Out]
	f.kernel.Step(&l.Layer, x, rows, grad, &f.sgd)
	// The bias is the same step with a feature that is always 1.
	for c, w := range l.bias {
		var g float32
		for i := c; i < len(grad); i += l.Out {
			g += grad[i]
		}
		g += float32(f.sgd.Decay * w)
		v := float32(f.sgd.Momentum*l.vBias[c]) + g
		l.vBias[c] = v
		u := float32(f.sgd.Grad*g) + float32(f.sgd.Velocity*v)
		l.bias[c] = w - float32(f.sgd.LR*u)
	}
}

// backward sets dst [n,in] to the loss's gradient by the layer's input, which
// came out of a ReLU as y [n,in].
func (l *fusedLayer) backward(dst, y []float32, n int) {
	for i := range n {
		row, out := dst[i*l.In:][:l.In], y[i*l.In:][:l.In]
		clear(row)
		for c, g := range l.grad[i*l.Out:][:l.Out] {
			for j, w := range l.Weight[c*l.In:][:l.In] {
				row[j] += float32(g * w)
			}
		}
		for j, v := range out {
			if v <= 0 {
				row[j] = 0
			}
		}
	}
}

// forward returns the logits [len(rows),C] of the given rows of x.
func (f *fused) forward(x []float32, rows []int32) []float32 {
	for i := range f.layers {
		l := &f.layers[i]
		y := l.y[:len(rows)*l.Out]
		f.kernel.Logits(y, x, rows, l.Weight, l.Out, l.In)
		addBias(y, l.bias)
		if i == len(f.layers)-1 {
			return y
		}
		relu(y)
		x, rows = y, f.rows[:len(rows)]
	}
	return nil
}

func (f *fused) eval(x []float32, labels, rows []int32) tally {
	var t tally
	classes := len(f.head.Bias)
	for len(rows) > 0 {
		n := min(len(f.rows), len(rows))
		logits := f.forward(x, rows[:n])
		for i, r := range rows[:n] {
			y := labels[r]
			loss, _, argmax := f.crit.loss(logits[i*classes:][:classes], y)
			t.add(loss, f.crit.weight(y), int32(argmax) == y)
		}
		rows = rows[n:]
	}
	return t
}

func (f *fused) copyTo(dst *Head) { dst.copyFrom(f.head) }
