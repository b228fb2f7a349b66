package pipeline

import (
	"errors"
	"fmt"
)

// ErrMemory is returned, wrapped, when MaxMemory is too little for what was asked.
var ErrMemory = errors.New("not enough memory allowed")

const (
	// perImage bounds what the scan and the index take for an image, its path of
	// usual length included.
	perImage = 300
	// fixedMemory is for the program itself, the collector's slack, and what of
	// the store is mapped at a time.
	fixedMemory = 96 << 20
	// mapped is how much of the store a block may stretch over.
	mapped = 16 << 20
	// smallest and largest number of images in a block.
	minBlock, maxBlock = 64, 512
	// minBlocks is the least number of blocks whose images are shuffled together.
	minBlocks = 16
)

// streamPlan says how to train on more than fits in memory.
type streamPlan struct {
	block   int  // consecutive images of the scan that are read together
	rows    int  // training images in memory at a time
	keepVal bool // hold the validation features in memory
}

// planMemory returns nil if everything fits in MaxMemory.
func (j *fitJob) planMemory() (*streamPlan, error) {
	limit := j.opt.MaxMemory
	if limit == 0 {
		return nil, nil
	}
	row := int64(4 * j.set.space.Width)
	views := int64(max(1, min(j.views, j.options.Epochs)))
	train, val := int64(len(j.trainImages)), int64(len(j.valImages))
	fixed := fixedMemory + perImage*int64(len(j.set.scan.Images)) + 4*val*int64(len(j.set.scan.Classes))
	need := fixed + row*(train*views+val)
	if need <= limit {
		return nil, nil
	}
	if j.opt.Seeds > 1 {
		return nil, fmt.Errorf("%w: several seeds share the features in memory, about %d MiB: raise --max-memory, or train one seed", ErrMemory, need>>20+1)
	}
	// A view's feature lies among the image's other views.
	p := &streamPlan{block: int(min(max(mapped/(row*int64(j.set.scan.Views)), minBlock), maxBlock))}
	left := limit - fixed
	if row*val <= left/3 {
		p.keepVal = true
		left -= row * val
	}
	const perRow = 8 // label and place in the order
	p.rows = int(min(left/(row+perRow), train))
	if least := int64(minBlocks * p.block); int64(p.rows) < min(least, train) {
		least := fixed + least*(row+perRow)
		return nil, fmt.Errorf("%w: --max-memory must be %d MiB or more for %d images, %d MiB of which is about the images, not features",
			ErrMemory, least>>20+1, train+val, fixed>>20)
	}
	return p, nil
}
