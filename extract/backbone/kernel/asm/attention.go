package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of package kernel's attentionArgs.
const (
	attIn, attWeights, attOut = 0, 8, 16
	attAdd, attFactors, attAt = 24, 32, 40
	attTiles, attUnits        = 48, 56
	attWeightBlock            = 64
	attInTile, attOutTile     = 72, 80
	attOutBlock               = 88
)

// attention writes the micro-kernels of attention: a tile of queries times one or two vectors
// of keys or channels stays in registers over the whole sum.
func attention(ctx *build.Context) {
	for _, results := range []bool{false, true} {
		name := map[bool]string{false: "attentionScores", true: "attentionResults"}[results]
		for _, nv := range []int{2, 1} {
			blocks := map[int]string{2: "x2", 1: "x1"}[nv]
			attentionKernel{tile{ctx, zmm, 12, nv}, name + "AVX512" + blocks, results}.write()
			attentionKernel{tile{ctx, zmm, 4, nv}, name + "AVX512" + blocks + "Tail", results}.write()
		}
		attentionKernel{tile{ctx, ymm, 6, 2}, name + "AVX2", results}.write()
		attentionKernel{tile{ctx, ymm, 4, 2}, name + "AVX2Tail", results}.write()
	}
	exponentials(ctx, "exponentialsAVX512", zmm)
	exponentials(ctx, "exponentialsAVX2", ymm)
	transposeRows(ctx)
	scaleRows(ctx)
}

// General registers of the attention kernels.
var (
	attArgs, attList, attCount   = reg.RAX, reg.RBX, reg.RCX
	attX, attW, attW2            = reg.RSI, reg.RDI, reg.R8
	attUnit, attStep, attTile    = reg.R9, reg.R10, reg.R11
	attDst, attBlock, attPointer = reg.R12, reg.R13, reg.R15
	attSecond                    = reg.RDX
)

type attentionKernel struct {
	tile    // of queries, and of keys or channels
	name    string
	results bool
}

func (k attentionKernel) write() {
	k.Function(k.name)
	k.Attributes(noSplit)
	k.SignatureExpr("func(a *byte)")
	k.Load(k.Param("a"), attArgs)
	second := attAdd
	if k.results {
		second = attFactors
	}
	for _, a := range []struct {
		offset int
		to     reg.GPPhysical
	}{{attIn, attTile}, {attOut, attDst}, {attAt, attList}, {attTiles, attCount}, {attOutBlock, attBlock}, {second, attSecond}} {
		k.MOVQ(at(attArgs, a.offset), a.to)
	}
	between := k.rows * 64 // bytes of a block of inputs

	k.Label("tile")
	k.MOVQ(attTile, attX)
	k.MOVQ(at(attArgs, attWeights), attW)
	if k.pair() {
		k.MOVQ(at(attArgs, attWeightBlock), attW2)
		k.ADDQ(attW, attW2)
	}
	k.zero()
	k.MOVQ(at(attArgs, attUnits), attUnit)
	k.MOVQ(operand.U32(32), attStep)
	k.Label("unit")
	for i := range tapLanes {
		k.input(i)
	}
	// The first half of a block is followed by the second, and that by the next block.
	k.ADDQ(attStep, attX)
	k.NEGQ(attStep)
	k.ADDQ(operand.U32(between), attStep)
	k.ADDQ(operand.U32(tapLanes*64), attW)
	if k.pair() {
		k.ADDQ(operand.U32(tapLanes*64), attW2)
	}
	k.SUBQ(operand.U8(1), attUnit)
	k.JNE(operand.LabelRef("unit"))

	if k.results {
		k.storeResults()
	} else {
		k.storeScores()
	}
	k.ADDQ(operand.U32(4*k.rows), attList)
	k.ADDQ(at(attArgs, attInTile), attTile)
	k.SUBQ(operand.U8(1), attCount)
	k.JNE(operand.LabelRef("tile"))
	k.VZEROUPPER()
	k.RET()
}

// input adds one input's products to all sums.
func (k attentionKernel) input(i int) {
	k.loadWeights(i, func(v int) operand.Mem { return k.packedWeights(attW, attW2, i, v) })
	k.addProducts(i, func(p int) operand.Mem { return at(attX, 64*p+4*i) })
}

// pointer finds a query's row.
func (k attentionKernel) pointer(p int, base reg.GPPhysical) {
	k.MOVLQSX(at(attList, 4*p), attPointer)
	k.LEAQ(operand.Mem{Base: base, Index: attPointer, Scale: 4}, attPointer)
}

// storeScores adds the biases and stores a tile of scores.
func (k attentionKernel) storeScores() {
	next := k.file.size // bytes from one vector to the next
	if k.pair() {
		next = 64 * k.rows
	}
	for p := range k.rows {
		k.pointer(p, attSecond)
		for v := range k.nv {
			k.VADDPS(at(attPointer, v*k.file.size), k.acc(p, v), k.acc(p, v))
			k.VMOVUPS(k.acc(p, v), at(attDst, 64*p+v*next))
		}
	}
	k.ADDQ(at(attArgs, attOutTile), attDst)
}

// storeResults multiplies by the factors, and stores where the list says.
func (k attentionKernel) storeResults() {
	for p := range k.rows {
		f := k.spare(p % 4)
		k.VBROADCASTSS(at(attSecond, 4*p), f)
		k.pointer(p, attDst)
		for v := range k.nv {
			k.VMULPS(f, k.acc(p, v), k.acc(p, v))
			k.VMOVUPS(k.acc(p, v), k.vector(attPointer, attBlock, v))
		}
	}
	k.ADDQ(operand.U32(4*k.rows), attSecond)
}
