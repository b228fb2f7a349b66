package head

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// reference trains the head as an expression graph that gorgonia differentiates. It is
// slow. Tests compare fused with it, because none of its gradients was derived by hand.
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
	weight, bias *tensor.Dense // [out,in], [out,1]
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
		r.layers = append(r.layers, refLayer{
			weight: tensor.New(tensor.WithShape(out, in), tensor.WithBacking(slices.Clone(l.weight))),
			bias:   tensor.New(tensor.WithShape(out, 1), tensor.WithBacking(slices.Clone(l.bias))),
		})
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
		copy(l.weight, floats(r.layers[i].weight))
		copy(l.bias, floats(r.layers[i].bias))
	}
}

// lossGraph is the graph of a batch's mean loss, with the machine that runs it.
// A sample is a column, so the layers keep the head's own layout and the softmax runs
// down the columns. (Along rows, tensor v0.9.23 subtracts the start of the first row
// instead of each row's maximum, and overflows.)
type lossGraph struct {
	vm           G.VM
	params       []G.ValueGrad
	x, target    []float32 // [D,n], [C,n]: the inputs' memory
	logits, loss G.Value   // [C,n], and the mean loss
	n            int
}

// newGraph builds the graph for batches of n.
func (r *reference) newGraph(n int) (*lossGraph, error) {
	width, classes := r.now.In, len(r.now.Bias)
	lg := &lossGraph{x: make([]float32, width*n), target: make([]float32, classes*n), n: n}
	g := G.NewGraph()
	matrix := func(name string, t *tensor.Dense) *G.Node {
		return G.NewMatrix(g, tensor.Float32, G.WithName(name), G.WithShape(t.Shape()...), G.WithValue(t))
	}
	y := matrix("x", tensor.New(tensor.WithShape(width, n), tensor.WithBacking(lg.x)))
	target := matrix("target", tensor.New(tensor.WithShape(classes, n), tensor.WithBacking(lg.target)))
	ones := matrix("ones", tensor.Ones(tensor.Float32, 1, n))
	var params G.Nodes
	var err error
	for i, l := range r.layers {
		w, b := matrix(fmt.Sprint("weight", i), l.weight), matrix(fmt.Sprint("bias", i), l.bias)
		params = append(params, w, b)
		if i > 0 {
			if y, err = G.Rectify(y); err != nil {
				return nil, err
			}
		}
		if y, err = affine(w, y, b, ones); err != nil {
			return nil, err
		}
	}
	cost, err := crossEntropy(y, target)
	if err != nil {
		return nil, err
	}
	G.Read(y, &lg.logits)
	G.Read(cost, &lg.loss)
	if _, err := G.Grad(cost, params...); err != nil {
		return nil, err
	}
	lg.vm = G.NewTapeMachine(g, G.BindDualValues(params...))
	lg.params = G.NodesToValueGrads(params)
	return lg, nil
}

// affine is w·x + b·ones: the bias repeated for each column.
func affine(w, x, b, ones *G.Node) (*G.Node, error) {
	wx, err := G.Mul(w, x)
	if err != nil {
		return nil, err
	}
	columns, err := G.Mul(b, ones)
	if err != nil {
		return nil, err
	}
	return G.Add(wx, columns)
}

// crossEntropy is −Σ target·ln softmax(logits).
func crossEntropy(logits, target *G.Node) (*G.Node, error) {
	logp, err := G.LogSoftMax(logits, 0)
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
	width := r.now.In
	var sum float64
	for i, row := range rows {
		setColumn(lg.x, x[int(row)*width:][:width], i, lg.n)
		sum += r.crit.weight(labels[row])
	}
	column := make([]float32, len(r.now.Bias))
	for i, row := range rows {
		r.crit.target(column, labels[row], sum)
		setColumn(lg.target, column, i, lg.n)
	}
	if err := lg.vm.RunAll(); err != nil {
		return err
	}
	t.loss += float64(lg.loss.Data().(float32)) * sum
	t.weight += sum
	logits := floats(lg.logits)
	for i, row := range rows {
		for c := range column {
			column[c] = logits[c*lg.n+i]
		}
		t.add(0, 0, int32(Argmax(column)) == labels[row])
	}
	if err := r.sgd.Step(lg.params); err != nil {
		return err
	}
	lg.vm.Reset()
	return nil
}

// setColumn sets column i of m, whose rows are n long.
func setColumn(m, column []float32, i, n int) {
	for j, v := range column {
		m[j*n+i] = v
	}
}

// solver is torch.optim.SGD for gorgonia, whose own Momentum folds the learning
// rate into the velocity and so differs from PyTorch's when the rate changes.
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
