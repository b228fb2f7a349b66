package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// precisionBits is the number of fractional bits of a weight.
const precisionBits = 22

// constant32 is a constant of 32-bit numbers.
func (k kernels) constant32(name string, values ...uint32) operand.Mem {
	m := k.StaticGlobal(name)
	k.DataAttributes(attr.RODATA | attr.NOPTR)
	for i, v := range values {
		k.AddDatum(4*i, operand.U32(v))
	}
	return m
}

// rounder is one half in eight fixed-point numbers.
func (k kernels) rounder() operand.Mem {
	const half = 1 << (precisionBits - 1)
	return k.constant32("rounder", half, half, half, half, half, half, half, half)
}

// pair joins two rows four pixels at a time: three bytes become four, the last
// zero, and the rows alternate. It reads 16 bytes for every 12 it uses.
func (k kernels) pair() {
	spread := k.StaticGlobal("spread")
	k.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 16 {
		b := byte(0x80) // zero
		if i%4 < 3 {
			b = byte(i/4*3 + i%4)
		}
		k.AddDatum(i, operand.U8(b))
	}
	k.begin("pairAVX2", "func(dst *uint64, a, b *uint8, n int)")
	dst, a, b, n := k.arg("dst"), k.arg("a"), k.arg("b"), k.arg("n")
	mask := k.XMM()
	k.VMOVDQU(spread, mask)
	k.Label("next")
	va, vb, mixed := k.XMM(), k.XMM(), k.XMM()
	k.VMOVDQU(at(a, 0), va)
	k.VMOVDQU(at(b, 0), vb)
	k.VPSHUFB(mask, va, va)
	k.VPSHUFB(mask, vb, vb)
	k.VPUNPCKLDQ(vb, va, mixed)
	k.VPUNPCKHDQ(vb, va, va)
	k.VMOVDQU(mixed, at(dst, 0))
	k.VMOVDQU(va, at(dst, 16))
	k.ADDQ(operand.U8(12), a)
	k.ADDQ(operand.U8(12), b)
	k.ADDQ(operand.U8(32), dst)
	k.SUBQ(operand.U8(4), n)
	k.JGT(operand.LabelRef("next"))
	k.RET()
}

// narrow does the horizontal pass: a vector holds one pixel of both rows, so one
// broadcast weight serves eight products.
func (k kernels) narrow(rounder operand.Mem) {
	k.begin("narrowAVX2", "func(dst0, dst1 *uint8, first *int, paired, weights *uint64, x0, taps, n int)")
	row := narrowRow{
		kernels: k, half: k.YMM(),
		dst0: k.arg("dst0"), dst1: k.arg("dst1"), first: k.arg("first"), paired: k.arg("paired"),
		weights: k.arg("weights"), n: k.arg("n"),
	}
	taps := k.arg("taps")
	k.VMOVDQU(rounder, row.half)
	x0 := k.arg("x0")
	k.SHLQ(operand.U8(3), x0)
	k.SUBQ(x0, row.paired) // so that first counts from it
	for _, fixed := range []int{2, 3, 4, 5, 6, 7, 8, 9, 10, 11} {
		k.CMPQ(taps, operand.U8(fixed))
		k.JEQ(operand.LabelRef(fmt.Sprintf("taps%d", fixed)))
	}
	row.loop("any", func(sum reg.VecVirtual, src reg.Register) {
		t := k.GP64()
		k.MOVQ(taps, t)
		k.Label("tap")
		row.tap(sum, src, 0)
		k.ADDQ(operand.U8(8), src)
		k.ADDQ(operand.U8(8), row.weights)
		k.DECQ(t)
		k.JNZ(operand.LabelRef("tap"))
	})
	for _, fixed := range []int{2, 3, 4, 5, 6, 7, 8, 9, 10, 11} {
		row.loop(fmt.Sprintf("taps%d", fixed), func(sum reg.VecVirtual, src reg.Register) {
			for t := range fixed {
				row.tap(sum, src, t)
			}
			k.ADDQ(operand.U8(8*fixed), row.weights)
		})
	}
}

type narrowRow struct {
	kernels
	dst0, dst1, first, paired, weights, n reg.Register
	half                                  reg.VecVirtual
}

// tap adds weight t times pixel t.
func (r narrowRow) tap(sum reg.VecVirtual, src reg.Register, t int) {
	pixel, weight := r.YMM(), r.YMM()
	r.VPMOVZXBD(at(src, 8*t), pixel)
	r.VPBROADCASTD(at(r.weights, 8*t), weight)
	r.VPMULLD(weight, pixel, pixel)
	r.VPADDD(pixel, sum, sum)
}

// loop writes the loop over the outputs of a row around the taps of one.
func (r narrowRow) loop(name string, taps func(sum reg.VecVirtual, src reg.Register)) {
	r.Label(name)
	src, sum, high := r.GP64(), r.YMM(), r.XMM()
	r.MOVQ(at(r.first, 0), src)
	r.LEAQ(operand.Mem{Base: r.paired, Index: src, Scale: 8}, src)
	r.VMOVDQA(r.half, sum)
	taps(sum, src)
	r.VPSRAD(operand.U8(precisionBits), sum, sum)
	r.VPACKUSDW(sum, sum, sum)
	r.VPACKUSWB(sum, sum, sum)
	r.VEXTRACTI128(operand.U8(1), sum, high)
	r.VMOVD(sum.AsX(), at(r.dst0, 0))
	r.VMOVD(high, at(r.dst1, 0))
	r.ADDQ(operand.U8(3), r.dst0)
	r.ADDQ(operand.U8(3), r.dst1)
	r.ADDQ(operand.U8(8), r.first)
	r.DECQ(r.n)
	r.JNZ(operand.LabelRef(name))
	r.VZEROUPPER()
	r.RET()
}

// blend does the vertical pass, 32 samples at a time.
func (k kernels) blend(rounder operand.Mem) {
	// Packing works within halves of a vector: it leaves the fours of samples in
	// the order 0 2 4 6, 1 3 5 7.
	unpacked := k.constant32("unpacked", 0, 4, 1, 5, 2, 6, 3, 7)
	k.begin("blendAVX2", "func(dst, src *uint8, stride int, weights *uint64, taps, n int)")
	dst, src, stride := k.arg("dst"), k.arg("src"), k.arg("stride")
	weights, taps, n := k.arg("weights"), k.arg("taps"), k.arg("n")
	half, order := k.YMM(), k.YMM()
	k.VMOVDQU(rounder, half)
	k.VMOVDQU(unpacked, order)
	k.Label("next")
	var sums [4]reg.VecVirtual
	for i := range sums {
		sums[i] = k.YMM()
		k.VMOVDQA(half, sums[i])
	}
	from, w, t, weight := k.GP64(), k.GP64(), k.GP64(), k.YMM()
	k.MOVQ(src, from)
	k.MOVQ(weights, w)
	k.MOVQ(taps, t)
	k.Label("tap")
	k.VPBROADCASTD(at(w, 0), weight)
	for i, sum := range sums {
		v := k.YMM()
		k.VPMOVZXBD(at(from, 8*i), v)
		k.VPMULLD(weight, v, v)
		k.VPADDD(v, sum, sum)
	}
	k.ADDQ(stride, from)
	k.ADDQ(operand.U8(8), w)
	k.DECQ(t)
	k.JNZ(operand.LabelRef("tap"))
	for _, sum := range sums {
		k.VPSRAD(operand.U8(precisionBits), sum, sum)
	}
	k.VPACKUSDW(sums[1], sums[0], sums[0])
	k.VPACKUSDW(sums[3], sums[2], sums[2])
	k.VPACKUSWB(sums[2], sums[0], sums[0])
	k.VPERMD(sums[0], order, sums[0])
	k.VMOVDQU(sums[0], at(dst, 0))
	k.ADDQ(operand.U8(32), src)
	k.ADDQ(operand.U8(32), dst)
	k.SUBQ(operand.U8(32), n)
	k.JGT(operand.LabelRef("next"))
	k.VZEROUPPER()
	k.RET()
}
