package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// winogradInput writes an input transform, V = Bᵀ d B: for two rows of V at a time,
// along all columns, whose values stay in registers, then along the two rows.
type winogradInput struct {
	winogradKernel
	taps int
}

// points is the number of samples along an axis; the last is at ∞.
func (t winogradInput) points() int { return t.taps + 3 }

// zero is 1 if there is a point 0, which precedes ±½ and ±2.
func (t winogradInput) zero() int { return min(t.taps-2, 1) }

// General registers of the input transform.
var (
	inRows    = []reg.GPPhysical{reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI, reg.RDI, reg.R14}
	inTile    = reg.R8
	inOut     = reg.R9 // the tile's transformed input
	inPos     = reg.R10
	inPos3    = reg.R11
	inPos5    = reg.R12
	inRowOut  = reg.R13
	inLastCol = reg.R15
)

func (t winogradInput) write() {
	t.begin(fmt.Sprintf("input%d", t.taps), inRowOut)
	local := t.locals(2, inRowOut)
	left := local.Offset(8)
	t.MOVQ(at(inRowOut, inputTileCount), inTile)
	t.MOVQ(inTile, left)
	t.MOVQ(at(inRowOut, inputTiles), inTile)
	t.MOVQ(at(inRowOut, inputV), inOut)
	t.MOVQ(at(inRowOut, inputPosStep), inPos)
	t.SHLQ(operand.Imm(2), inPos)
	t.LEAQ(scaled(inPos, inPos, 2, 0), inPos3)
	t.LEAQ(scaled(inPos, inPos, 4, 0), inPos5)

	t.loadConstants()

	t.Label("tile")
	t.MOVQ(local, inRowOut)
	t.pointers(inRowOut)
	for half := range t.halves() {
		t.halvesPair(half)
		t.twosPair(half)
		t.ends(half)
		if t.taps == 4 {
			t.one(half)
		}
	}
	t.ADDQ(operand.Imm(tileBytes), inTile)
	t.ADDQ(operand.Imm(lineBytes), inOut)
	t.SUBQ(operand.Imm(1), left)
	t.JNE(operand.LabelRef("tile"))
	t.end()
}

// pointers sets the pointers to the tile's rows of samples.
func (t winogradInput) pointers(args reg.GPPhysical) {
	rows := inRows[:t.points()]
	last := len(rows) - 1
	t.MOVQ(at(inTile, tileSrc), rows[0])
	t.ADDQ(at(args, inputShift), rows[0])
	t.MOVQ(at(args, inputSrc), rows[1])
	t.LEAQ(scaled(rows[1], rows[0], 4, 0), rows[0])
	t.minimum(at(inTile, tileLastRow), at(args, inputMaxRow), inLastCol, rows[last])
	t.LEAQ(scaled(rows[0], rows[last], 4, 0), rows[last])
	t.MOVQ(at(args, inputRowStep), inLastCol)
	for i := 1; i < last; i++ {
		t.LEAQ(scaled(rows[i-1], inLastCol, 4, 0), rows[i])
	}
	t.minimum(at(inTile, tileLastCol), at(args, inputMaxCol), args, inLastCol)
	t.SHLQ(operand.Imm(2), inLastCol)
}

// sample is the sample of row i, column j.
func (t winogradInput) sample(i, j, half int) operand.Mem {
	disp := half * t.file.size
	if j == t.points()-1 {
		return scaled(inRows[i], inLastCol, 1, disp)
	}
	step := lineBytes
	if t.taps == 2 {
		step *= 2 // every other pixel
	}
	return at(inRows[i], j*step+disp)
}

// rowRegister holds column j of the first or second row of a pair.
func (t winogradInput) rowRegister(row, j int) reg.VecPhysical {
	return t.file.v[row*t.points()+j]
}

// spare is one of two registers that no pair of rows needs.
func (t winogradInput) spare(i int) reg.VecPhysical { return t.file.v[2*t.points()+i] }

// load loads sample i of column j, or with four taps the difference of sample i+1
// from it.
func (t winogradInput) load(i, j, half int, dst reg.VecPhysical) {
	if t.taps < 4 {
		t.VMOVUPS(t.sample(i, j, half), dst)
		return
	}
	t.VMOVUPS(t.sample(i+1, j, half), dst)
	t.VSUBPS(t.sample(i, j, half), dst, dst)
}

func (t winogradInput) halvesPair(half int) { t.outerPair(half, t.zero(), 4, 0.5) }
func (t winogradInput) twosPair(half int)   { t.outerPair(half, t.zero()+2, 0.25, 2) }

// outerPair computes rows i and i+1: even ± m·odd, where even = d − k·b and odd = c
// − k·a.
func (t winogradInput) outerPair(half, i int, k, m float32) {
	a := t.zero()
	for j := range t.points() {
		plus, minus, x, odd := t.rowRegister(0, j), t.rowRegister(1, j), t.spare(0), t.spare(1)
		t.load(a+3, j, half, plus)
		t.load(a+1, j, half, x)
		t.subMul(plus, k, x)
		t.load(a+2, j, half, odd)
		t.load(a, j, half, x)
		t.subMul(odd, k, x)
		t.VMOVAPS(plus, minus)
		t.addMul(plus, m, odd)
		t.subMul(minus, m, odd)
	}
	t.row(0, i, half)
	t.row(1, i+1, half)
}

// ends computes the rows at 0, if there is one, and at ∞.
func (t winogradInput) ends(half int) {
	for j := range t.points() {
		for i := range 1 + t.zero() {
			r, x := t.rowRegister(i, j), t.spare(0)
			t.load(i, j, half, r)
			t.load(i+4, j, half, x)
			t.VADDPS(x, r, r)
			t.load(i+2, j, half, x)
			t.subMul(r, 4.25, x)
		}
	}
	if t.zero() > 0 {
		t.row(0, 0, half)
	}
	t.row(t.zero(), t.points()-1, half)
}

// one computes the row at 1, which takes the samples themselves.
func (t winogradInput) one(half int) {
	for j := range t.points() {
		r, x := t.rowRegister(0, j), t.spare(0)
		t.VMOVUPS(t.sample(1, j, half), r)
		t.VADDPS(t.sample(5, j, half), r, r)
		t.VMOVUPS(t.sample(3, j, half), x)
		t.subMul(r, 4.25, x)
	}
	t.row(0, t.points()-2, half)
}

// row transforms a row in registers and stores it as row i of V.
func (t winogradInput) row(which, i, half int) {
	d := make([]reg.VecPhysical, t.points())
	for j := range d {
		d[j] = t.rowRegister(which, j)
	}
	t.IMUL3Q(operand.U32(i*t.points()), inPos, inRowOut)
	t.ADDQ(inOut, inRowOut)
	store := func(r reg.VecPhysical, j int) {
		t.VMOVUPS(r, multiple(inRowOut, j, inPos, inPos3, inPos5, half*t.file.size))
	}
	odd, even := t.spare(0), t.spare(1)
	if t.taps == 4 {
		t.VADDPS(d[5], d[1], odd)
		t.subMul(odd, 4.25, d[3])
		store(odd, 5)
		for j := range 6 {
			t.VSUBPS(d[j], d[j+1], d[j])
		}
	}
	z := t.zero()
	if z > 0 {
		t.VADDPS(d[4], d[0], d[0])
		t.subMul(d[0], 4.25, d[2])
		store(d[0], 0)
	}
	t.VADDPS(d[z], d[z+4], d[z+4])
	t.subMul(d[z+4], 4.25, d[z+2])
	store(d[z+4], t.points()-1)

	free := d[z+4]
	a, b, c, e := d[z], d[z+1], d[z+2], d[z+3]
	t.VMOVAPS(e, even)
	t.subMul(even, 4, b)
	t.VMOVAPS(c, odd)
	t.subMul(odd, 4, a)
	t.VMOVAPS(even, free)
	t.addMul(free, 0.5, odd)
	store(free, z)
	t.subMul(even, 0.5, odd)
	store(even, z+1)
	t.subMul(e, 0.25, b)
	t.subMul(c, 0.25, a)
	t.VMOVAPS(e, free)
	t.addMul(free, 2, c)
	store(free, z+2)
	t.subMul(e, 2, c)
	store(e, z+3)
}
