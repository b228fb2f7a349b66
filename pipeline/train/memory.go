package train

import (
	"fmt"

	"featurecache/pipeline/trained"
)

const (
	// perImage is an upper bound on the bytes per image, with a path of usual length, in
	// the scan and the index.
	perImage = 300
	// fixedMemory is for the program itself, the garbage collector's slack, and the mapped
	// part of the store.
	fixedMemory = 96 << 20
	// mapped is the most bytes of the store that a block may span.
	mapped = 16 << 20
	// minBlock and maxBlock bound the number of images in a block.
	minBlock, maxBlock = 64, 512
	// minBlocks is the smallest number of blocks that are shuffled together.
	minBlocks = 16
)

// streamPlan says how to train on features that do not fit in memory.
type streamPlan struct {
	trained.Stream
	keepVal bool // keep the validation features in memory
}

// planMemory returns nil if everything fits in MaxMemory.
func (j *fitJob) planMemory() (*streamPlan, error) {
	limit := j.opt.MaxMemory
	if limit == 0 {
		return nil, nil
	}
	row := int64(4 * j.set.Provenance.Width)
	views := int64(max(1, min(j.views, j.options.Epochs)))
	train, val := int64(len(j.trainImages)), int64(len(j.valImages))
	fixed := fixedMemory + perImage*int64(len(j.set.Scan.Images)) + 4*val*int64(len(j.set.Scan.Classes))
	need := fixed + row*(train*views+val)
	if need <= limit {
		return nil, nil
	}
	if j.opt.Seeds > 1 {
		return nil, fmt.Errorf("--max-memory: training several seeds keeps all features in memory, about %d MiB: raise the limit, or train one seed", need>>20+1)
	}
	// An image's views lie side by side, so a block of one view spans all of them.
	p := &streamPlan{}
	p.Block = int(min(max(mapped/(row*int64(j.set.Scan.Views)), minBlock), maxBlock))
	left := limit - fixed
	if row*val <= left/3 {
		p.keepVal = true
		left -= row * val
	}
	const perRow = 8 // bytes: its label and its place in the order
	p.Rows = int(min(left/(row+perRow), train))
	if least := int64(minBlocks * p.Block); int64(p.Rows) < min(least, train) {
		least := fixed + least*(row+perRow)
		return nil, fmt.Errorf("--max-memory must be %d MiB or more for %d images, %d MiB of it for everything but their features",
			least>>20+1, train+val, fixed>>20)
	}
	return p, nil
}
