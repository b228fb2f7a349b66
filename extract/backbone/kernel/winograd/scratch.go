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
	return &Scratch{
		v: aligned(v), m: aligned(m),
		tiles: make([]tile, 0, tiles), jobs: make([]job, 0, jobs),
	}
}

// aligned is n zero floats that begin at a multiple of 64 bytes: a whole page's
// worth, which Go's allocator aligns.
func aligned(n int) []float32 { return make([]float32, max(n, 1024)) }
