package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The packing of attention is the same for AVX2 and AVX-512.

// transposeRows writes the transposition of 16 pixels, 8 channels of 8 pixels at a time.
func transposeRows(ctx *build.Context) {
	ctx.Function("transposeRows")
	ctx.Attributes(noSplit)
	ctx.SignatureExpr("func(dst, src *float32, pixels, channels *int32, units int)")
	dst, src, pixels, channels, units := reg.RDI, reg.RSI, reg.RAX, reg.RBX, reg.RCX
	load(ctx, param{"dst", dst}, param{"src", src}, param{"pixels", pixels}, param{"channels", channels}, param{"units", units})
	from, pixel := reg.R8, reg.R9
	in, out := ymm.v[:8], ymm.v[8:]
	ctx.Label("unit")
	ctx.MOVLQSX(at(channels, 0), from)
	ctx.LEAQ(operand.Mem{Base: src, Index: from, Scale: 4}, from)
	for half := range 2 {
		for i, r := range in {
			ctx.MOVLQSX(at(pixels, 4*(8*half+i)), pixel)
			ctx.VMOVUPS(operand.Mem{Base: from, Index: pixel, Scale: 4}, r)
		}
		// Pairs of rows, then of pairs, then of halves.
		for i := 0; i < 8; i += 2 {
			ctx.VUNPCKLPS(in[i+1], in[i], out[i])
			ctx.VUNPCKHPS(in[i+1], in[i], out[i+1])
		}
		for i := 0; i < 8; i += 4 {
			for j := range 2 {
				ctx.VSHUFPS(operand.U8(0x44), out[i+2+j], out[i+j], in[i+2*j])
				ctx.VSHUFPS(operand.U8(0xee), out[i+2+j], out[i+j], in[i+2*j+1])
			}
		}
		for i := range 4 {
			ctx.VPERM2F128(operand.U8(0x20), in[i+4], in[i], out[i])
			ctx.VPERM2F128(operand.U8(0x31), in[i+4], in[i], out[i+4])
		}
		for i, r := range out {
			ctx.VMOVUPS(r, at(dst, 64*i+32*half))
		}
	}
	ctx.ADDQ(operand.U32(8*64), dst)
	ctx.ADDQ(operand.U8(4*tapLanes), channels)
	ctx.SUBQ(operand.U8(1), units)
	ctx.JNE(operand.LabelRef("unit"))
	ctx.VZEROUPPER()
	ctx.RET()
}

// scaleRows writes the copy of pixels' channels into blocks.
func scaleRows(ctx *build.Context) {
	ctx.Function("scaleRows")
	ctx.Attributes(noSplit)
	ctx.SignatureExpr("func(dst, src *float32, pixels, channels *int32, n, units, block int, scale float32)")
	dst, src, pixels, channels, n, units := reg.RDI, reg.RSI, reg.RAX, reg.RBX, reg.RCX, reg.RDX
	block, step := reg.R8, reg.R9
	from, pixel, to, left, list := reg.R10, reg.R11, reg.R12, reg.R13, reg.R15
	load(ctx, param{"dst", dst}, param{"src", src}, param{"pixels", pixels}, param{"channels", channels},
		param{"n", n}, param{"units", units}, param{"block", block})
	scale := ymm.v[0]
	broadcast(ctx, "scale", scale)
	ctx.MOVQ(operand.U32(32), step)
	ctx.Label("unit")
	ctx.MOVLQSX(at(channels, 0), from)
	ctx.LEAQ(operand.Mem{Base: src, Index: from, Scale: 4}, from)
	ctx.MOVQ(dst, to)
	ctx.MOVQ(pixels, list)
	ctx.MOVQ(n, left)
	ctx.Label("pixel")
	ctx.MOVLQSX(at(list, 0), pixel)
	ctx.VMULPS(operand.Mem{Base: from, Index: pixel, Scale: 4}, scale, ymm.v[1])
	ctx.VMOVUPS(ymm.v[1], at(to, 0))
	ctx.ADDQ(operand.U8(4), list)
	ctx.ADDQ(operand.U8(64), to)
	ctx.SUBQ(operand.U8(1), left)
	ctx.JNE(operand.LabelRef("pixel"))
	// The first half of a block is followed by the second, and that by the next block.
	ctx.ADDQ(step, dst)
	ctx.NEGQ(step)
	ctx.ADDQ(block, step)
	ctx.ADDQ(operand.U8(4*tapLanes), channels)
	ctx.SUBQ(operand.U8(1), units)
	ctx.JNE(operand.LabelRef("unit"))
	ctx.VZEROUPPER()
	ctx.RET()
}
