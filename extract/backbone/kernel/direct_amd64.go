//go:build amd64 && !purego

package kernel

import "featurecache/simd"

// directArgs is what the assembly reads; asm/direct.go knows its offsets.
type directArgs struct {
	in, out, res       *float32 // res nil for none; out and res at the panel's first block
	weights, bias      *float32
	pixels             *pixel
	taps               *int32
	tiles              int // groups of 12 pixels (AVX-512) or 6 (AVX2), at least one
	nTaps              int
	outBlock, resBlock int // bytes between channel blocks
	weightStep         int // bytes between the weights of successive channels (AVX2)
	lo, hi             float32
}

// The kernels are [Direct.directGeneric] for two blocks of output channels or one,
// and taps of 16 channels (wide), 8 (half) or one (narrow), or for groups that take
// their own 1, 4 or 8 channels of one block.

//go:noescape
func directAVX512x2Wide(a *directArgs)

//go:noescape
func directAVX512x2Half(a *directArgs)

// The tails' tiles are of 4 pixels.

//go:noescape
func directAVX512x2WideTail(a *directArgs)

//go:noescape
func directAVX512x2HalfTail(a *directArgs)

//go:noescape
func directAVX512x2Narrow(a *directArgs)

//go:noescape
func directAVX512x1Wide(a *directArgs)

//go:noescape
func directAVX512x1Half(a *directArgs)

//go:noescape
func directAVX512x1Narrow(a *directArgs)

//go:noescape
func directAVX512Group1(a *directArgs)

//go:noescape
func directAVX512Group4(a *directArgs)

//go:noescape
func directAVX512Group8(a *directArgs)

//go:noescape
func directAVX2Wide(a *directArgs)

//go:noescape
func directAVX2Half(a *directArgs)

//go:noescape
func directAVX2Narrow(a *directArgs)

//go:noescape
func directAVX2Group1(a *directArgs)

//go:noescape
func directAVX2Group4(a *directArgs)

//go:noescape
func directAVX2Group8(a *directArgs)

func (d *Direct) runPanel(level simd.Level, dst, src, res []float32, pixels []pixel, n int, p *panel) {
	if level == simd.Generic {
		d.directGeneric(dst, src, res, pixels, p)
		return
	}
	a := directArgs{
		in: &src[0], out: &dst[p.block*d.out.BlockStride()],
		weights: &p.weights[0], bias: &d.bias[p.block*Lanes],
		pixels: &pixels[0], taps: &p.taps[0], nTaps: len(p.taps),
		outBlock: 4 * d.out.BlockStride(), resBlock: 4 * d.res.BlockStride(),
		weightStep: 4 * p.blocks * Lanes,
		lo:         d.conv.Lo, hi: d.conv.Hi,
	}
	if len(res) > 0 {
		a.res = &res[p.block*d.res.BlockStride()]
	}
	if d.run > 1 {
		a.tiles = len(pixels)
		d.runDepthwise(level, &a)
		return
	}
	wide, half := p.width == Lanes, p.width == Lanes/2
	if level == simd.AVX512 {
		a.tiles = len(pixels) / 12
		switch {
		case p.group == 1:
			directAVX512Group1(&a)
		case p.group == 4:
			directAVX512Group4(&a)
		case p.group == 8:
			directAVX512Group8(&a)
		case p.blocks == 2 && (wide || half):
			p.runPair(&a, pixels, n)
		case p.blocks == 2:
			directAVX512x2Narrow(&a)
		case wide:
			directAVX512x1Wide(&a)
		case half:
			directAVX512x1Half(&a)
		default:
			directAVX512x1Narrow(&a)
		}
		return
	}
	a.tiles = (n + 5) / 6
	for b := range p.blocks {
		a.out = &dst[(p.block+b)*d.out.BlockStride()]
		a.weights, a.bias = &p.weights[b*Lanes], &d.bias[(p.block+b)*Lanes]
		if len(res) > 0 {
			a.res = &res[(p.block+b)*d.res.BlockStride()]
		}
		switch {
		case p.group == 1:
			directAVX2Group1(&a)
		case p.group == 4:
			directAVX2Group4(&a)
		case p.group == 8:
			directAVX2Group8(&a)
		case wide:
			directAVX2Wide(&a)
		case half:
			directAVX2Half(&a)
		default:
			directAVX2Narrow(&a)
		}
	}
}

// runPair computes the first n pixels of a panel of two blocks. A tail of up to two thirds
// of a tile is faster in small tiles: one image of 7×7 is 4 tiles and 1 pixel.
func (p *panel) runPair(a *directArgs, pixels []pixel, n int) {
	const small = 4
	tail := 0
	if rest := n % tile; rest <= 2*small {
		a.tiles, tail = n/tile, (rest+small-1)/small
	}
	if p.width == Lanes {
		if a.tiles > 0 {
			directAVX512x2Wide(a)
		}
		if tail > 0 {
			a.pixels, a.tiles = &pixels[n/tile*tile], tail
			directAVX512x2WideTail(a)
		}
		return
	}
	if a.tiles > 0 {
		directAVX512x2Half(a)
	}
	if tail > 0 {
		a.pixels, a.tiles = &pixels[n/tile*tile], tail
		directAVX512x2HalfTail(a)
	}
}
