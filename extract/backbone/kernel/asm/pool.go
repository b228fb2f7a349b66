package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// pool writes the pooling kernels: a row of windows for one block of 16 channels.
func pool(ctx *build.Context) {
	for _, average := range []bool{false, true} {
		suffix := map[bool]string{false: "Max", true: "Average"}[average]
		poolKernel{ctx, "pool" + suffix + "AVX512", zmm, average}.write()
		poolKernel{ctx, "pool" + suffix + "AVX2", ymm, average}.write()
	}
}

type poolKernel struct {
	*build.Context
	name    string
	file    registerFile
	average bool
}

func (k poolKernel) write() {
	k.Function(k.name)
	k.Attributes(noSplit)
	k.SignatureExpr("func(a *byte)")
	args, in, out, spans := reg.RAX, reg.RSI, reg.RDI, reg.RBX
	divisor, outputs, rowStep, colStep := reg.RCX, reg.R8, reg.R9, reg.R10
	row, rowsLeft, col, colsLeft, count := reg.R11, reg.R12, reg.R13, reg.RDX, reg.R15

	// In the order of package kernel's poolArgs, but for rows.
	k.Load(k.Param("a"), args)
	for i, r := range []reg.GPPhysical{in, out, spans, divisor, outputs, rowStep, colStep} {
		k.MOVQ(at(args, 8*i), r)
	}

	k.Label("output")
	k.MOVLQSX(at(spans, 0), row)
	k.SHLQ(operand.U8(6), row) // 64 bytes a pixel
	k.ADDQ(in, row)
	n := 64 / k.file.size
	for v := range n {
		if k.average {
			y := ymm.v[v]
			k.VXORPS(y, y, y) // the upper half of a ZMM register becomes zero too
		} else {
			k.VMOVUPS(at(row, v*k.file.size), k.file.v[v])
		}
	}
	k.MOVQ(at(args, 56), rowsLeft)
	k.MOVLQSX(at(spans, 4), count)
	k.Label("row")
	k.CMPQ(count, operand.U8(3))
	k.JNE(operand.LabelRef("any"))
	for i := range 3 { // the usual width, without a loop
		k.element(func(v int) operand.Mem {
			if i == 0 {
				return at(row, v*k.file.size)
			}
			return operand.Mem{Base: row, Index: colStep, Scale: uint8(i), Disp: v * k.file.size}
		})
	}
	k.JMP(operand.LabelRef("done"))

	k.Label("any")
	k.MOVQ(row, col)
	k.MOVQ(count, colsLeft)
	k.Label("col")
	k.element(func(v int) operand.Mem { return at(col, v*k.file.size) })
	k.ADDQ(colStep, col)
	k.SUBQ(operand.U8(1), colsLeft)
	k.JNE(operand.LabelRef("col"))
	k.Label("done")
	k.ADDQ(rowStep, row)
	k.SUBQ(operand.U8(1), rowsLeft)
	k.JNE(operand.LabelRef("row"))

	if k.average {
		k.VBROADCASTSS(at(divisor, 0), k.file.v[n])
		k.ADDQ(operand.U8(4), divisor)
	}
	for v := range n {
		if k.average {
			k.VDIVPS(k.file.v[n], k.file.v[v], k.file.v[v])
		}
		k.VMOVUPS(k.file.v[v], at(out, v*k.file.size))
	}
	k.ADDQ(operand.U8(64), out)
	k.ADDQ(operand.U8(8), spans)
	k.SUBQ(operand.U8(1), outputs)
	k.JNE(operand.LabelRef("output"))
	k.VZEROUPPER()
	k.RET()
}

// element takes one element of the window, whose vectors lie where in says.
func (k poolKernel) element(in func(v int) operand.Mem) {
	n := 64 / k.file.size
	for v := range n {
		acc, x := k.file.v[v], k.file.v[n+v]
		if k.average {
			k.VADDPS(in(v), acc, acc)
			continue
		}
		// acc is the second operand, and stays unless the element is greater.
		k.VMOVUPS(in(v), x)
		k.VMAXPS(acc, x, acc)
	}
}
