package winograd

import "featurecache/extract/backbone/kernel"

// Padding of one cache line between positions, so that the stores of a tile's
// positions do not fall into the same set of the first-level cache.
const pad = kernel.Lanes

// RunBlock computes the panels from, …, to−1 of block b of a batch of n images: a
// share of the work of [Conv.Run], for callers that divide it. The block's input is
// transformed once a call.
func (c *Conv) RunBlock(dst, src, res Images, n, b, from, to int, s *Scratch) {
	w := c.opt.Weights
	counts := c.list(s, dst, src, res, n, b)
	posV := w.allBlocks()*len(s.tiles)*kernel.Lanes + pad
	posM := len(s.tiles)*panel + pad
	c.plan(s, counts, posV, posM)
	c.transform(s, src.Data, posV)

	s.product = productArgs{jobs: s.jobs, v: s.v, m: s.m, blockStep: len(s.tiles) * kernel.Lanes, quads: w.lanes / quad}
	s.output = outputArgs{
		tiles: s.tiles, posStep: posM, taps: w.scheme.taps,
		dst: dst.Data, dstRow: c.opt.Dst.RowStride(),
		res: res.Data, resRow: c.opt.Res.RowStride(),
	}
	if c.opt.ReLU {
		s.output.relu = 1
	}
	if c.opt.Res == (kernel.Layout{}) {
		s.output.res = nil
	}
	for p := from; p < to; p++ {
		s.product.u = w.data[p*w.stride : (p+1)*w.stride]
		c.level.product(&s.product)
		for cb := 2 * p; cb < min(2*p+2, kernel.Blocks(w.shape.Out)); cb++ {
			s.output.m = s.m[cb%2*kernel.Lanes:]
			s.output.bias = c.bias[cb*kernel.Lanes:][:kernel.Lanes]
			s.output.dstShift = cb * c.opt.Dst.BlockStride()
			s.output.resShift = cb * c.opt.Res.BlockStride()
			c.level.output(&s.output)
		}
	}
}

// list makes the list of block b's tiles, by class, and counts each class.
func (c *Conv) list(s *Scratch, dst, src, res Images, n, b int) (counts [classes]int) {
	s.tiles = s.tiles[:0]
	first, last := b*c.images, min((b+1)*c.images, n)
	part, parts := 0, 1
	if c.split > 0 {
		first, last = b/c.split, b/c.split+1
		part, parts = b%c.split, c.split
	}
	at := 0 // in the list of one image's tiles
	for k, places := range c.grid {
		lo := min(max(part*c.tiles/parts-at, 0), len(places))
		hi := min(max((part+1)*c.tiles/parts-at, 0), len(places))
		at += len(places)
		counts[k] = (hi - lo) * (last - first)
		for i := first; i < last; i++ {
			for _, p := range places[lo:hi] {
				s.tiles = append(s.tiles, c.tile(p, i*dst.Stride, i*src.Stride, i*res.Stride))
			}
		}
	}
	return counts
}

func (c *Conv) tile(p place, dst, src, res int) tile {
	o, sc := &c.opt, c.opt.Weights.scheme
	return tile{
		src:     src + o.Src.Offset(0, p.y.from*sc.stride, p.x.from*sc.stride),
		dst:     dst + o.Dst.Offset(0, p.y.from, p.x.from),
		res:     res + o.Res.Offset(0, p.y.from, p.x.from),
		lastRow: sc.lastSample(p.y.short) * sc.stride * o.Src.RowStride(),
		lastCol: sc.lastSample(p.x.short) * sc.stride * kernel.Lanes,
		rows:    p.y.valid,
		cols:    p.x.valid,
	}
}

// plan makes the list of matrix products of one panel.
func (c *Conv) plan(s *Scratch, counts [classes]int, posV, posM int) {
	w := c.opt.Weights
	s.jobs = s.jobs[:0]
	n := w.scheme.points()
	for pos, q := range w.spans {
		from, to := 0, 0
		for k := range w.scheme.classesOf(pos/n, pos%n).to {
			if k < w.scheme.classesOf(pos/n, pos%n).from {
				from += counts[k]
			}
			to += counts[k]
		}
		// As few jobs as possible, all about the same size.
		parts := (to - from + c.level.tiles - 1) / c.level.tiles
		for i := range parts {
			lo, hi := from+(to-from)*i/parts, from+(to-from)*(i+1)/parts
			s.jobs = append(s.jobs, job{
				tiles:  hi - lo,
				blocks: q.blocks.to - q.blocks.from,
				v:      pos*posV + (q.blocks.from*len(s.tiles)+lo)*kernel.Lanes,
				u:      q.data,
				m:      pos*posM + lo*panel,
			})
		}
	}
}

// transform computes the block's transformed input.
func (c *Conv) transform(s *Scratch, src []float32, posV int) {
	w, l := c.opt.Weights, c.opt.Src
	sc := w.scheme
	s.input = inputArgs{
		tiles: s.tiles, src: src, posStep: posV, taps: sc.taps,
		rowStep: l.RowStride() * sc.stride, colStep: kernel.Lanes * sc.stride,
	}
	for f, ph := range sc.phases() {
		s.input.maxRow = sc.lastSample(ph.y.short) * s.input.rowStep
		s.input.maxCol = sc.lastSample(ph.x.short) * s.input.colStep
		at := ph.y.offset*l.RowStride() + ph.x.offset*kernel.Lanes
		for cb := range w.blocks {
			s.input.shift = at + cb*l.BlockStride()
			s.input.v = s.v[(f*w.blocks+cb)*len(s.tiles)*kernel.Lanes:]
			c.level.input(&s.input)
		}
	}
}
