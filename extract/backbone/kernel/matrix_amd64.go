//go:build amd64 && !purego

package kernel

import "featurecache/simd"

// matrixArgs is what the assembly reads; asm/matrix.go knows its offsets.
type matrixArgs struct {
	in                 *float32 // the first tile's packed inputs
	weights, next      *float32 // of these taps: of this panel, and of the next, to prefetch
	out, res, bias     *float32 // at the panel's first block; res nil for none
	pixels             *pixel
	tiles, taps        int // at least one
	weightStep         int // bytes between the weights of a panel's two blocks (AVX-512)
	outBlock, resBlock int // bytes between channel blocks
	first, last        int // 1 if the sum begins and ends with these taps
	lo, hi             float32
	nextBytes          int // of a block of next
}

//go:noescape
func matrixAVX512x2(a *matrixArgs)

//go:noescape
func matrixAVX512x1(a *matrixArgs)

// The tails' tiles are of 4 pixels.

//go:noescape
func matrixAVX512x2Tail(a *matrixArgs)

//go:noescape
func matrixAVX512x1Tail(a *matrixArgs)

//go:noescape
func matrixAVX2(a *matrixArgs)

//go:noescape
func matrixAVX2Tail(a *matrixArgs)

// packArgs is what packAVX2 reads.
type packArgs struct {
	dst, src *float32 // of the tap
	pixels   *pixel
	tiles    int
	pairs    int // of pixels in a tile
	gap      int // bytes from a tile's tap to the next tile's
}

// packAVX2 copies a tap of tiles of pixels.
//
//go:noescape
func packAVX2(a *packArgs)

// tailPixels is the size of the tiles that a chunk may end with.
const tailPixels = 4

// tiling is how the pixels of a chunk are divided into tiles.
type tiling struct {
	size        int // pixels of a tile
	tiles, tail int // tiles, and tails of 4 pixels after them
}

// tilesOf divides n pixels. A rest of up to two thirds of a tile is faster in small tiles.
func tilesOf(level simd.Level, n int) tiling {
	t := tiling{size: 6}
	if level == simd.AVX512 {
		t.size = 12
	}
	t.tiles = n / t.size
	switch rest := n % t.size; {
	case rest == 0:
	case rest <= t.size*2/3:
		t.tail = (rest + tailPixels - 1) / tailPixels
	default:
		t.tiles++
	}
	return t
}

// pack packs the taps of a chunk of pixels.
func (t tiling) pack(dst, src []float32, pixels []pixel, taps []int32) {
	parts := []struct{ tiles, size int }{{t.tiles, t.size}, {t.tail, tailPixels}}
	for _, p := range parts {
		if p.tiles == 0 {
			continue
		}
		a := packArgs{pixels: &pixels[0], tiles: p.tiles, pairs: p.size / 2, gap: 4 * tapLanes * p.size * (len(taps) - 1)}
		for i, tap := range taps {
			a.src, a.dst = &src[tap], &dst[i*tapLanes*p.size]
			packAVX2(&a)
		}
		pixels, dst = pixels[p.tiles*p.size:], dst[p.tiles*p.size*tapLanes*len(taps):]
	}
}

// runMatrix computes the share s of the panels for the first n of pixels.
func (d *Direct) runMatrix(level simd.Level, dst, src, res, packed []float32, pixels []pixel, n int, s Share) {
	m := d.matrix
	from, to := s.Of(len(d.panels))
	if from == to {
		return
	}
	chunk := m.chunk(n)
	for ; n > 0; n -= chunk {
		t := tilesOf(level, min(n, chunk))
		for part := range m.parts {
			first, end := m.part(part)
			t.pack(packed, src, pixels, m.taps[first:end])
			a := matrixArgs{taps: end - first, outBlock: 4 * d.out.BlockStride(), resBlock: 4 * d.res.BlockStride(),
				weightStep: 4 * Lanes * tapLanes * len(m.taps),
				lo:         d.conv.Lo, hi: d.conv.Hi}
			a.nextBytes = 4 * Lanes * tapLanes * a.taps
			if part == 0 {
				a.first = 1
			}
			if part == m.parts-1 {
				a.last = 1
			}
			for i := from; i < to; i++ {
				p := &d.panels[i]
				next := &d.panels[min(i+1, to-1)]
				offset := first * tapLanes * Lanes
				if level == simd.AVX512 {
					a.weights, a.next = &p.weights[offset], &next.weights[offset]
					a.tile(level, d, p, 0, dst, res, packed, pixels, t, p.blocks)
					continue
				}
				for b := range p.blocks {
					a.weights = &p.weights[b*len(p.weights)/p.blocks+offset]
					if b+1 < p.blocks {
						a.next = &p.weights[(b+1)*len(p.weights)/p.blocks+offset]
					} else {
						a.next = &next.weights[offset]
					}
					a.tile(level, d, p, b, dst, res, packed, pixels, t, 1)
				}
			}
		}
		pixels = pixels[min(chunk, len(pixels)):]
	}
}

func (a *matrixArgs) tile(level simd.Level, d *Direct, p *panel, b int, dst, res, packed []float32, pixels []pixel, t tiling, blocks int) {
	a.out = &dst[(p.block+b)*d.out.BlockStride()]
	a.bias = &d.bias[(p.block+b)*Lanes]
	if len(res) > 0 {
		a.res = &res[(p.block+b)*d.res.BlockStride()]
	}
	if t.tiles > 0 {
		a.in, a.pixels, a.tiles = &packed[0], &pixels[0], t.tiles
		switch {
		case level == simd.AVX2:
			matrixAVX2(a)
		case blocks == 2:
			matrixAVX512x2(a)
		default:
			matrixAVX512x1(a)
		}
	}
	if t.tail > 0 {
		n := t.tiles * t.size
		a.in, a.pixels, a.tiles = &packed[n*tapLanes*a.taps], &pixels[n], t.tail
		switch {
		case level == simd.AVX2:
			matrixAVX2Tail(a)
		case blocks == 2:
			matrixAVX512x2Tail(a)
		default:
			matrixAVX512x1Tail(a)
		}
	}
}
