package head

import "context"

// engine holds weights and trains them. It sees only the data that a call passes, so
// data may come in pieces.
type engine interface {
	// train makes one pass over the rows of x [N,D] in the given order.
	train(x []float32, labels, order []int32, lr float64) (tally, error)
	// eval measures the given rows of x.
	eval(x []float32, labels, rows []int32) tally
	copyTo(dst *Head)
}

func newEngine(start *Head, opt *Options) engine {
	if opt.Engine == Gorgonia {
		return newReference(start, opt)
	}
	return newFused(start, opt)
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

// pieces calls f with consecutive parts of rows. Each but the last is a whole number
// of batches. Between calls it checks whether ctx is done.
func pieces(ctx context.Context, rows []int32, batch int, f func(rows []int32) (tally, error)) (tally, error) {
	const piece = 1 << 16
	var t tally
	for len(rows) > 0 {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		n := min(len(rows), (piece+batch-1)/batch*batch)
		u, err := f(rows[:n])
		if err != nil {
			return t, err
		}
		t.merge(u)
		rows = rows[n:]
	}
	return t, nil
}
