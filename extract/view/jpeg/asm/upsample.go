package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// upsample writes the three triangle filters. Each handles 16 samples at a time,
// and so may read and write beyond n. The pointers to samples of a row are to the
// first one; the horizontal filters read the one before it too.
func upsample(ctx *build.Context) {
	k := upsampleKernel{
		Context: ctx,
		one:     constant16(ctx, "upsampleOne", 1),
		two:     constant16(ctx, "upsampleTwo", 2),
		seven:   constant16(ctx, "upsampleSeven", 7),
		eight:   constant16(ctx, "upsampleEight", 8),
	}
	k.h2v1()
	k.h2v2()
	k.h1v2()
}

type upsampleKernel struct {
	*build.Context
	one, two, seven, eight operand.Mem
}

// widen loads 16 samples as 16-bit numbers.
func (k upsampleKernel) widen(p reg.Register, displacement int) reg.VecVirtual {
	v := k.YMM()
	k.VPMOVZXBW(at(p, displacement), v)
	return v
}

// triple returns 3·x.
func (k upsampleKernel) triple(x reg.VecVirtual) reg.VecVirtual {
	d := k.YMM()
	k.VPADDW(x, x, d)
	k.VPADDW(x, d, d)
	return d
}

// store writes (3·here + left + low) >> shift and (3·here + right + high) >> shift
// in turn: 32 bytes.
func (k upsampleKernel) store(dst reg.Register, left, here, right reg.VecVirtual, low, high operand.Mem, shift int) {
	even, odd := k.triple(here), k.YMM()
	k.VPADDW(right, even, odd)
	k.VPADDW(high, odd, odd)
	k.VPADDW(left, even, even)
	k.VPADDW(low, even, even)
	k.VPSRLW(operand.U8(shift), even, even)
	k.VPSRLW(operand.U8(shift), odd, odd)
	k.VPSLLW(operand.U8(8), odd, odd)
	k.VPOR(odd, even, even)
	k.VMOVDQU(even, at(dst, 0))
}

func (k upsampleKernel) h2v1() {
	begin(k.Context, "upsampleRowH2V1AVX2", "func(dst, src *uint8, n int)")
	dst := k.Load(k.Param("dst"), k.GP64())
	src := k.Load(k.Param("src"), k.GP64())
	n := k.Load(k.Param("n"), k.GP64())
	k.Label("next")
	k.store(dst, k.widen(src, -1), k.widen(src, 0), k.widen(src, 1), k.one, k.two, 2)
	k.ADDQ(operand.U8(16), src)
	k.ADDQ(operand.U8(32), dst)
	k.SUBQ(operand.U8(16), n)
	k.JGT(operand.LabelRef("next"))
	k.VZEROUPPER()
	k.RET()
}

func (k upsampleKernel) h2v2() {
	begin(k.Context, "upsampleRowH2V2AVX2", "func(dst, near, far *uint8, n int)")
	dst := k.Load(k.Param("dst"), k.GP64())
	near := k.Load(k.Param("near"), k.GP64())
	far := k.Load(k.Param("far"), k.GP64())
	n := k.Load(k.Param("n"), k.GP64())
	k.Label("next")
	var column [3]reg.VecVirtual
	for i := range column {
		column[i] = k.triple(k.widen(near, i-1))
		k.VPADDW(k.widen(far, i-1), column[i], column[i])
	}
	k.store(dst, column[0], column[1], column[2], k.eight, k.seven, 4)
	k.ADDQ(operand.U8(16), near)
	k.ADDQ(operand.U8(16), far)
	k.ADDQ(operand.U8(32), dst)
	k.SUBQ(operand.U8(16), n)
	k.JGT(operand.LabelRef("next"))
	k.VZEROUPPER()
	k.RET()
}

func (k upsampleKernel) h1v2() {
	begin(k.Context, "upsampleRowH1V2AVX2", "func(dst, near, far *uint8, n, bias int)")
	dst := k.Load(k.Param("dst"), k.GP64())
	near := k.Load(k.Param("near"), k.GP64())
	far := k.Load(k.Param("far"), k.GP64())
	n := k.Load(k.Param("n"), k.GP64())
	bias := k.YMM()
	k.VMOVQ(k.Load(k.Param("bias"), k.GP64()), bias.AsX())
	k.VPBROADCASTW(bias.AsX(), bias)
	k.Label("next")
	v := k.triple(k.widen(near, 0))
	k.VPADDW(k.widen(far, 0), v, v)
	k.VPADDW(bias, v, v)
	k.VPSRLW(operand.U8(2), v, v)
	k.VPACKUSWB(v, v, v)
	k.VPERMQ(operand.U8(0xD8), v, v)
	k.VMOVDQU(v.AsX(), at(dst, 0))
	for _, p := range []reg.Register{near, far, dst} {
		k.ADDQ(operand.U8(16), p)
	}
	k.SUBQ(operand.U8(16), n)
	k.JGT(operand.LabelRef("next"))
	k.VZEROUPPER()
	k.RET()
}
