package winograd

import (
	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// expandArgs: the 3×3 weights g[((2·c + b)·9 + k)·16 + o] of input channels c and output
// channels 16·b + o, b < 2, become U = G g Gᵀ in u[c·step + position·posStep + 16·b + o].
type expandArgs struct {
	g, u     []float32
	step     int
	posStep  int
	channels int
}

// Large layers keep their weights as they are, and transform them when they are
// used: a panel and a chunk of input channels at a time, into memory that stays in
// the second-level cache. Transformed they would be four times as large, and come
// from main memory for every batch, which takes longer than transforming them does.
// The bits are the same either way.
const (
	plainBytes  = 4 << 20 // transformed weights above this size are not kept
	chunkBlocks = 8       // of input channels that are expanded together
	// chunkStep is from one channel of a chunk to the next: it is written in order,
	// so that the CPU sees one stream come from memory and one go. A position's
	// channels lie far apart, padded so that they spread over the first-level cache.
	chunkStep = (36 + 1) * panel
)

// pack3 packs 3×3 weights at stride 1.
func (p *Weights) pack3(w []float32) {
	channels := p.blocks * p.lanes
	kept := p.stride
	p.stride = channels * 9 * panel
	p.plain = 4*p.panels()*kept > plainBytes
	if p.plain {
		p.data = kernel.Alloc(p.panels() * p.stride)
		share(p.panels(), func() func(int) {
			return func(k int) { p.packPlain(p.data[k*p.stride:], w, k) }
		})
		for pos := range p.spans {
			p.spans[pos].data = pos * panel
		}
		return
	}
	plain := p.stride
	p.stride = kept
	p.data = kernel.Alloc(p.panels() * kept)
	expand := engineOf(simd.Best()).expand
	share(p.panels(), func() func(int) {
		g := make([]float32, plain)
		return func(k int) {
			clear(g)
			p.packPlain(g, w, k)
			expand(&expandArgs{g: g, u: p.data[k*kept:], step: panel, posStep: channels * panel, channels: channels})
		}
	})
}

// packPlain writes a panel's weights [channel][2][9][16] to g, which is zero.
func (p *Weights) packPlain(g, w []float32, pan int) {
	s := p.shape
	for o := range min(panel, s.Out-pan*panel) {
		row := w[(pan*panel+o)*s.In*9:][:s.In*9]
		for i, v := range row {
			g[plainAt(i/9, i%9, o)] = v
		}
	}
}

// plainAt is where the k-th weight of input channel c and output channel o lies in a
// panel of plain weights.
func plainAt(c, k, o int) int {
	return ((2*c+o/kernel.Lanes)*9+k)*kernel.Lanes + o%kernel.Lanes
}

// expanded computes the products of one panel of plain weights.
func (c *Conv) expanded(pan int, s *Scratch) {
	w, a := c.opt.Weights, &s.product
	chunks := (w.blocks + chunkBlocks - 1) / chunkBlocks
	for i := range chunks {
		from, to := w.blocks*i/chunks, w.blocks*(i+1)/chunks
		s.expand = expandArgs{g: w.data[pan*w.stride+from*w.lanes*9*panel:], u: s.u, step: chunkStep, posStep: panel, channels: (to - from) * w.lanes}
		c.level.expand(&s.expand)
		for j := range s.jobs {
			s.jobs[j].blocks = to - from
		}
		a.u, a.v, a.accumulate, a.step = s.u, s.v[from*a.blockStep:], min(i, 1), chunkStep
		c.level.product(a)
	}
}

// expandGeneric defines the bits of transformed 3×3 weights.
func expandGeneric(a *expandArgs) {
	for c := range a.channels {
		for o := range panel {
			var q [6][3]float32
			for j := range 3 {
				g := a.g[plainAt(c, j, o):]
				col := filter3(g[0], g[3*kernel.Lanes], g[6*kernel.Lanes])
				for i := range q {
					q[i][j] = col[i]
				}
			}
			for i, row := range q {
				for j, u := range filter3(row[0], row[1], row[2]) {
					a.u[c*a.step+(6*i+j)*a.posStep+o] = u
				}
			}
		}
	}
}

// filter3 is G g: the values at 0, ±½, ±2 and ∞ of the polynomial a + bx + cx², each
// over the product of the point's distances from the other finite points, twice that
// at ±½ and half of it at ±2.
func filter3(a, b, c float32) [6]float32 {
	const x1, x2, x4 float32 = 1.0 / 15, 2.0 / 15, 4.0 / 15
	odd := float32(x2 * b)
	inner, outer := fma(-x1, c, -float32(x4*a)), fma(x4, c, float32(x1*a))
	return [6]float32{a, inner - odd, inner + odd, outer + odd, outer - odd, c}
}
