package head

import (
	"context"
	"fmt"
	"math"
)

// Source is labelled samples in numbered blocks, which need not fit in memory
// together. Blocks should be large enough to be read at full speed (some MiB). The
// order of the samples should say nothing of their classes: a block of a single
// class trains badly.
type Source interface {
	Blocks() int        // at least 1
	Rows(block int) int // samples in a block, at least 1
	Views() int         // K, as in [Data]
	// Read fills x [Rows(block),D] with one view of a block, and labels
	// [Rows(block)].
	Read(ctx context.Context, block, view int, x []float32, labels []int32) error
}

// Sources is what [FitSource] trains and validates on.
type Sources struct {
	Train, Val Source // of Val, view 0 is read
	Width      int    // D, features per sample
	Classes    int
	// Rows is the most training samples to hold in memory, 4·Width bytes each. A
	// block that has more is held whole.
	Rows int
}

// FitSource is [Fit] on data read in blocks. It holds data.Rows samples of the
// training data at a time, and one block of the validation data.
//
// The order of the samples differs from Fit's. Each epoch takes the blocks in a
// random order, as many at a time as Rows allows, and shuffles the samples of those
// blocks; the last batch of each such portion may be short. The order depends only
// on the seed, the blocks and Rows, so results are reproducible. With a single block
// they are Fit's.
func FitSource(ctx context.Context, data Sources, opt Options, onEpoch func(Epoch)) (*Result, error) {
	if err := opt.check(data.Classes); err != nil {
		return nil, fmt.Errorf("head: fit: %w", err)
	}
	p, err := newSourcePasses(&data)
	if err != nil {
		return nil, fmt.Errorf("head: fit: %w", err)
	}
	r, err := run(ctx, p, data.Width, data.Classes, &opt, bestEpoch, onEpoch)
	if err != nil {
		return nil, fmt.Errorf("head: fit: %w", err)
	}
	return r, nil
}

// sourcePasses is one training's passes over sources. Its buffers hold a
// portion of samples.
type sourcePasses struct {
	trainer, tester Source
	classes, width  int
	limit           int // rows per portion
	blocks          []int32
	x               []float32
	labels, order   []int32
}

func newSourcePasses(data *Sources) (*sourcePasses, error) {
	train, val, width := data.Train, data.Val, data.Width
	bad := func(format string, args ...any) (*sourcePasses, error) {
		return nil, fmt.Errorf("%w: %s", errOptions, fmt.Sprintf(format, args...))
	}
	if width < 1 || train.Views() < 1 || val.Views() < 1 {
		return bad("no features")
	}
	room, total := 0, 0 // the largest block, and all training data
	for _, s := range []Source{train, val} {
		if s.Blocks() < 1 {
			return bad("no samples")
		}
		for b := range s.Blocks() {
			n := s.Rows(b)
			if n < 1 || n > math.MaxInt32/width {
				return bad("block %d of %d samples", b, n)
			}
			room = max(room, n)
			if s == train {
				total += n
			}
		}
	}
	room = max(room, min(data.Rows, total))
	if room > math.MaxInt32 {
		return bad("%d samples at a time: want at most %d", room, math.MaxInt32)
	}
	return &sourcePasses{
		trainer: train, tester: val, width: width, classes: data.Classes, limit: room,
		blocks: allRows(train.Blocks()),
		x:      make([]float32, room*width),
		labels: make([]int32, room), order: make([]int32, room),
	}, nil
}

func (p *sourcePasses) portion() int { return p.limit }

func (p *sourcePasses) train(ctx context.Context, eng engine, opt *Options, epoch int, lr float64) (tally, error) {
	for i := range p.blocks {
		p.blocks[i] = int32(i)
	}
	newStream(opt.Seed, streamBlocks, uint64(epoch)).shuffle(p.blocks)
	shuffle := newStream(opt.Seed, streamOrder, uint64(epoch))
	var t tally
	for todo := p.blocks; len(todo) > 0; {
		n := 1
		rows := p.trainer.Rows(int(todo[0]))
		for n < len(todo) && rows+p.trainer.Rows(int(todo[n])) <= p.limit {
			rows += p.trainer.Rows(int(todo[n]))
			n++
		}
		if err := p.read(ctx, p.trainer, todo[:n], epoch%p.trainer.Views(), rows); err != nil {
			return t, fmt.Errorf("training data: %w", err)
		}
		todo = todo[n:]
		shuffle.shuffle(p.order)
		u, err := pieces(ctx, p.order, opt.Batch, func(rows []int32) (tally, error) {
			return eng.train(p.x, p.labels, rows, lr)
		})
		if err != nil {
			return t, err
		}
		t.merge(u)
	}
	return t, nil
}

func (p *sourcePasses) validate(ctx context.Context, eng engine) (tally, error) {
	var t tally
	for b := range p.tester.Blocks() {
		if err := p.read(ctx, p.tester, []int32{int32(b)}, 0, p.tester.Rows(b)); err != nil {
			return t, fmt.Errorf("validation data: %w", err)
		}
		t.merge(eng.eval(p.x, p.labels, p.order))
	}
	return t, nil
}

// read fills the buffers with the given blocks, which have that many rows together, and checks them.
func (p *sourcePasses) read(ctx context.Context, src Source, blocks []int32, view, rows int) error {
	p.x, p.labels, p.order = p.x[:rows*p.width], p.labels[:rows], p.order[:rows]
	at := 0
	for _, b := range blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := src.Rows(int(b))
		x, labels := p.x[at*p.width:][:n*p.width], p.labels[at:][:n]
		if err := src.Read(ctx, int(b), view, x, labels); err != nil {
			return fmt.Errorf("block %d: %w", b, err)
		}
		d := Data{Views: [][]float32{x}, Labels: labels}
		if _, err := d.width(fmt.Sprintf("block %d", b), p.classes); err != nil {
			return err
		}
		at += n
	}
	for i := range p.order {
		p.order[i] = int32(i)
	}
	return nil
}
