package winograd

import (
	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// Large layers keep their weights as they are, and transform them when they are
// used: a panel and a chunk of input channels at a time, into memory that stays in
// the second-level cache. Transformed, they would be four to nine times as large, and
// reading them from main memory for every batch takes longer than transforming them. The
// bits are the same either way.
const (
	plainBytes  = 4 << 20 // transformed weights above this size are not kept
	plainTiles  = 128     // about how many tiles are computed together: weights are expanded for each block
	chunkBlocks = 8       // of input channels that are expanded together
	// chunkStep is from one channel of a chunk to the next: it is written in order,
	// so that the CPU sees one stream come from memory and one go. A position's
	// channels lie far apart, padded so that they spread over the first-level cache.
	chunkStep = (36 + 1) * panel
)

// packPlain packs weights as they are.
func (p *Weights) packPlain(w []float32) {
	s := p.shape
	p.stride = p.blocks * p.lanes * s.Kernel * s.Kernel * panel
	p.data = kernel.Alloc(p.panels() * p.stride)
	share(p.panels(), func() func(int) {
		return func(k int) { p.copyPanel(p.data[k*p.stride:], w, k) }
	})
	for pos := range p.spans {
		p.spans[pos] = product{span{0, p.blocks}, pos * panel}
	}
}

// packExpanded packs transformed 3×3 weights.
func (p *Weights) packExpanded(w []float32) {
	channels := p.blocks * p.lanes
	p.data = kernel.Alloc(p.panels() * p.stride)
	expand := engineOf(simd.Best()).expand
	share(p.panels(), func() func(int) {
		g, u := make([]float32, channels*9*panel), make([]float32, channels*len(p.spans)*panel)
		return func(pan int) {
			clear(g)
			p.copyPanel(g, w, pan)
			from, data := g, p.data[pan*p.stride:]
			for f, k := range p.scheme.kinds() {
				expand(&expandArgs{g: from, u: u, step: panel, posStep: channels * panel, channels: channels, kind: k})
				from = from[channels*k.taps()*panel:]
				for pos, q := range p.spans {
					if block := f * p.blocks; q.blocks.from <= block && block < q.blocks.to {
						to := data[q.data+(block-q.blocks.from)*p.lanes*panel:]
						copy(to, u[pos*channels*panel:][:channels*panel])
					}
				}
			}
		}
	})
}

// copyPanel copies a panel's weights to g, which is zero, phase by phase.
func (p *Weights) copyPanel(g, w []float32, pan int) {
	s := p.shape
	for f, ph := range p.scheme.phases() {
		k := p.scheme.kinds()[f]
		rows, cols := k.shape()
		for o := range min(panel, s.Out-pan*panel) {
			from := w[(pan*panel+o)*s.In*9:][:s.In*9]
			for c := range s.In {
				for i := range rows {
					for j := range cols {
						g[k.at(c, i*cols+j, o)] = from[9*c+3*(ph.y.first+i*p.scheme.stride)+ph.x.first+j*p.scheme.stride]
					}
				}
			}
		}
		g = g[p.blocks*p.lanes*k.taps()*panel:]
	}
}

// expanded computes the jobs of one panel of plain weights.
func (c *Conv) expanded(pan int, jobs []job, s *Scratch) {
	w, a := c.opt.Weights, &s.product
	g, v := w.data[pan*w.stride:], s.v
	chunks := (w.blocks + chunkBlocks - 1) / chunkBlocks
	for f, k := range w.scheme.kinds() {
		c.phaseJobs(s, jobs, f)
		for i := range chunks {
			from, to := w.blocks*i/chunks, w.blocks*(i+1)/chunks
			s.expand = expandArgs{g: g, u: s.u, step: chunkStep, posStep: panel, channels: (to - from) * w.lanes, kind: k}
			c.level.expand(&s.expand)
			for j := range s.phase {
				s.phase[j].blocks = to - from
				if i > 0 {
					s.phase[j].accumulate = 1
				}
			}
			a.jobs, a.u, a.v, a.step = s.phase, s.u, v, chunkStep
			c.level.product(a)
			g, v = g[s.expand.channels*k.taps()*panel:], v[(to-from)*a.blockStep:]
		}
	}
}

// phaseJobs picks the jobs that have products of phase f, which add to those of the
// phases before.
func (c *Conv) phaseJobs(s *Scratch, jobs []job, f int) {
	sc := c.opt.Weights.scheme
	n := sc.points()
	s.phase = s.phase[:0]
	for _, j := range jobs {
		ph := sc.phasesOf(j.position/n, j.position%n)
		if f < ph.from || f >= ph.to {
			continue
		}
		j.accumulate = min(f-ph.from, 1)
		s.phase = append(s.phase, j)
	}
}
