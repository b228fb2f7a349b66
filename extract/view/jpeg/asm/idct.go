package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Constants of the transform, as in package jpeg's idct.go.
const (
	fix0298 = 2446
	fix0390 = 3196
	fix0541 = 4433
	fix0765 = 6270
	fix0899 = 7373
	fix1175 = 9633
	fix1501 = 12299
	fix1847 = 15137
	fix1961 = 16069
	fix2053 = 16819
	fix2562 = 20995
	fix3072 = 25172

	constBits  = 13
	shiftPass1 = 11
	shiftPass2 = 18
)

// transform holds what both passes of the inverse DCT share.
//
// Before a pass, four registers hold the eight inputs in pairs: register i holds
// inputs 2i and 2i+1, each 128-bit lane four places of the one, then the same four
// of the other. Interleaving two registers' low or high halves thus gives pairs of
// inputs for VPMADDWD, with all eight places in one register.
type transform struct {
	*build.Context
	p [4]reg.VecVirtual

	t2, t3, z3, z4, o0, o1, o2, o3 operand.Mem // pairs of factors
	half                           [2]operand.Mem
}

// idct writes idctAVX2, which computes idctGeneric.
func idct(ctx *build.Context) {
	k := transform{
		Context: ctx,
		t2:      constant16(ctx, "idctT2", fix0541, fix0541-fix1847),
		t3:      constant16(ctx, "idctT3", fix0541+fix0765, fix0541),
		z3:      constant16(ctx, "idctZ3", fix1175-fix1961, fix1175),
		z4:      constant16(ctx, "idctZ4", fix1175, fix1175-fix0390),
		o0:      constant16(ctx, "idctO0", -fix0899, fix0298-fix0899),
		o1:      constant16(ctx, "idctO1", -fix2562, fix2053-fix2562),
		o2:      constant16(ctx, "idctO2", fix3072-fix2562, -fix2562),
		o3:      constant16(ctx, "idctO3", fix1501-fix0899, -fix0899),
		half: [2]operand.Mem{
			constant32(ctx, "idctHalf1", 1<<(shiftPass1-1)),
			constant32(ctx, "idctHalf2", 1<<(shiftPass2-1)),
		},
	}
	centre := constant32(ctx, "idctCentre", 0x80808080)

	begin(ctx, "idctAVX2", "func(dst *uint8, stride int, blk *int16, quant *uint16)")
	blk := ctx.Load(ctx.Param("blk"), ctx.GP64())
	quant := ctx.Load(ctx.Param("quant"), ctx.GP64())
	for i := range k.p {
		k.p[i] = ctx.YMM()
	}
	k.load(blk, quant)
	k.pass(0, shiftPass1)
	k.transposePass()
	k.Label("rows")
	k.pass(1, shiftPass2)
	k.finish(centre)
	ctx.VZEROUPPER()
	ctx.RET()
}

// load dequantises a block into the layout of a pass. If only the first row has
// coefficients, it does the first pass too, which then gives eight equal rows, and
// jumps to the second.
func (k transform) load(blk, quant reg.Register) {
	var row [4]reg.VecVirtual // two rows of coefficients each
	for i := range row {
		row[i] = k.YMM()
		k.VMOVDQU(at(blk, 32*i), row[i])
	}
	below, second := k.YMM(), k.YMM()
	k.VPXOR(below, below, below)
	k.VPBLENDD(operand.U8(0xF0), row[0], below, second)
	for _, r := range row[1:] {
		k.VPOR(r, second, second)
	}
	k.VPTEST(second, second)
	for i, r := range row {
		k.VPMULLW(at(quant, 32*i), r, r)
	}
	k.JNE(operand.LabelRef("columns"))

	k.VPSLLW(operand.U8(2), row[0], row[0])
	for i := range k.p {
		// Two values, four times each, in both lanes.
		x, y := row[0].AsX(), k.p[i].AsX()
		if i < 2 {
			k.VPUNPCKLWD(x, x, y)
		} else {
			k.VPUNPCKHWD(x, x, y)
		}
		k.VPSHUFD(operand.U8(0x50+0xAA*(i%2)), y, y)
		k.VPERMQ(operand.U8(0x44), k.p[i], k.p[i])
	}
	k.JMP(operand.LabelRef("rows"))

	k.Label("columns")
	for i, r := range row {
		k.VPERMQ(operand.U8(0xD8), r, k.p[i])
	}
}

// low and high interleave the first and second inputs of two registers.
func (k transform) low(a, b reg.VecVirtual) reg.VecVirtual {
	d := k.YMM()
	k.VPUNPCKLWD(b, a, d)
	return d
}

func (k transform) high(a, b reg.VecVirtual) reg.VecVirtual {
	d := k.YMM()
	k.VPUNPCKHWD(b, a, d)
	return d
}

func (k transform) madd(pairs reg.VecVirtual, factors operand.Mem) reg.VecVirtual {
	d := k.YMM()
	k.VPMADDWD(factors, pairs, d)
	return d
}

func (k transform) add(a, b reg.VecVirtual) reg.VecVirtual {
	d := k.YMM()
	k.VPADDD(b, a, d)
	return d
}

func (k transform) sub(a, b reg.VecVirtual) reg.VecVirtual {
	d := k.YMM()
	k.VPSUBD(b, a, d)
	return d
}

// pass transforms the eight inputs and leaves, transposed within lanes but not
// across, the outputs in p: see transposePass and finish for where.
func (k transform) pass(n, shift int) {
	p01, p23, p45, p67 := k.p[0], k.p[1], k.p[2], k.p[3]
	// 16-bit sums: v0+v4 and v1+v5; v0−v4; v3+v7.
	sum, difference, sum37 := k.YMM(), k.YMM(), k.YMM()
	k.VPADDW(p45, p01, sum)
	k.VPSUBW(p45, p01, difference)
	k.VPADDW(p67, p23, sum37)

	v26, v17, v35 := k.low(p23, p67), k.high(p01, p67), k.high(p23, p45)
	v34 := k.high(sum37, sum)
	zero := k.YMM()
	k.VPXOR(zero, zero, zero)
	t0, t1 := k.low(zero, sum), k.low(zero, difference)
	for _, t := range []reg.VecVirtual{t0, t1} {
		k.VPSRAD(operand.U8(16-constBits), t, t)
		k.VPADDD(k.half[n], t, t)
	}
	t2, t3 := k.madd(v26, k.t2), k.madd(v26, k.t3)
	t10, t13 := k.add(t0, t3), k.sub(t0, t3)
	t11, t12 := k.add(t1, t2), k.sub(t1, t2)
	z3, z4 := k.madd(v34, k.z3), k.madd(v34, k.z4)
	o0, o3 := k.add(k.madd(v17, k.o0), z3), k.add(k.madd(v17, k.o3), z4)
	o1, o2 := k.add(k.madd(v35, k.o1), z4), k.add(k.madd(v35, k.o2), z3)

	out := [8]reg.VecVirtual{
		k.add(t10, o3), k.add(t11, o2), k.add(t12, o1), k.add(t13, o0),
		k.sub(t13, o0), k.sub(t12, o1), k.sub(t11, o2), k.sub(t10, o3),
	}
	for i, o := range out {
		k.VPSRAD(operand.U8(shift), o, o)
		if i%2 == 1 {
			k.VPACKSSDW(o, out[i-1], k.p[i/2])
		}
	}
	// 4×4 transposes of outputs 0–3 and 4–7: p[0] and p[1] get places 0, 1 and
	// 2, 3 of the former, p[2] and p[3] of the latter; lane 1 places 4 to 7.
	for i := 0; i < 4; i += 2 {
		even, odd := k.low(k.p[i], k.p[i+1]), k.high(k.p[i], k.p[i+1])
		k.VPUNPCKLWD(odd, even, k.p[i])
		k.VPUNPCKHWD(odd, even, k.p[i+1])
	}
}

// transposePass moves lanes so that the places of the first pass become the inputs
// of the second.
func (k transform) transposePass() {
	a0, a1 := k.YMM(), k.YMM()
	k.VMOVDQA(k.p[0], a0)
	k.VMOVDQA(k.p[1], a1)
	k.VPERM2I128(operand.U8(0x20), k.p[2], a0, k.p[0])
	k.VPERM2I128(operand.U8(0x20), k.p[3], a1, k.p[1])
	k.VPERM2I128(operand.U8(0x31), k.p[2], a0, k.p[2])
	k.VPERM2I128(operand.U8(0x31), k.p[3], a1, k.p[3])
}

// finish saturates the samples to bytes, centres them and stores eight rows.
func (k transform) finish(centre operand.Mem) {
	dst := k.Load(k.Param("dst"), k.GP64())
	stride := k.Load(k.Param("stride"), k.GP64())
	for i := range 2 {
		// Rows 2i and 2i+1 in lane 0, 4+2i and 5+2i in lane 1.
		r := k.p[i]
		k.VPACKSSWB(k.p[i+2], r, r)
		k.VPXOR(centre, r, r) // adds 128
		k.VPSHUFD(operand.U8(0xD8), r, r)
	}
	upper := [2]reg.VecVirtual{k.XMM(), k.XMM()}
	for i := range 2 {
		k.VEXTRACTI128(operand.U8(1), k.p[i], upper[i])
	}
	for i, x := range []reg.Register{k.p[0].AsX(), k.p[1].AsX(), upper[0], upper[1]} {
		if i > 0 {
			k.ADDQ(stride, dst)
		}
		k.VMOVQ(x, at(dst, 0))
		k.ADDQ(stride, dst)
		k.VMOVHPS(x, at(dst, 0))
	}
}
