package head

import "context"

// task is a training on rows of data in memory. Training does not change it, so
// several trainings of one task may run at once.
type task struct {
	trainData, valData Data
	trainRows, valRows []int32
	classes, width     int
	keep               keep
}

// newTask checks the data and takes all of their rows.
func newTask(train, val Data, classes int) (*task, error) {
	width, err := checkData(&train, &val, classes)
	if err != nil {
		return nil, err
	}
	return &task{
		trainData: train, trainRows: allRows(len(train.Labels)),
		valData: val, valRows: allRows(len(val.Labels)),
		classes: classes, width: width,
	}, nil
}

// allRows lists 0 … n−1.
func allRows(n int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

// fit trains with checked options.
func (t *task) fit(ctx context.Context, opt *Options, onEpoch func(Epoch)) (*Result, error) {
	p := taskPasses{task: t, order: make([]int32, len(t.trainRows))}
	return run(ctx, &p, t.width, t.classes, opt, t.keep, onEpoch)
}

// taskPasses is one training's passes over a task.
type taskPasses struct {
	*task
	order []int32
}

func (p *taskPasses) portion() int { return len(p.trainRows) }

func (p *taskPasses) train(ctx context.Context, eng engine, opt *Options, epoch int, lr float64) (tally, error) {
	if opt.order != nil {
		p.order = opt.order(epoch)
	} else {
		copy(p.order, p.trainRows)
		newStream(opt.Seed, streamOrder, uint64(epoch)).shuffle(p.order)
	}
	x := p.trainData.Views[epoch%len(p.trainData.Views)]
	return pieces(ctx, p.order, opt.Batch, func(rows []int32) (tally, error) {
		return eng.train(x, p.trainData.Labels, rows, lr)
	})
}

func (p *taskPasses) validate(ctx context.Context, eng engine) (tally, error) {
	return pieces(ctx, p.valRows, 1, func(rows []int32) (tally, error) {
		return eng.eval(p.valData.Views[0], p.valData.Labels, rows), nil
	})
}
