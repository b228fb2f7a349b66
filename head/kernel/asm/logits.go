package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// logits writes logitsGeneric for a given number of rows, 4 or 1, and a width
// that is a multiple of 16. All sums of a tile, rows × classes, stay in registers.
func (a asm) logits(rows int) {
	a.function(fmt.Sprintf("logits%d", rows), "func(dst, x *float32, rows *int32, w *float32, classes, width int)")
	dst, x, list, w := a.param("dst"), a.param("x"), a.param("rows"), a.param("w")
	classes, rowBytes := a.param("classes"), a.param("width")
	a.SHLQ(operand.Imm(2), rowBytes)
	ptr := make([]reg.Register, rows)
	for r := range ptr {
		p := a.GP64()
		a.row(p, x, list, operand.Mem{Base: list, Disp: 4 * r}, rowBytes)
		ptr[r] = p
	}
	dstBytes := x // no longer needed
	a.MOVQ(classes, dstBytes)
	a.SHLQ(operand.Imm(2), dstBytes)

	name := func(what string, n int) string { return fmt.Sprintf("%s%d", what, n) }
	for n := a.classes; n >= 1; n-- {
		a.Label(name("classes", n))
		a.CMPQ(classes, operand.Imm(uint64(n)))
		next := "done"
		if n > 1 {
			next = name("classes", n-1)
		}
		a.JL(operand.LabelRef(next))
		a.tile(dst, dstBytes, ptr, w, rowBytes, n, name("sum", n))
		a.ADDQ(operand.Imm(uint64(4*n)), dst)
		a.SUBQ(operand.Imm(uint64(n)), classes)
		a.JMP(operand.LabelRef(name("classes", n)))
	}
	a.Label("done")
	a.VZEROUPPER()
	a.RET()
}

// tile sets the dot products of the rows at ptr with n rows of w, and moves w
// behind them.
func (a asm) tile(dst, dstBytes reg.Register, ptr []reg.Register, w, rowBytes reg.Register, n int, loop string) {
	per := lanes / a.width // vectors for the lanes of one sum
	sums := make([][][]reg.VecVirtual, n)
	for c := range sums {
		for range ptr {
			s := a.vecs(per)
			for _, v := range s {
				a.zero(v)
			}
			sums[c] = append(sums[c], s)
		}
	}
	j := a.GP64()
	a.XORQ(j, j)
	second := a.GP64() // the second class's weights
	if n == 2 {
		a.MOVQ(w, second)
		a.ADDQ(rowBytes, second)
	}
	a.Label(loop)
	for v := range per {
		wv := a.vecs(n)
		a.VMOVUPS(a.at(w, j, v), wv[0])
		if n == 2 {
			a.VMOVUPS(a.at(second, j, v), wv[1])
		}
		for r, p := range ptr {
			xv := a.vec()
			a.VMOVUPS(a.at(p, j, v), xv)
			for c := range n {
				t := a.vec()
				a.VMULPS(xv, wv[c], t)
				a.VADDPS(t, sums[c][r][v], sums[c][r][v])
			}
		}
	}
	a.ADDQ(operand.Imm(4*lanes), j)
	a.CMPQ(j, rowBytes)
	a.JL(operand.LabelRef(loop))
	a.ADDQ(rowBytes, w)
	if n == 2 {
		a.ADDQ(rowBytes, w)
	}
	for c := range n {
		a.finish(sums[c], dst, dstBytes, 4*c)
	}
}

// finish adds the lanes of one class's sums in the tree's order and stores the
// results, a row apart.
func (a asm) finish(sums [][]reg.VecVirtual, dst, dstBytes reg.Register, disp int) {
	quads := make([]reg.Register, len(sums))
	for r, s := range sums {
		eight, quad := a.YMM(), a.XMM()
		if a.width == 16 {
			a.VEXTRACTF64X4(operand.Imm(1), s[0], eight)
			a.VADDPS(eight, s[0].AsY(), eight) // l+8
		} else {
			a.VADDPS(s[1], s[0], eight)
		}
		a.VEXTRACTF128(operand.Imm(1), eight, quad)
		a.VADDPS(quad, eight.AsX(), quad) // l+4
		quads[r] = quad
	}
	if len(quads) == 1 {
		t := a.XMM()
		a.VMOVHLPS(quads[0], quads[0], t)
		a.VADDPS(t, quads[0], t) // l+2
		u := a.XMM()
		a.VMOVSHDUP(t, u)
		a.VADDSS(u, t, t) // l+1
		a.VMOVSS(t, operand.Mem{Base: dst, Disp: disp})
		return
	}
	// Four sums at once: two interleaved pairs, then the pairs joined.
	pair := make([]reg.Register, 2)
	for i := range pair {
		lo, hi := a.XMM(), a.XMM()
		a.VUNPCKLPS(quads[2*i+1], quads[2*i], lo)
		a.VUNPCKHPS(quads[2*i+1], quads[2*i], hi)
		a.VADDPS(hi, lo, lo) // l+2
		pair[i] = lo
	}
	even, odd := a.XMM(), a.XMM()
	a.VMOVLHPS(pair[1], pair[0], even)
	a.VMOVHLPS(pair[0], pair[1], odd)
	a.VADDPS(odd, even, even) // l+1
	out := a.GP64()
	a.MOVQ(dst, out)
	for r := range quads {
		a.VEXTRACTPS(operand.Imm(uint64(r)), even, operand.Mem{Base: out, Disp: disp})
		if r < len(quads)-1 {
			a.ADDQ(dstBytes, out)
		}
	}
}
