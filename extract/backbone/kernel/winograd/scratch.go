package winograd

import "featurecache/extract/backbone/kernel"

// A Scratch is the working memory of one goroutine: transformed input, products,
// and lists of what to do.
type Scratch struct {
	v, m, u []float32
	tiles   []tile
	jobs    []job
	phase   []job // those of one phase
	input   inputArgs
	product productArgs
	expand  expandArgs
	output  outputArgs
	rows    []float32 // of the stem's rearranged image
	blank   []float32 // a row of zeros
}

// NewScratch is memory for any of the convolutions, at batches of at most n images.
func NewScratch(n int, convs ...*Conv) *Scratch { return newScratch(n, 0, 0, convs) }

// NewScratch is memory for the stem.
func (s *Stem) NewScratch() *Scratch {
	return newScratch(1, s.rows*s.conv.opt.Src.RowStride(), s.w, []*Conv{s.conv})
}

func newScratch(n, rows, blank int, convs []*Conv) *Scratch {
	var v, m, u, tiles, jobs int
	for _, c := range convs {
		w := c.opt.Weights
		t := 0
		for _, b := range c.blocks {
			t = max(t, len(b.tiles)*max(1, min(n, c.images)))
		}
		positions := len(w.spans)
		if w.plain {
			u = chunkBlocks * kernel.Lanes * chunkStep
		}
		v = max(v, positions*(w.allBlocks()*t*kernel.Lanes+pad))
		m = max(m, positions*(t*panel+pad))
		tiles = max(tiles, t)
		jobs = max(jobs, positions*((t+c.level.tiles-1)/c.level.tiles))
	}
	// One allocation, so that it is large enough for large pages.
	all := kernel.Alloc(u + v + m + rows + blank)
	next := func(n int) []float32 {
		part := all[:n:n]
		all = all[n:]
		return part
	}
	return &Scratch{
		u: next(u), v: next(v), m: next(m), rows: next(rows), blank: next(blank),
		tiles: make([]tile, 0, tiles), jobs: make([]job, 0, jobs), phase: make([]job, 0, jobs),
	}
}
