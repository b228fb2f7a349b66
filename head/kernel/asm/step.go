package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of package kernel's SGD.
const (
	sgdLR = 4 * iota
	sgdMomentum
	sgdDecay
	sgdGrad
	sgdVelocity
	sgdCount = iota
)

// step writes stepGeneric for a width that is a multiple of 16. A block of one
// class's gradient is summed over the batch in registers, then applied.
func (a asm) step() {
	a.function("step", "func(w, v, x *float32, rows *int32, n int, grad *float32, classes, width int, opt *float32)")
	w, v, grad, class := a.param("w"), a.param("v"), a.param("grad"), a.param("classes")
	rowBytes := a.param("width")
	a.SHLQ(operand.Imm(2), rowBytes)
	opt := a.param("opt")
	coef := a.vecs(sgdCount)
	for i, c := range coef {
		a.VBROADCASTSS(operand.Mem{Base: opt, Disp: 4 * i}, c)
	}
	s := stepRegs{w: w, v: v, grad: grad, rowBytes: rowBytes, coef: coef, j: a.GP64()}

	a.Label("class")
	a.XORQ(s.j, s.j)
	for _, n := range []int{a.block, lanes / a.width} {
		done := fmt.Sprintf("done%d", n)
		a.Label(fmt.Sprintf("block%d", n))
		end := a.GP64()
		a.MOVQ(s.j, end)
		a.ADDQ(operand.U32(uint32(4*a.width*n)), end)
		a.CMPQ(end, rowBytes)
		a.JG(operand.LabelRef(done))
		a.update(s, n)
		a.ADDQ(operand.U32(uint32(4*a.width*n)), s.j)
		a.JMP(operand.LabelRef(fmt.Sprintf("block%d", n)))
		a.Label(done)
	}
	a.ADDQ(rowBytes, w)
	a.ADDQ(rowBytes, v)
	a.ADDQ(operand.Imm(4), grad)
	a.DECQ(class)
	a.JNZ(operand.LabelRef("class"))
	a.VZEROUPPER()
	a.RET()
}

type stepRegs struct {
	w, v, grad  reg.GPVirtual // of the current class
	rowBytes, j reg.GPVirtual // j in bytes
	coef        []reg.VecVirtual
}

// update does n vectors of one class, from byte j of its row on.
func (a asm) update(s stepRegs, n int) {
	g := a.vecs(n)
	for _, v := range g {
		a.zero(v)
	}
	// What the loop needs is read again each time: registers are few.
	x, list, left, d := a.param("x"), a.param("rows"), a.param("n"), a.GP64()
	gradBytes := a.param("classes")
	a.SHLQ(operand.Imm(2), gradBytes)
	a.MOVQ(s.grad, d)
	a.ADDQ(s.j, x)
	loop := fmt.Sprintf("batch%d", n)
	end := fmt.Sprintf("apply%d", n)
	a.TESTQ(left, left)
	a.JZ(operand.LabelRef(end))
	a.Label(loop)
	p, scale := a.GP64(), a.vec()
	a.row(p, x, list, operand.Mem{Base: list}, s.rowBytes)
	a.VBROADCASTSS(operand.Mem{Base: d}, scale)
	for i, v := range g {
		t := a.vec()
		a.VMULPS(operand.Mem{Base: p, Disp: 4 * a.width * i}, scale, t)
		a.VADDPS(t, v, v)
	}
	a.ADDQ(operand.Imm(4), list)
	a.ADDQ(gradBytes, d)
	a.DECQ(left)
	a.JNZ(operand.LabelRef(loop))
	a.Label(end)

	lr, momentum, decay := s.coef[sgdLR/4], s.coef[sgdMomentum/4], s.coef[sgdDecay/4]
	fromGrad, fromVelocity := s.coef[sgdGrad/4], s.coef[sgdVelocity/4]
	for i, g := range g {
		w, t, u := a.vec(), a.vec(), a.vec()
		a.VMOVUPS(a.at(s.w, s.j, i), w)
		a.VMULPS(w, decay, t)
		a.VADDPS(t, g, g)
		a.VMULPS(a.at(s.v, s.j, i), momentum, t)
		a.VADDPS(g, t, t)
		a.VMOVUPS(t, a.at(s.v, s.j, i))
		a.VMULPS(g, fromGrad, u)
		a.VMULPS(t, fromVelocity, t)
		a.VADDPS(t, u, u)
		a.VMULPS(u, lr, u)
		a.VSUBPS(u, w, w)
		a.VMOVUPS(w, a.at(s.w, s.j, i))
	}
}
