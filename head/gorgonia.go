package head

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// reference trains the head as an expression graph that gorgonia
// differentiates. It is slow, and it is what fused is held against: no gradient
// in it was derived by hand.
type reference struct {
	crit   *criterion
	batch  int
	sgd    solver
	layers []refLayer
	graphs map[int]*lossGraph // by batch size: the last batch may be short
	now    *Head              // the weights in the head's own layout, for eval
}

// refLayer holds the parameters that all graphs share.
type refLayer struct {
	weight, bias *tensor.Dense // [in,out], [1,out]
}

func newReference(start *Head, opt *Options) *reference {
	r := &reference{
		crit:  newCriterion(len(start.Bias), opt.ClassWeights, opt.LabelSmoothing),
		batch: opt.Batch,
		sgd: solver{
			momentum: float32(opt.Momentum), decay: float32(opt.WeightDecay), nesterov: opt.Nesterov,
			velocity: make(map[*float32][]float32),
		},
		graphs: make(map[int]*lossGraph),
		now:    start.clone(),
	}
	for _, l := range start.linears() {
		in, out := len(l.weight)/len(l.bias), len(l.bias)
		p := refLayer{
			weight: tensor.New(tensor.WithShape(in, out), tensor.WithBacking(transposed(l.weight, out, in))),
			bias:   tensor.New(tensor.WithShape(1, out), tensor.WithBacking(append([]float32(nil), l.bias...))),
		}
		r.layers = append(r.layers, p)
	}
	return r
}

func (r *reference) train(x []float32, labels, order []int32, lr float64) (tally, error) {
	r.sgd.lr = float32(lr)
	var t tally
	for len(order) > 0 {
		n := min(r.batch, len(order))
		g := r.graphs[n]
		if g == nil {
			var err error
			if g, err = r.newGraph(n); err != nil {
				return t, fmt.Errorf("gorgonia: %w", err)
			}
			r.graphs[n] = g
		}
		if err := g.step(x, labels, order[:n], r, &t); err != nil {
			return t, fmt.Errorf("gorgonia: %w", err)
		}
		order = order[n:]
	}
	return t, nil
}

func (r *reference) eval(x []float32, labels, rows []int32) tally {
	r.copyTo(r.now)
	var t tally
	logits := make([]float32, len(r.now.Bias))
	for _, row := range rows {
		r.now.Logits(logits, x[int(row)*r.now.In:][:r.now.In])
		y := labels[row]
		loss, _, argmax := r.crit.loss(logits, y)
		t.add(loss, r.crit.weight(y), int32(argmax) == y)
	}
	return t
}

func (r *reference) copyTo(dst *Head) {
	for i, l := range dst.linears() {
		in, out := len(l.weight)/len(l.bias), len(l.bias)
		copy(l.weight, transposed(floats(r.layers[i].weight), in, out))
		copy(l.bias, floats(r.layers[i].bias))
	}
}

// lossGraph is the graph of a batch's mean loss, with the machine that runs it.
type lossGraph struct {
	vm             G.VM
	params         []G.ValueGrad
	x, target      []float32 // [n,D], [n,C]: the inputs' memory
	logits, losses G.Value   // [n,C], and the sum of target's cross-entropies
	classes, width int
}

// newGraph builds the graph for batches of n.
func (r *reference) newGraph(n int) (*lossGraph, error) {
	width, classes := r.now.In, len(r.now.Bias)
	lg := &lossGraph{x: make([]float32, n*width), target: make([]float32, n*classes), classes: classes, width: width}
	g := G.NewGraph()
	y := G.NewMatrix(g, tensor.Float32, G.WithName("x"), G.WithShape(n, width),
		G.WithValue(tensor.New(tensor.WithShape(n, width), tensor.WithBacking(lg.x))))
	ones := G.NewMatrix(g, tensor.Float32, G.WithName("ones"), G.WithShape(n, 1), G.WithInit(G.Ones()))
	target := G.NewMatrix(g, tensor.Float32, G.WithName("target"), G.WithShape(n, classes),
		G.WithValue(tensor.New(tensor.WithShape(n, classes), tensor.WithBacking(lg.target))))
	var params G.Nodes
	var err error
	for i, l := range r.layers {
		w := G.NewMatrix(g, tensor.Float32, G.WithName(fmt.Sprint("weight", i)), G.WithShape(l.weight.Shape()...), G.WithValue(l.weight))
		b := G.NewMatrix(g, tensor.Float32, G.WithName(fmt.Sprint("bias", i)), G.WithShape(l.bias.Shape()...), G.WithValue(l.bias))
		params = append(params, w, b)
		if i > 0 {
			if y, err = G.Rectify(y); err != nil {
				return nil, err
			}
		}
		if y, err = affine(y, w, b, ones); err != nil {
			return nil, err
		}
	}
	cost, err := crossEntropy(y, target)
	if err != nil {
		return nil, err
	}
	G.Read(y, &lg.logits)
	G.Read(cost, &lg.losses)
	if _, err := G.Grad(cost, params...); err != nil {
		return nil, err
	}
	lg.vm = G.NewTapeMachine(g, G.BindDualValues(params...))
	lg.params = G.NodesToValueGrads(params)
	return lg, nil
}

// affine is x·w + ones·b: the bias [1,out] repeated for each row.
func affine(x, w, b, ones *G.Node) (*G.Node, error) {
	xw, err := G.Mul(x, w)
	if err != nil {
		return nil, err
	}
	rows, err := G.Mul(ones, b)
	if err != nil {
		return nil, err
	}
	return G.Add(xw, rows)
}

// crossEntropy is −Σ target·ln softmax(logits).
func crossEntropy(logits, target *G.Node) (*G.Node, error) {
	logp, err := G.LogSoftMax(logits)
	if err != nil {
		return nil, err
	}
	each, err := G.HadamardProd(target, logp)
	if err != nil {
		return nil, err
	}
	sum, err := G.Sum(each)
	if err != nil {
		return nil, err
	}
	return G.Neg(sum)
}

// step trains on one batch, the given rows of x.
func (lg *lossGraph) step(x []float32, labels, rows []int32, r *reference, t *tally) error {
	var sum float64
	for i, row := range rows {
		copy(lg.x[i*lg.width:][:lg.width], x[int(row)*lg.width:])
		sum += r.crit.weight(labels[row])
	}
	for i, row := range rows {
		r.crit.target(lg.target[i*lg.classes:][:lg.classes], labels[row], sum)
	}
	if err := lg.vm.RunAll(); err != nil {
		return err
	}
	t.loss += float64(lg.losses.Data().(float32)) * sum
	t.weight += sum
	logits := floats(lg.logits)
	for i, row := range rows {
		_, _, argmax := r.crit.softmax(logits[i*lg.classes:][:lg.classes])
		t.add(0, 0, int32(argmax) == labels[row])
	}
	if err := r.sgd.Step(lg.params); err != nil {
		return err
	}
	lg.vm.Reset()
	return nil
}

// solver is torch.optim.SGD for gorgonia, whose own Momentum folds the learning
// rate into the velocity and so parts from PyTorch's when the rate changes.
type solver struct {
	lr, momentum, decay float32
	nesterov            bool
	velocity            map[*float32][]float32 // by the parameter's memory
}

// Step updates the parameters and clears their gradients, to which the machine
// would otherwise add the next ones.
func (s *solver) Step(params []G.ValueGrad) error {
	for _, p := range params {
		gv, err := p.Grad()
		if err != nil {
			return err
		}
		w, g := floats(p.Value()), floats(gv)
		v, seen := s.velocity[&w[0]]
		if !seen {
			v = make([]float32, len(w))
			s.velocity[&w[0]] = v
		}
		for i := range w {
			d := g[i] + s.decay*w[i]
			v[i] = s.momentum*v[i] + d
			if s.nesterov {
				d += s.momentum * v[i]
			} else {
				d = v[i]
			}
			w[i] -= s.lr * d
			g[i] = 0
		}
	}
	return nil
}

// floats returns a tensor's memory.
func floats(v G.Value) []float32 { return v.Data().([]float32) }

// transposed returns m [rows,cols] as [cols,rows].
func transposed(m []float32, rows, cols int) []float32 {
	t := make([]float32, len(m))
	for i := range rows {
		for j := range cols {
			t[j*rows+i] = m[i*cols+j]
		}
	}
	return t
}
