package head

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrDiverged is returned, wrapped, when a loss is no longer a finite number:
// a smaller learning rate or normalised features may help.
var ErrDiverged = errors.New("training diverged")

// Epoch is what one pass over the training data came to.
type Epoch struct {
	Epoch int     `json:"epoch"` // counted from 0
	LR    float64 `json:"lr"`
	// TrainLoss and TrainAcc are means over the samples as each was met, before
	// the step that learned from it. ValLoss and ValAcc are means over the
	// validation samples after the epoch. With class weights the losses are
	// weighted means.
	TrainLoss float64 `json:"train_loss"`
	TrainAcc  float64 `json:"train_acc"`
	ValLoss   float64 `json:"val_loss"`
	ValAcc    float64 `json:"val_acc"`
}

// Result is a finished training.
type Result struct {
	// Head has the weights after the first epoch with the best validation
	// accuracy. Its Classes and Meta are the caller's to fill.
	Head        *Head
	Seed        uint64
	BestEpoch   int
	BestValAcc  float64
	BestValLoss float64 // of the best epoch
	History     []Epoch // shorter than Options.Epochs if Patience stopped it
	// TrainSeconds is the wall time of training and validation, without
	// checking the data and without the time spent in onEpoch.
	TrainSeconds float64
}

// engine holds weights and trains them. It needs no more of the data than what
// a call passes, so the data may come in pieces.
type engine interface {
	// train makes one pass over the rows of x [N,D] in the given order.
	train(x []float32, labels, order []int32, lr float64) (tally, error)
	// eval measures the given rows of x.
	eval(x []float32, labels, rows []int32) tally
	copyTo(dst *Head)
}

// tally adds up samples.
type tally struct {
	loss, weight float64
	correct, n   int
}

func (t *tally) add(loss, weight float64, correct bool) {
	t.loss += loss
	t.weight += weight
	t.n++
	if correct {
		t.correct++
	}
}

func (t *tally) merge(u tally) {
	t.loss += u.loss
	t.weight += u.weight
	t.correct += u.correct
	t.n += u.n
}

func (t *tally) mean() (loss, acc float64) {
	if t.weight > 0 {
		loss = t.loss / t.weight
	}
	return loss, float64(t.correct) / float64(t.n)
}

// Fit trains a head of the given number of classes on train and returns the
// weights that did best on val. onEpoch, if not nil, is called after every
// epoch. Given the same data and options, the Fused engine returns the same
// bits on every machine. Errors wrap [ErrOptions], [ErrDiverged] or ctx's.
func Fit(ctx context.Context, train, val Data, classes int, opt Options, onEpoch func(Epoch)) (*Result, error) {
	if err := opt.check(classes); err != nil {
		return nil, fmt.Errorf("head: fit: %w", err)
	}
	width, err := checkData(&train, &val, classes)
	if err != nil {
		return nil, fmt.Errorf("head: fit: %w", err)
	}
	t := task{train: train, val: val, trainRows: allRows(train), valRows: allRows(val), classes: classes, width: width}
	r, err := t.fit(ctx, &opt, onEpoch)
	if err != nil {
		return nil, fmt.Errorf("head: fit: %w", err)
	}
	return r, nil
}

// task is one training: which rows of which data.
type task struct {
	train, val         Data
	trainRows, valRows []int32
	classes, width     int
	lastEpoch          bool // keep the last epoch's weights, not the best's
}

// allRows lists the rows of d.
func allRows(d Data) []int32 {
	rows := make([]int32, len(d.Labels))
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

func checkData(train, val *Data, classes int) (width int, err error) {
	width, err = train.width("training", classes)
	if err != nil {
		return 0, err
	}
	w, err := val.width("validation", classes)
	if err != nil {
		return 0, err
	}
	if w != width {
		return 0, fmt.Errorf("%w: training data has %d features and validation data %d", ErrOptions, width, w)
	}
	return width, nil
}

// fit is Fit after all checks.
func (t *task) fit(ctx context.Context, opt *Options, onEpoch func(Epoch)) (*Result, error) {
	start := opt.init
	if start == nil {
		start = newHead(t.width, opt.Hidden, t.classes, opt.Seed)
	}
	eng := newEngine(start, opt)
	r := &Result{Head: start.clone(), Seed: opt.Seed, BestEpoch: -1, History: make([]Epoch, 0, opt.Epochs)}
	order := make([]int32, len(t.trainRows))
	stop := patience{epochs: opt.Patience, delta: opt.MinDelta}
	lr := opt.LR
	for e := range opt.Epochs {
		if e > 0 && opt.Step > 0 && e%opt.Step == 0 {
			lr *= opt.Gamma
		}
		began := time.Now()
		if opt.order != nil {
			order = opt.order(e)
		} else {
			copy(order, t.trainRows)
			newStream(opt.Seed, streamOrder, uint64(e)).shuffle(order)
		}
		seen, err := pass(ctx, eng, t.train.Views[e%len(t.train.Views)], t.train.Labels, order, lr, opt.Batch)
		if err != nil {
			return nil, err
		}
		held := eng.eval(t.val.Views[0], t.val.Labels, t.valRows)
		ep := Epoch{Epoch: e, LR: lr}
		ep.TrainLoss, ep.TrainAcc = seen.mean()
		ep.ValLoss, ep.ValAcc = held.mean()
		if s := ep.TrainLoss + ep.ValLoss; math.IsNaN(s) || math.IsInf(s, 0) {
			return nil, fmt.Errorf("%w in epoch %d: train loss %v, validation loss %v", ErrDiverged, e, ep.TrainLoss, ep.ValLoss)
		}
		r.History = append(r.History, ep)
		if r.BestEpoch < 0 || ep.ValAcc > r.BestValAcc || t.lastEpoch {
			r.BestEpoch, r.BestValAcc, r.BestValLoss = e, ep.ValAcc, ep.ValLoss
			eng.copyTo(r.Head)
		}
		r.TrainSeconds += time.Since(began).Seconds()
		if onEpoch != nil {
			onEpoch(ep)
		}
		if stop.after(ep.ValAcc) {
			break
		}
	}
	return r, nil
}

func newEngine(start *Head, opt *Options) engine {
	if opt.Engine == Gorgonia {
		return newReference(start, opt)
	}
	return newFused(start, opt)
}

// pass trains one epoch, looking up between pieces whether ctx is done.
func pass(ctx context.Context, eng engine, x []float32, labels, order []int32, lr float64, batch int) (tally, error) {
	const piece = 1 << 16
	var t tally
	for len(order) > 0 {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		n := min(len(order), (piece+batch-1)/batch*batch)
		u, err := eng.train(x, labels, order[:n], lr)
		if err != nil {
			return t, err
		}
		t.merge(u)
		order = order[n:]
	}
	return t, nil
}

// patience counts the epochs since the last improvement.
type patience struct {
	epochs int
	delta  float64
	seen   bool
	best   float64
	waited int
}

// after says whether to stop after an epoch with accuracy acc.
func (p *patience) after(acc float64) bool {
	if p.epochs == 0 {
		return false
	}
	if !p.seen || acc > p.best+p.delta {
		p.seen, p.best, p.waited = true, acc, 0
		return false
	}
	p.waited++
	return p.waited >= p.epochs
}
