package winograd

import "featurecache/extract/backbone/kernel"

// A Scratch is the working memory of one goroutine: transformed input, products,
// and lists of what to do.
type Scratch struct {
	v, m    []float32
	tiles   []tile
	jobs    []job
	input   inputArgs
	product productArgs
	output  outputArgs
}

// NewScratch is memory for any of the convolutions, at batches of at most n images.
func NewScratch(n int, convs ...*Conv) *Scratch {
	var v, m, tiles, jobs int
	for _, c := range convs {
		w := c.opt.Weights
		t := (c.tiles + c.split - 1) / max(c.split, 1)
		if c.split == 0 {
			t = c.tiles * min(n, c.images)
		}
		positions := len(w.spans)
		v = max(v, positions*(w.allBlocks()*t*kernel.Lanes+pad))
		m = max(m, positions*(t*panel+pad))
		tiles = max(tiles, t)
		jobs = max(jobs, positions*((t+c.level.tiles-1)/c.level.tiles))
	}
	// One allocation, so that it is large enough for large pages.
	all := kernel.Alloc(v + m)
	return &Scratch{
		v: all[:v:v], m: all[v:],
		tiles: make([]tile, 0, tiles), jobs: make([]job, 0, jobs),
	}
}
