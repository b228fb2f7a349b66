//go:build amd64 && !purego

package kernel

import "featurecache/simd"

// product is a run of a convolution as a matrix product.
type product struct {
	*Direct
	level         simd.Level
	dst, src, res []float32
	pixels        *Pixels
}

// runMatrix computes the share s of the panels for the first n pixels, if the level has
// kernels for it.
func (d *Direct) runMatrix(level simd.Level, dst, src, res []float32, pixels *Pixels, n int, s Share) bool {
	if level == simd.Generic {
		return false
	}
	if from, to := s.Of(len(d.panels)); from < to {
		p := product{d, level, dst, src, res, pixels}
		size := d.matrix.chunk(n)
		for at := 0; at < n; at += size {
			p.chunk(at, min(at+size, n), d.panels[from:to])
		}
	}
	return true
}

// chunk computes the pixels from, …, to−1.
func (p *product) chunk(from, to int, panels []panel) {
	t := tilesOf(p.level, to-from)
	list, m := p.pixels.list[from:], p.matrix
	for part := range m.parts {
		first, end := m.part(part)
		if m.single {
			t.packSingle(p.pixels.packed, p.src, list, m.taps[first*tapLanes:end*tapLanes])
		} else {
			t.pack(p.pixels.packed, p.src, list, m.taps[first:end])
		}
		a := matrixArgs{
			taps: end - first, first: part == 0, last: part == m.parts-1,
			outBlock: 4 * p.out.BlockStride(), resBlock: 4 * p.Direct.res.BlockStride(),
			weightStep: 4 * Lanes * tapLanes * m.count, nextBytes: 4 * Lanes * tapLanes * (end - first),
			lo: p.conv.Lo, hi: p.conv.Hi,
		}
		together := 1 // blocks of output channels
		if p.level == simd.AVX512 {
			together = 2
		}
		for i := range panels {
			n := panels[i].blocks
			for b := 0; b < n; b += together {
				a.weights = panels[i].matrixWeights(b, first)
				a.next = a.weights
				if b+together < n {
					a.next = panels[i].matrixWeights(b+together, first)
				} else if i+1 < len(panels) {
					a.next = panels[i+1].matrixWeights(0, first)
				}
				block := panels[i].block + b
				p.tiles(&a, t, list, block, min(together, n-b))
				for j := block; a.last && j < block+min(together, n-b); j++ {
					p.activate(p.level, p.dst, p.pixels, j, from, to)
				}
			}
		}
	}
}

// matrixWeights are the weights of a block of a panel from a tap on.
func (p *panel) matrixWeights(block, tap int) *float32 {
	return &p.weights[block*(len(p.weights)/p.blocks)+tap*tapLanes*Lanes]
}

// tiles computes one or two blocks of outputs for all tiles of a chunk.
func (p *product) tiles(a *matrixArgs, t tiling, list []pixel, block, blocks int) {
	a.out, a.bias = &p.dst[block*p.out.BlockStride()], &p.bias[block*Lanes]
	if len(p.res) > 0 {
		a.res = &p.res[block*p.Direct.res.BlockStride()]
	}
	packed := p.pixels.packed
	if t.tiles > 0 {
		a.in, a.pixels, a.tiles = &packed[0], &list[0], t.tiles
		switch {
		case p.level == simd.AVX2:
			matrixAVX2(a)
		case blocks == 2:
			matrixAVX512x2(a)
		default:
			matrixAVX512x1(a)
		}
	}
	if t.tails > 0 {
		n := t.tiles * t.size
		a.in, a.pixels, a.tiles = &packed[n*tapLanes*a.taps], &list[n], t.tails
		switch {
		case p.level == simd.AVX2:
			matrixAVX2Tail(a)
		case blocks == 2:
			matrixAVX512x2Tail(a)
		default:
			matrixAVX512x1Tail(a)
		}
	}
}

// tailPixels is the size of the tiles that a chunk may end with.
const tailPixels = 4

// A tiling divides the pixels of a chunk.
type tiling struct {
	size         int // pixels of a tile
	tiles, tails int // tails, of 4 pixels, come after the tiles
}

// tilesOf divides n pixels. A rest of up to two thirds of a tile is faster in small tiles:
// one image of 7×7 is 4 tiles of 12 and 1 pixel.
func tilesOf(level simd.Level, n int) tiling {
	t := tiling{size: 6}
	if level == simd.AVX512 {
		t.size = 12
	}
	t.tiles = n / t.size
	if rest := n % t.size; rest > t.size*2/3 {
		t.tiles++
	} else {
		t.tails = (rest + tailPixels - 1) / tailPixels
	}
	return t
}

// pack packs the taps of a chunk of pixels.
func (t tiling) pack(dst, src []float32, list []pixel, taps []int32) {
	a := packArgs{src: &src[0], taps: &taps[0], nTaps: len(taps)}
	if t.tiles > 0 {
		a.dst, a.pixels, a.tiles = &dst[0], &list[0], t.tiles
		if t.size == 12 {
			packTile12(&a)
		} else {
			packTile6(&a)
		}
	}
	if t.tails > 0 {
		n := t.tiles * t.size
		a.dst, a.pixels, a.tiles = &dst[n*tapLanes*len(taps)], &list[n], t.tails
		packTile4(&a)
	}
}

// packSingle packs inputs that lie one by one.
func (t tiling) packSingle(dst, src []float32, list []pixel, taps []int32) {
	for t.tiles+t.tails > 0 {
		size := t.size
		if t.tiles > 0 {
			t.tiles--
		} else {
			size = tailPixels
			t.tails--
		}
		for i := range size {
			in, out := src[list[i].in:], dst[i*tapLanes:]
			for at, tap := range taps {
				out[at/tapLanes*tapLanes*size+at%tapLanes] = in[tap]
			}
		}
		list, dst = list[size:], dst[size*len(taps):]
	}
}
