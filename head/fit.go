package head

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// errDiverged is wrapped by the error of a training whose loss is no longer a finite
// number. A smaller learning rate or normalised features may help.
var errDiverged = errors.New("training diverged")

// Epoch is the result of one pass over the training data.
type Epoch struct {
	Epoch int     `json:"epoch"` // counted from 0
	LR    float64 `json:"lr"`
	// TrainLoss and TrainAcc are means over the samples, each measured before the
	// step that trained on it. ValLoss and ValAcc are means over the validation
	// samples after the epoch. With class weights the losses are weighted means.
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
	// TrainSeconds is the wall time of training and validation, without checking the
	// data and without the time spent in onEpoch. That of [FitSource] includes
	// reading the data.
	TrainSeconds float64
}

// Fit trains a head of the given number of classes on train and returns the weights
// of the epoch that was best on val. onEpoch, if not nil, is called after every
// epoch. Given the same data and options, the Fused engine returns the same bits on
// every machine. Fit fails when options or data are invalid, when the loss is no
// longer finite, and when ctx ends.
func Fit(ctx context.Context, train, val Data, classes int, opt Options, onEpoch func(Epoch)) (*Result, error) {
	if err := opt.check(classes); err != nil {
		return nil, fmt.Errorf("head: fit: %w", err)
	}
	t, err := newTask(train, val, classes)
	if err != nil {
		return nil, fmt.Errorf("head: fit: %w", err)
	}
	r, err := t.fit(ctx, &opt, onEpoch)
	if err != nil {
		return nil, fmt.Errorf("head: fit: %w", err)
	}
	return r, nil
}

// passes is the data of a training, read once per epoch.
type passes interface {
	// portion is the largest number of samples that train has in memory.
	portion() int
	train(ctx context.Context, eng engine, opt *Options, epoch int, lr float64) (tally, error)
	validate(ctx context.Context, eng engine) (tally, error)
}

// keep says which epoch's weights a training returns.
type keep bool

const (
	bestEpoch keep = false
	lastEpoch keep = true
)

// run trains a head of the given shape. Options and data have been checked.
func run(ctx context.Context, data passes, width, classes int, opt *Options, kept keep, onEpoch func(Epoch)) (*Result, error) {
	start := opt.init
	if start == nil {
		start = newHead(width, opt.Hidden, classes, opt.Seed)
	}
	o := *opt
	opt = &o
	opt.Batch = min(opt.Batch, data.portion()) // the same batches, in less memory
	eng := newEngine(start, opt)
	r := &Result{Head: start.clone(), Seed: opt.Seed, BestEpoch: -1}
	stop := patience{epochs: opt.Patience, delta: opt.MinDelta}
	lr := opt.LR
	for e := range opt.Epochs {
		if e > 0 && opt.Step > 0 && e%opt.Step == 0 {
			lr *= opt.Gamma
		}
		began := time.Now()
		seen, err := data.train(ctx, eng, opt, e, lr)
		if err != nil {
			return nil, err
		}
		held, err := data.validate(ctx, eng)
		if err != nil {
			return nil, err
		}
		ep := Epoch{Epoch: e, LR: lr}
		ep.TrainLoss, ep.TrainAcc = seen.mean()
		ep.ValLoss, ep.ValAcc = held.mean()
		if s := ep.TrainLoss + ep.ValLoss; math.IsNaN(s) || math.IsInf(s, 0) {
			return nil, fmt.Errorf("%w in epoch %d: train loss %v, validation loss %v", errDiverged, e, ep.TrainLoss, ep.ValLoss)
		}
		r.History = append(r.History, ep)
		if r.BestEpoch < 0 || ep.ValAcc > r.BestValAcc || kept == lastEpoch {
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

// patience counts the epochs since the last improvement.
type patience struct {
	epochs int
	delta  float64
	seen   bool
	best   float64
	waited int
}

// after reports whether to stop after an epoch with accuracy acc.
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
