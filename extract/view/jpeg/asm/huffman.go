package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of fields in package jpeg's bitReader and huffmanTable.
const (
	readerAcc = 0
	readerN   = 8
	readerPos = 16
	readerBuf = 24

	lookBits     = 10
	tableMaxCode = 4 << lookBits
	tableOffset  = tableMaxCode + 4*17
	tableValues  = tableOffset + 4*17
)

// sizeMask picks the number of value bits from a look-ahead entry.
const sizeMask = 0xF0000

// zigzag is natural order by order of transmission, as offsets in bytes.
func zigzag(ctx *build.Context) operand.Mem {
	var order [64 + 16]byte
	x, y, step := 0, 0, 1 // step right and up, or left and down
	for k := range order {
		if k >= 64 {
			order[k] = 2 * 63
			continue
		}
		order[k] = byte(2 * (8*y + x))
		switch nx, ny := x+step, y-step; {
		case nx > 7:
			y, step = y+1, -step
		case ny > 7:
			x, step = x+1, -step
		case nx < 0:
			y, step = y+1, -step
		case ny < 0:
			x, step = x+1, -step
		default:
			x, y = nx, ny
		}
	}
	return constant8(ctx, "huffmanZigzag", order[:]...)
}

// huffmanKernel holds the registers of sequentialBlockBMI2.
type huffmanKernel struct {
	*build.Context
	acc, n, pos, buf reg.GPVirtual
	entry            reg.GPVirtual // look-ahead entry of the symbol
}

// huffman writes sequentialBlockBMI2: sequentialBlockGeneric where the reader's
// buffer reaches far enough for a whole block, and returning k rather than k > 1.
func huffman(ctx *build.Context) {
	order := zigzag(ctx)
	begin(ctx, "sequentialBlockBMI2", "func(b, dc, ac, blk *byte, prev int32) (pred int32, last int)")
	reader := ctx.Load(ctx.Param("b"), ctx.GP64())
	k := huffmanKernel{ctx, ctx.GP64(), ctx.GP64(), ctx.GP64(), ctx.GP64(), ctx.GP64()}
	ctx.MOVQ(at(reader, readerAcc), k.acc)
	ctx.MOVQ(at(reader, readerN), k.n)
	ctx.MOVQ(at(reader, readerPos), k.pos)
	ctx.MOVQ(at(reader, readerBuf), k.buf)
	blk := ctx.Load(ctx.Param("blk"), ctx.GP64())

	// DC: a difference to the last block's.
	table := ctx.Load(ctx.Param("dc"), ctx.GP64())
	dc := ctx.GP32()
	ctx.Load(ctx.Param("prev"), dc)
	k.refill()
	k.look(table)
	ctx.TESTL(k.entry.As32(), k.entry.As32())
	ctx.JNE(operand.LabelRef("dcKnown"))
	k.longCode(table, "dc")
	ctx.Label("dcKnown")
	ctx.TESTL(operand.U32(sizeMask), k.entry.As32())
	ctx.JEQ(operand.LabelRef("dcSame"))
	ctx.ADDL(k.value().As32(), dc)
	ctx.Label("dcSame")
	k.skip()
	ctx.MOVW(dc.As16(), at(blk, 0))
	ctx.Store(dc, ctx.Return("pred"))

	ctx.Load(ctx.Param("ac"), table)
	zz, i := ctx.GP64(), ctx.GP64()
	ctx.LEAQ(order, zz)
	ctx.MOVL(operand.U32(1), i.As32())

	ctx.Label("next")
	ctx.CMPQ(k.n, operand.U8(32))
	ctx.JCC(operand.LabelRef("filled"))
	k.refill()
	ctx.Label("filled")
	k.look(table)
	ctx.TESTL(operand.U32(sizeMask), k.entry.As32())
	ctx.JEQ(operand.LabelRef("special"))
	ctx.Label("store")
	v := k.value()
	k.skip()
	ctx.SHRL(operand.U8(24), k.entry.As32()) // the run of zeros
	ctx.ADDQ(k.entry, i)
	offset := ctx.GP32()
	ctx.MOVBLZX(operand.Mem{Base: zz, Index: i, Scale: 1}, offset)
	ctx.MOVW(v.As16(), operand.Mem{Base: blk, Index: offset.As64(), Scale: 1})
	ctx.INCQ(i)
	ctx.CMPQ(i, operand.U8(64))
	ctx.JCS(operand.LabelRef("next"))
	ctx.JMP(operand.LabelRef("done"))

	ctx.Label("special")
	ctx.TESTL(k.entry.As32(), k.entry.As32())
	ctx.JNE(operand.LabelRef("acKnown"))
	k.longCode(table, "ac")
	ctx.TESTL(operand.U32(sizeMask), k.entry.As32())
	ctx.JNE(operand.LabelRef("store"))
	ctx.Label("acKnown")
	k.skip()
	ctx.SHRL(operand.U8(24), k.entry.As32())
	ctx.CMPL(k.entry.As32(), operand.U8(15))
	ctx.JNE(operand.LabelRef("done"))
	ctx.ADDQ(operand.U8(16), i)
	ctx.CMPQ(i, operand.U8(64))
	ctx.JCS(operand.LabelRef("next"))

	ctx.Label("done")
	ctx.MOVQ(k.acc, at(reader, readerAcc))
	ctx.MOVQ(k.n, at(reader, readerN))
	ctx.MOVQ(k.pos, at(reader, readerPos))
	ctx.Store(i, ctx.Return("last"))
	ctx.RET()
}

// refill is bitReader.refill without the check.
func (k huffmanKernel) refill() {
	word := k.GP64()
	k.MOVQ(operand.Mem{Base: k.buf, Index: k.pos, Scale: 1}, word)
	k.BSWAPQ(word)
	k.SHRXQ(k.n, word, word)
	k.ORQ(word, k.acc)
	bytes := k.GP64()
	k.MOVQ(k.n, bytes)
	k.XORQ(operand.U8(63), bytes)
	k.SHRQ(operand.U8(3), bytes)
	k.ADDQ(bytes, k.pos)
	k.ORQ(operand.U8(56), k.n)
}

// look finds the look-ahead entry for the bits in acc.
func (k huffmanKernel) look(table reg.Register) {
	index := k.GP64()
	k.MOVQ(k.acc, index)
	k.SHRQ(operand.U8(64-lookBits), index)
	k.MOVL(operand.Mem{Base: table, Index: index, Scale: 4}, k.entry.As32())
}

// skip drops the symbol's and its value's bits. Shifts count modulo 64, so that
// the entry's other fields don't matter.
func (k huffmanKernel) skip() {
	bits := k.GP32()
	k.SHLXQ(k.entry, k.acc, k.acc)
	k.MOVBLZX(k.entry.As8(), bits)
	k.SUBQ(bits.As64(), k.n)
}

// value is extend(acc << length of the code, size).
func (k huffmanKernel) value() reg.GPVirtual {
	shift, x, v := k.GP64(), k.GP64(), k.GP64()
	k.MOVL(k.entry.As32(), shift.As32())
	k.SHRL(operand.U8(8), shift.As32())
	k.SHLXQ(shift, k.acc, x)
	k.SHRL(operand.U8(8), shift.As32()) // the size, modulo 64
	mask := k.GP64()
	k.MOVQ(operand.I32(-1), mask)
	k.SHLXQ(shift, mask, mask) // −1<<size
	k.NEGL(shift.As32())
	k.SHRXQ(shift, x, v)
	// Values that begin with 0 are negative: −1<<size + 1 is due.
	k.SARQ(operand.U8(63), x)
	k.INCQ(mask)
	k.ANDNQ(mask, x, x)
	k.ADDQ(x, v)
	return v
}

// longCode is huffmanTable.longCode.
func (k huffmanKernel) longCode(table reg.Register, prefix string) {
	length, shift, code := k.GP64(), k.GP64(), k.GP64()
	k.MOVL(operand.U32(lookBits+1), length.As32())
	k.Label(prefix + "Longer")
	k.MOVL(length.As32(), shift.As32())
	k.NEGL(shift.As32())
	k.SHRXQ(shift, k.acc, code)
	k.CMPL(code.As32(), operand.Mem{Base: table, Index: length, Scale: 4, Disp: tableMaxCode})
	k.JLE(operand.LabelRef(prefix + "Found"))
	k.INCL(length.As32())
	k.CMPL(length.As32(), operand.U8(17))
	k.JNE(operand.LabelRef(prefix + "Longer"))
	k.MOVL(operand.U32(17<<8|17), k.entry.As32())
	k.JMP(operand.LabelRef(prefix + "Long"))

	k.Label(prefix + "Found")
	k.ADDL(operand.Mem{Base: table, Index: length, Scale: 4, Disp: tableOffset}, code.As32())
	k.MOVBLZX(operand.Mem{Base: table, Index: code, Scale: 1, Disp: tableValues}, k.entry.As32())
	size := k.GP64()
	k.MOVL(k.entry.As32(), size.As32())
	k.ANDL(operand.U8(15), size.As32())
	k.SHRL(operand.U8(4), k.entry.As32())
	k.SHLL(operand.U8(8), k.entry.As32())
	k.ORL(size.As32(), k.entry.As32())
	k.SHLL(operand.U8(8), k.entry.As32())
	k.ORL(length.As32(), k.entry.As32())
	k.SHLL(operand.U8(8), k.entry.As32())
	k.ADDL(length.As32(), size.As32())
	k.ORL(size.As32(), k.entry.As32())
	k.Label(prefix + "Long")
}
