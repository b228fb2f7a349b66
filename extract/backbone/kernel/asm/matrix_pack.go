package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of package kernel's packArgs.
const (
	packDst, packSrc     = 0, 8
	packPixels, packTaps = 16, 24
	packTiles, packNTaps = 32, 40
	// packAhead is how many bytes ahead of its writes packing fetches memory.
	packAhead = 1024
)

// pack writes the packing of inputs for matrix products, for tiles of each size.
func pack(ctx *build.Context) {
	for _, pixels := range []int{12, 6, 4} {
		packKernel(ctx, fmt.Sprint("packTile", pixels), pixels)
	}
}

// packKernel copies tiles of pixels: of each tap the 8 channels of one pixel after the
// other. It writes in order, and many reads are under way at a time.
func packKernel(ctx *build.Context, name string, pixels int) {
	ctx.Function(name)
	ctx.Attributes(noSplit)
	ctx.SignatureExpr("func(a *byte)")
	args, list, tiles := reg.RAX, reg.RBX, reg.RCX
	src, dst, from, pixel := reg.RSI, reg.RDI, reg.R8, reg.R9
	tap, tapsEnd := reg.R10, reg.R11
	ctx.Load(ctx.Param("a"), args)
	for _, a := range []struct {
		offset int
		to     reg.GPPhysical
	}{{packDst, dst}, {packSrc, src}, {packPixels, list}, {packTiles, tiles}, {packTaps, tapsEnd}, {packNTaps, tap}} {
		ctx.MOVQ(at(args, a.offset), a.to)
	}
	ctx.LEAQ(operand.Mem{Base: tapsEnd, Index: tap, Scale: 4}, tapsEnd)
	ctx.Label("tile")
	ctx.MOVQ(at(args, packTaps), tap)
	ctx.Label("tap")
	ctx.MOVLQSX(at(tap, 0), from)
	ctx.LEAQ(operand.Mem{Base: src, Index: from, Scale: 4}, from)
	for p := range pixels {
		v := ymm.v[p]
		ctx.MOVLQSX(at(list, p*pixelSize+pixelIn), pixel)
		ctx.VMOVUPS(operand.Mem{Base: from, Index: pixel, Scale: 4}, v)
		if p%2 == 0 {
			ctx.PREFETCHT0(at(dst, packAhead+32*p))
		}
		ctx.VMOVUPS(v, at(dst, 32*p))
	}
	ctx.ADDQ(operand.U32(32*pixels), dst)
	ctx.ADDQ(operand.U8(4), tap)
	ctx.CMPQ(tap, tapsEnd)
	ctx.JB(operand.LabelRef("tap"))
	ctx.ADDQ(operand.U32(pixels*pixelSize), list)
	ctx.SUBQ(operand.U8(1), tiles)
	ctx.JNE(operand.LabelRef("tile"))
	ctx.VZEROUPPER()
	ctx.RET()
}
