package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Factors of 16 fractional bits, as in package jpeg's colour.go, less the whole
// numbers that make them fit 16 bits: 1.402 − 1, 1.772 − 2, 1 − 0.71414.
const (
	crR = 91881 - 1<<16
	cbB = 116130 - 2<<16
	crG = 1<<16 - 46802
	cbG = -22554
)

// outside is the index with which a shuffle sets a byte to zero.
const outside = 0x80

// colour writes ycbcrRowAVX2: ycbcrRowGeneric for n pixels, a multiple of 16.
func colour(ctx *build.Context) {
	k := colourKernel{
		Context:  ctx,
		one:      constant16(ctx, "colourOne", 1),
		centre:   constant16(ctx, "colourCentre", 128),
		crR:      constant16(ctx, "colourCrR", crR),
		cbB:      constant16(ctx, "colourCbB", cbB),
		cbcrG:    constant16(ctx, "colourCbCrG", cbG, crG),
		half:     constant32(ctx, "colourHalf", 1<<15),
		shuffles: shuffles(ctx),
	}
	begin(ctx, "ycbcrRowAVX2", "func(dst, y, cb, cr *uint8, n int)")
	dst := ctx.Load(ctx.Param("dst"), ctx.GP64())
	y := ctx.Load(ctx.Param("y"), ctx.GP64())
	cb := ctx.Load(ctx.Param("cb"), ctx.GP64())
	cr := ctx.Load(ctx.Param("cr"), ctx.GP64())
	n := ctx.Load(ctx.Param("n"), ctx.GP64())
	ctx.Label("next")
	k.interleave(dst, k.convert(y, cb, cr))
	for _, p := range []reg.Register{y, cb, cr} {
		ctx.ADDQ(operand.U8(16), p)
	}
	ctx.ADDQ(operand.U8(48), dst)
	ctx.SUBQ(operand.U8(16), n)
	ctx.JNE(operand.LabelRef("next"))
	ctx.VZEROUPPER()
	ctx.RET()
}

type colourKernel struct {
	*build.Context
	one, centre, crR, cbB, cbcrG, half operand.Mem
	shuffles                           [2][2]operand.Mem
}

// convert returns red, green and blue of 16 pixels as 16-bit numbers not yet
// saturated.
func (k colourKernel) convert(yp, cbp, crp reg.Register) [3]reg.VecVirtual {
	y, u, v := k.YMM(), k.YMM(), k.YMM()
	k.VPMOVZXBW(at(yp, 0), y)
	k.VPMOVZXBW(at(cbp, 0), u)
	k.VPMOVZXBW(at(crp, 0), v)
	k.VPSUBW(k.centre, u, u)
	k.VPSUBW(k.centre, v, v)

	// Green: y − v + round(cbG·u + crG·v).
	low, high, g := k.YMM(), k.YMM(), k.YMM()
	k.VPUNPCKLWD(v, u, low)
	k.VPUNPCKHWD(v, u, high)
	for _, p := range []reg.VecVirtual{low, high} {
		k.VPMADDWD(k.cbcrG, p, p)
		k.VPADDD(k.half, p, p)
		k.VPSRAD(operand.U8(16), p, p)
	}
	k.VPACKSSDW(high, low, g)
	k.VPSUBW(v, g, g)
	k.VPADDW(y, g, g)

	// Red: y + v + round(crR·v).
	r := k.roundedProduct(v, k.crR)
	k.VPADDW(v, r, r)
	k.VPADDW(y, r, r)

	// Blue: y + 2u + round(cbB·u).
	b := k.roundedProduct(u, k.cbB)
	k.VPADDW(u, b, b)
	k.VPADDW(u, b, b)
	k.VPADDW(y, b, b)
	return [3]reg.VecVirtual{r, g, b}
}

// roundedProduct is x times a fraction, halves rounded up: the high half of twice
// the product is its floor in halves, and rounding that is exact.
func (k colourKernel) roundedProduct(x reg.VecVirtual, factor operand.Mem) reg.VecVirtual {
	p := k.YMM()
	k.VPADDW(x, x, p)
	k.VPMULHW(factor, p, p)
	k.VPADDW(k.one, p, p)
	k.VPSRAW(operand.U8(1), p, p)
	return p
}

// interleave saturates and stores 16 pixels, eight in each lane.
func (k colourKernel) interleave(dst reg.Register, rgb [3]reg.VecVirtual) {
	rg, bb := k.YMM(), k.YMM()
	k.VPACKUSWB(rgb[1], rgb[0], rg)
	k.VPACKUSWB(rgb[2], rgb[2], bb)
	var part [2]reg.VecVirtual // bytes 0–15 and 16–23 of eight pixels
	for i := range part {
		part[i] = k.YMM()
		fromBlue := k.YMM()
		k.VPSHUFB(k.shuffles[i][0], rg, part[i])
		k.VPSHUFB(k.shuffles[i][1], bb, fromBlue)
		k.VPOR(fromBlue, part[i], part[i])
	}
	k.VMOVDQU(part[0].AsX(), at(dst, 0))
	k.VMOVQ(part[1].AsX(), at(dst, 16))
	k.VEXTRACTI128(operand.U8(1), part[0], at(dst, 24))
	k.VEXTRACTI128(operand.U8(1), part[1], part[1].AsX())
	k.VMOVQ(part[1].AsX(), at(dst, 40))
}

// shuffles returns, for the two parts of eight pixels, the shuffles that place
// bytes of red (0–7 of the source) and green (8–15), and those of blue.
func shuffles(ctx *build.Context) (s [2][2]operand.Mem) {
	names := [2][2]string{{"colourRG0", "colourB0"}, {"colourRG1", "colourB1"}}
	for part := range s {
		var rg, blue [32]byte
		for i := range 32 {
			at := 16*part + i%16
			pixel := byte(at / 3)
			rg[i], blue[i] = outside, outside
			switch {
			case at >= 24:
			case at%3 == 2:
				blue[i] = pixel
			default:
				rg[i] = pixel + byte(8*(at%3))
			}
		}
		s[part][0] = constant8(ctx, names[part][0], rg[:]...)
		s[part][1] = constant8(ctx, names[part][1], blue[:]...)
	}
	return s
}
