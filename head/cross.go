package head

// CrossData is the samples of a cross-validation and how to divide them.
type CrossData struct {
	Train Data
	// Held [N,D] holds the features that held-out samples are measured on: the
	// evaluation view of the same N samples. nil means Train.Views[0].
	Held  []float32
	Folds int // at least 2
	// Groups [N] keeps samples together: those with equal numbers are in one fold,
	// so that exact duplicates are never on both sides. nil means that each sample is
	// its own group. (An image's views are one sample of [Data] and stay together
	// anyway.)
	Groups []int
	Seed   uint64 // of the folds
}

// folding is checked data, divided into folds.
type folding struct {
	train, held    Data
	fold           []int
	classes, width int
}

// newFolding checks data and options, and turns off the options' patience.
func newFolding(data *CrossData, classes int, opts []Options) (*folding, error) {
	for i := range opts {
		if err := opts[i].check(classes); err != nil {
			return nil, err
		}
		opts[i].Patience = 0
	}
	f := &folding{train: data.Train, held: data.Train, classes: classes}
	if data.Held != nil {
		f.held.Views = [][]float32{data.Held}
	}
	var err error
	if f.width, err = checkData(&f.train, &f.held, classes); err != nil {
		return nil, err
	}
	f.fold, err = folds(data.Train.Labels, data.Groups, data.Folds, data.Seed)
	return f, err
}

// task returns the training that holds fold k out and uses the given number of views.
func (f *folding) task(k, views int) *task {
	t := &task{trainData: f.train, valData: f.held, classes: f.classes, width: f.width, keep: lastEpoch}
	t.trainData.Views = t.trainData.Views[:views]
	for i, fold := range f.fold {
		if fold == k {
			t.valRows = append(t.valRows, int32(i))
		} else {
			t.trainRows = append(t.trainRows, int32(i))
		}
	}
	return t
}
