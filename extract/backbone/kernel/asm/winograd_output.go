package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// winogradOutput writes an output transform, Y = Aᵀ m A and what follows: for two
// rows of Y at a time, along all columns, whose values stay in registers, then
// along the two rows. Rows 0 and 2 need the sums of the products at ±½ and ±2, rows
// 1 and 3 their differences.
type winogradOutput struct {
	winogradKernel
	taps int
}

func (t winogradOutput) points() int { return t.taps + 3 }

// zero is 1 if there is a point 0, which precedes ±½ and ±2.
func (t winogradOutput) zero() int { return min(t.taps-2, 1) }

// General registers of the output transform.
var (
	outM     = reg.RAX // the tile's products
	outCol   = reg.RBX // those of a column
	outPos   = reg.RCX
	outRow   = reg.RDX // points·outPos
	outRow3  = reg.RSI
	outRow5  = reg.RDI
	outTile  = reg.R8
	outDst   = reg.R9
	dstRow   = reg.R10
	outRes   = reg.R11 // 0 for none
	resRow   = reg.R12
	outBias  = reg.R13
	outReLU  = reg.R15
	outSpare = reg.R14
)

func (t winogradOutput) write() {
	args := outSpare
	t.begin(fmt.Sprintf("output%d", t.taps), args)
	local := t.locals(2, args)
	left := local.Offset(8)
	t.MOVQ(at(args, outputTileCount), outTile)
	t.MOVQ(outTile, left)
	t.MOVQ(at(args, outputTiles), outTile)
	t.MOVQ(at(args, outputM), outM)
	t.MOVQ(at(args, outputPosStep), outPos)
	t.SHLQ(operand.Imm(2), outPos)
	t.IMUL3Q(operand.Imm(uint64(t.points())), outPos, outRow)
	t.LEAQ(scaled(outRow, outRow, 2, 0), outRow3)
	t.LEAQ(scaled(outRow, outRow, 4, 0), outRow5)
	t.MOVQ(at(args, outputDstRow), dstRow)
	t.SHLQ(operand.Imm(2), dstRow)
	t.MOVQ(at(args, outputResRow), resRow)
	t.SHLQ(operand.Imm(2), resRow)
	t.MOVQ(at(args, outputBias), outBias)
	t.MOVQ(at(args, outputReLU), outReLU)

	t.loadConstants()

	t.Label("tile")
	for half := range t.halves() {
		t.MOVQ(local, args)
		t.pointers(args, half)
		t.sums(half)
		t.ADDQ(dstRow, outDst)
		t.advanceResidual(half)
		t.differences(half)
	}
	t.ADDQ(operand.Imm(tileBytes), outTile)
	t.ADDQ(operand.U32(panelBytes), outM)
	t.SUBQ(operand.Imm(1), left)
	t.JNE(operand.LabelRef("tile"))
	t.end()
}

// pointers sets the pointers to the tile's first output and residual.
func (t winogradOutput) pointers(args reg.GPPhysical, half int) {
	t.MOVQ(at(outTile, tileDst), outCol)
	t.ADDQ(at(args, outputDstShift), outCol)
	t.MOVQ(at(args, outputDst), outDst)
	t.LEAQ(scaled(outDst, outCol, 4, half*t.file.size), outDst)
	t.MOVQ(at(args, outputRes), outRes)
	none := fmt.Sprintf("noResidual%d", half)
	t.TESTQ(outRes, outRes)
	t.JEQ(operand.LabelRef(none))
	t.MOVQ(at(outTile, tileRes), outCol)
	t.ADDQ(at(args, outputResShift), outCol)
	t.LEAQ(scaled(outRes, outCol, 4, half*t.file.size), outRes)
	t.Label(none)
}

// advanceResidual goes to the next row of the residual, if there is one.
func (t winogradOutput) advanceResidual(half int) {
	none := fmt.Sprintf("stillNoResidual%d", half)
	t.TESTQ(outRes, outRes)
	t.JEQ(operand.LabelRef(none))
	t.ADDQ(resRow, outRes)
	t.Label(none)
}

func (t winogradOutput) rowRegister(row, j int) reg.VecPhysical {
	return t.file.v[row*t.points()+j]
}

func (t winogradOutput) spare(i int) reg.VecPhysical { return t.file.v[2*t.points()+i] }

// prefetch fetches the next tile's products at the same place.
func (t winogradOutput) prefetch(m operand.Mem) {
	m.Disp += panelBytes
	t.PREFETCHT0(m)
}

// columns calls f for each column, with its product at point i and its registers of
// the two rows.
func (t winogradOutput) columns(half int, f func(m func(i int) operand.Mem, r0, r1 reg.VecPhysical)) {
	t.LEAQ(at(outM, half*t.file.size), outCol)
	for j := range t.points() {
		if j > 0 {
			t.ADDQ(outPos, outCol)
		}
		m := func(i int) operand.Mem { return multiple(outCol, i, outRow, outRow3, outRow5, 0) }
		f(m, t.rowRegister(0, j), t.rowRegister(1, j))
	}
}

// sums computes rows 0 and 2.
func (t winogradOutput) sums(half int) {
	z := t.zero()
	t.columns(half, func(m func(int) operand.Mem, y0, y2 reg.VecPhysical) {
		halves, twos := t.spare(0), y2
		t.VMOVUPS(m(z), halves)
		t.VADDPS(m(z+1), halves, halves)
		t.VMOVUPS(m(z+2), twos)
		t.VADDPS(m(z+3), twos, twos)
		if t.taps > 2 {
			t.VMOVUPS(m(0), y0)
		}
		if t.taps == 4 {
			t.VADDPS(m(5), y0, y0)
			t.VMOVUPS(m(5), t.spare(1))
		}
		t.evenRows(halves, twos, y0, y2, t.spare(1))
		for i := range t.points() {
			t.prefetch(m(i))
		}
	})
	t.row(0, 0, half)
	t.row(1, 2, half)
}

// evenRows computes y0 and y2 from the sums; y0 holds the rest of its terms, one
// the product at 1. y2 may be the register of twos.
func (t winogradOutput) evenRows(halves, twos, y0, y2, one reg.VecPhysical) {
	if t.taps == 2 {
		t.mul(y0, 0.5, twos)
	} else {
		t.addMul(y0, 0.5, twos)
	}
	t.addMul(y0, 2, halves)
	if t.taps == 4 {
		t.addMul(one, 2, twos)
		t.VMOVAPS(one, y2)
	} else {
		t.VADDPS(twos, twos, y2)
	}
	t.addMul(y2, 0.5, halves)
}

// differences computes rows 1 and 3.
func (t winogradOutput) differences(half int) {
	z := t.zero()
	t.columns(half, func(m func(int) operand.Mem, y1, y3 reg.VecPhysical) {
		halves, twos := t.spare(0), t.spare(1)
		t.VMOVUPS(m(z), halves)
		t.VSUBPS(m(z+1), halves, halves)
		t.VMOVUPS(m(z+2), twos)
		t.VSUBPS(m(z+3), twos, twos)
		t.VMOVUPS(m(t.points()-1), y3)
		if t.taps == 4 {
			t.VADDPS(m(5), y3, y3)
		}
		t.addMul(y3, 4, twos)
		t.addMul(y3, 0.25, halves)
		t.VADDPS(twos, halves, y1)
		if t.taps == 4 {
			t.VADDPS(m(5), y1, y1)
		}
	})
	t.row(0, 1, half)
	t.row(1, 3, half)
}

// row transforms a row in registers and stores it as row i of Y, if it is valid.
// Row 1 and row 3 find outDst and outRes at row 1.
func (t winogradOutput) row(which, i, half int) {
	d := make([]reg.VecPhysical, t.points())
	for j := range d {
		d[j] = t.rowRegister(which, j)
	}
	done := fmt.Sprintf("row%dof%d", i, half)
	if i > 0 {
		t.CMPQ(at(outTile, tileRows), operand.Imm(uint64(i)))
		t.JLE(operand.LabelRef(done))
	}
	z := t.zero()
	halves, twos := t.spare(0), t.spare(1)
	t.VADDPS(d[z+1], d[z], halves)
	t.VSUBPS(d[z+1], d[z], d[z])
	t.VADDPS(d[z+3], d[z+2], twos)
	t.VSUBPS(d[z+3], d[z+2], d[z+2])
	y := [4]reg.VecPhysical{d[0], d[z], d[z+3], d[t.points()-1]}
	one := d[t.points()-2]
	switch t.taps {
	case 2:
		y[0] = d[z+1]
	case 4:
		t.VADDPS(one, y[0], y[0])
		t.VADDPS(one, y[3], y[3])
	}
	t.addMul(y[3], 4, d[z+2])
	t.addMul(y[3], 0.25, d[z])
	t.VADDPS(d[z+2], d[z], y[1])
	if t.taps == 4 {
		t.VADDPS(one, y[1], y[1])
	}
	t.evenRows(halves, twos, y[0], y[2], one)
	t.store(y[:], i, half)
	t.Label(done)
}

// store adds bias and residual, clamps and stores row i.
func (t winogradOutput) store(y []reg.VecPhysical, i, half int) {
	label := func(s string) string { return fmt.Sprintf("%s%dof%d", s, i, half) }
	row := func(base, step reg.GPPhysical, j int) operand.Mem {
		if i > 1 {
			return scaled(base, step, 2, j*lineBytes)
		}
		return at(base, j*lineBytes)
	}
	for _, r := range y {
		t.VADDPS(at(outBias, half*t.file.size), r, r)
	}
	zero := t.spare(0)
	t.clear(zero)
	t.CMPQ(at(outTile, tileCols), operand.Imm(4))
	t.JNE(operand.LabelRef(label("narrow")))

	t.TESTQ(outRes, outRes)
	t.JEQ(operand.LabelRef(label("added")))
	for j, r := range y {
		t.VADDPS(row(outRes, resRow, j), r, r)
	}
	t.Label(label("added"))
	t.TESTQ(outReLU, outReLU)
	t.JEQ(operand.LabelRef(label("clamped")))
	for _, r := range y {
		t.VMAXPS(r, zero, r) // a NaN comes through
	}
	t.Label(label("clamped"))
	for j, r := range y {
		t.VMOVUPS(r, row(outDst, dstRow, j))
	}
	t.JMP(operand.LabelRef(label("stored")))

	t.Label(label("narrow"))
	for j, r := range y[:3] {
		column := fmt.Sprintf("Column%dRow", j)
		if j > 0 {
			t.CMPQ(at(outTile, tileCols), operand.Imm(uint64(j)))
			t.JLE(operand.LabelRef(label("stored")))
		}
		t.TESTQ(outRes, outRes)
		t.JEQ(operand.LabelRef(label("added" + column)))
		t.VADDPS(row(outRes, resRow, j), r, r)
		t.Label(label("added" + column))
		t.TESTQ(outReLU, outReLU)
		t.JEQ(operand.LabelRef(label("clamped" + column)))
		t.VMAXPS(r, zero, r)
		t.Label(label("clamped" + column))
		t.VMOVUPS(r, row(outDst, dstRow, j))
	}
	t.Label(label("stored"))
}
