package winograd

import "featurecache/extract/backbone/kernel"

// pad is one cache line between positions, so that the stores of a tile's positions do
// not all fall into the same set of the first-level cache.
const pad = kernel.Lanes

// Share is a part of the work of [Conv.Run], for callers that divide it: the panels
// From, …, To−1 of a block.
type Share struct{ Block, From, To int }

// RunBlock computes a share of a batch of n images. The block's input is transformed
// once per call.
func (c *Conv) RunBlock(dst, src, res Images, n int, share Share, s *Scratch) {
	b := share.Block
	if c.images == 0 {
		parts := len(c.blocks)
		c.run(c.blocks[b%parts], operands{dst: dst.from(b / parts), src: src.from(b / parts), res: res.from(b / parts)}, share, s)
		return
	}
	first := b * c.images
	joined := c.blocks[0].joined(s.tiles, min(c.images, n-first), dst.Stride, src.Stride, res.Stride)
	s.tiles = joined.tiles
	c.run(joined, operands{dst: dst.from(first), src: src.from(first), res: res.from(first)}, share, s)
}

// operands are what a block writes and reads. The source's rows above skip are missing.
type operands struct {
	dst, src, res []float32
	skip          int
}

// from is the data from image i on.
func (m Images) from(i int) []float32 { return m.Data[i*m.Stride:] }

// run computes the share's panels of a block.
func (c *Conv) run(b block, on operands, share Share, s *Scratch) {
	w := c.opt.Weights
	jobs := b.jobs
	if jobs == nil {
		s.jobs = c.plan(s.jobs[:0], b)
		jobs = s.jobs
	}
	posV, posM := c.positionSteps(b)
	c.transform(s, b.tiles, on.src, on.skip, posV)

	s.product = productArgs{jobs: jobs, v: s.v, m: s.m, blockStep: len(b.tiles) * kernel.Lanes, quads: w.lanes / quad, step: panel}
	s.output = outputArgs{
		tiles: b.tiles, posStep: posM, taps: w.scheme.taps,
		dst: on.dst, dstRow: c.opt.Dst.RowStride(),
		res: on.res, resRow: c.opt.Res.RowStride(),
	}
	if c.opt.ReLU {
		s.output.relu = 1
	}
	if c.opt.Res == (kernel.Layout{}) {
		s.output.res = nil
	}
	for p := share.From; p < share.To; p++ {
		if w.plain {
			c.expanded(p, jobs, s)
		} else {
			s.product.u = w.data[p*w.stride : (p+1)*w.stride]
			c.level.product(&s.product)
		}
		for cb := 2 * p; cb < min(2*p+2, kernel.Blocks(w.shape.Out)); cb++ {
			s.output.m = s.m[cb%2*kernel.Lanes:]
			s.output.bias = c.bias[cb*kernel.Lanes:][:kernel.Lanes]
			s.output.dstShift = cb * c.opt.Dst.BlockStride()
			s.output.resShift = cb * c.opt.Res.BlockStride()
			c.level.output(&s.output)
		}
	}
}

// positionSteps are the floats from one position to the next in a block's transformed
// input and products.
func (c *Conv) positionSteps(b block) (posV, posM int) {
	return c.opt.Weights.allBlocks()*len(b.tiles)*kernel.Lanes + pad, len(b.tiles)*panel + pad
}

// plan lists the matrix products of one panel.
func (c *Conv) plan(jobs []job, b block) []job {
	w := c.opt.Weights
	posV, posM := c.positionSteps(b)
	n := w.scheme.points()
	for pos, q := range w.spans {
		need := w.scheme.classesOf(pos/n, pos%n)
		from, to := sum(b.count[:need.from]), sum(b.count[:need.to])
		// As few jobs as possible, all of about the same size.
		parts := (to - from + c.level.tiles - 1) / c.level.tiles
		for i := range parts {
			lo, hi := from+(to-from)*i/parts, from+(to-from)*(i+1)/parts
			jobs = append(jobs, job{
				tiles:  hi - lo,
				blocks: q.blocks.to - q.blocks.from,
				v:      pos*posV + (q.blocks.from*len(b.tiles)+lo)*kernel.Lanes,
				u:      q.data,
				m:      pos*posM + lo*panel,

				position: pos,
			})
		}
	}
	return jobs
}

func sum(counts []int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// transform computes a block's transformed input.
func (c *Conv) transform(s *Scratch, tiles []tile, src []float32, skip, posV int) {
	w, l := c.opt.Weights, c.opt.Src
	sc := w.scheme
	s.input = inputArgs{
		tiles: tiles, src: src, posStep: posV, taps: sc.taps,
		rowStep: l.RowStride() * sc.stride, colStep: kernel.Lanes * sc.stride,
	}
	for f, ph := range sc.phases() {
		s.input.maxRow = sc.lastSample(ph.y.short) * s.input.rowStep
		s.input.maxCol = sc.lastSample(ph.x.short) * s.input.colStep
		at := (ph.y.offset-skip)*l.RowStride() + ph.x.offset*kernel.Lanes
		for cb := range w.blocks {
			s.input.shift = at + cb*l.BlockStride()
			s.input.v = s.v[(f*w.blocks+cb)*len(tiles)*kernel.Lanes:]
			c.level.input(&s.input)
		}
	}
}
