package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of package kernel's matrixArgs.
const (
	matIn, matWeights, matNext   = 0, 8, 16
	matOut, matRes, matBias      = 24, 32, 40
	matPixels, matTiles, matTaps = 48, 56, 64
	matWeightStep                = 72
	matOutBlock, matResBlock     = 80, 88
	matNextBytes                 = 96
	matLo, matHi                 = 104, 108
	matFirst, matLast            = 112, 113

	tapLanes = 8 // channels of a packed tap
)

// matrix writes the micro-kernels of matrix products. They are direct's, but the inputs of
// a tile are packed into the order in which the sum reads them, so that one pointer finds
// all, and a sum may go on in another call.
func matrix(ctx *build.Context) {
	for _, nv := range []int{2, 1} {
		blocks := map[int]string{2: "x2", 1: "x1"}[nv]
		matrixKernel{tile{ctx, zmm, 12, nv}, "matrixAVX512" + blocks}.write()
		matrixKernel{tile{ctx, zmm, 4, nv}, "matrixAVX512" + blocks + "Tail"}.write()
	}
	matrixKernel{tile{ctx, ymm, 6, 2}, "matrixAVX2"}.write()
	matrixKernel{tile{ctx, ymm, 4, 2}, "matrixAVX2Tail"}.write()
	pack(ctx)
}

// General registers of the matrix kernels.
var (
	matArgs, matList, matCount  = reg.RAX, reg.RBX, reg.RCX
	matPacked, matW, matW2      = reg.RSI, reg.RDI, reg.R8
	matTap, matAhead, matAtNext = reg.R9, reg.R10, reg.R11
	matDst, matStep, matPixel   = reg.R12, reg.R13, reg.R15
	matAdd, matNextEnd          = reg.R14, reg.RBP
)

type matrixKernel struct {
	tile // of pixels and output channels
	name string
}

func (k matrixKernel) write() {
	k.Function(k.name)
	k.Attributes(noSplit)
	k.SignatureExpr("func(a *byte)")
	k.Load(k.Param("a"), matArgs)
	for _, a := range []struct {
		offset int
		to     reg.GPPhysical
	}{{matIn, matPacked}, {matPixels, matList}, {matTiles, matCount}, {matNext, matAtNext}, {matOut, matDst}, {matOutBlock, matStep}} {
		k.MOVQ(at(matArgs, a.offset), a.to)
	}
	k.MOVQ(matAtNext, matAhead)
	k.MOVQ(at(matArgs, matNextBytes), matNextEnd)
	k.ADDQ(matAtNext, matNextEnd)

	k.Label("tile")
	k.MOVQ(at(matArgs, matWeights), matW)
	if k.pair() {
		k.MOVQ(at(matArgs, matWeightStep), matAdd)
		k.LEAQ(operand.Mem{Base: matW, Index: matAdd, Scale: 1}, matW2)
	}
	k.begin()
	k.MOVQ(at(matArgs, matTaps), matTap)
	k.Label("tap")
	k.PREFETCHT1(at(matAhead, 0))
	if k.pair() {
		k.PREFETCHT1(operand.Mem{Base: matAhead, Index: matAdd, Scale: 1})
	}
	for i := range tapLanes {
		k.channel(i)
	}
	k.ADDQ(operand.U32(tapLanes*4*k.rows), matPacked)
	k.ADDQ(operand.U32(tapLanes*64), matW)
	if k.pair() {
		k.ADDQ(operand.U32(tapLanes*64), matW2)
	}
	k.ADDQ(operand.U8(64), matAhead)
	k.SUBQ(operand.U8(1), matTap)
	k.JNE(operand.LabelRef("tap"))
	k.CMPQ(matAhead, matNextEnd)
	k.JB(operand.LabelRef("more"))
	k.MOVQ(matAtNext, matAhead)
	k.Label("more")

	k.CMPB(at(matArgs, matLast), operand.U8(0))
	k.JEQ(operand.LabelRef("store"))
	k.epilogue()
	k.Label("store")
	for p := range k.rows {
		k.pixel(p, matDst, pixelOut)
		for v := range k.nv {
			k.VMOVUPS(k.acc(p, v), k.vector(matPixel, matStep, v))
		}
	}
	k.ADDQ(operand.U32(k.rows*pixelSize), matList)
	k.SUBQ(operand.U8(1), matCount)
	k.JNE(operand.LabelRef("tile"))
	k.VZEROUPPER()
	k.RET()
}

// begin sets the sums to zero, or to what they were.
func (k matrixKernel) begin() {
	k.CMPB(at(matArgs, matFirst), operand.U8(0))
	k.JEQ(operand.LabelRef("resume"))
	k.zero()
	k.JMP(operand.LabelRef("sum"))
	k.Label("resume")
	for p := range k.rows {
		k.pixel(p, matDst, pixelOut)
		for v := range k.nv {
			k.VMOVUPS(k.vector(matPixel, matStep, v), k.acc(p, v))
		}
	}
	k.Label("sum")
	// The next tile's outputs may be far away, and there is time.
	for p := range k.rows {
		k.pixel(k.rows+p, matDst, pixelOut)
		k.PREFETCHT0(k.vector(matPixel, matStep, 0))
		if k.pair() {
			k.PREFETCHT0(k.vector(matPixel, matStep, 1))
		}
	}
}

// pixel finds a pixel of the output or residual.
func (k matrixKernel) pixel(p int, base reg.GPPhysical, field int) {
	k.MOVLQSX(at(matList, p*pixelSize+field), matPixel)
	k.LEAQ(operand.Mem{Base: base, Index: matPixel, Scale: 4}, matPixel)
}

// channel adds one input channel's products to all accumulators.
func (k matrixKernel) channel(i int) {
	k.loadWeights(i, func(v int) operand.Mem { return k.packedWeights(matW, matW2, i, v) })
	k.addProducts(i, func(p int) operand.Mem { return at(matPacked, 4*(p*tapLanes+i)) })
}

// epilogue adds bias and residual and clamps.
func (k matrixKernel) epilogue() {
	k.MOVQ(at(matArgs, matBias), matTap)
	for v := range k.nv {
		k.VMOVUPS(at(matTap, v*k.file.size), k.spare(v))
	}
	for p := range k.rows {
		for v := range k.nv {
			k.VADDPS(k.spare(v), k.acc(p, v), k.acc(p, v))
		}
	}
	k.MOVQ(at(matArgs, matRes), matAdd)
	k.TESTQ(matAdd, matAdd)
	k.JEQ(operand.LabelRef("clamp"))
	k.MOVQ(at(matArgs, matResBlock), matStep)
	for p := range k.rows {
		k.pixel(p, matAdd, pixelRes)
		for v := range k.nv {
			k.VADDPS(k.vector(matPixel, matStep, v), k.acc(p, v), k.acc(p, v))
		}
	}
	k.MOVQ(at(matArgs, matOutBlock), matStep)
	k.Label("clamp")
	lo, hi := k.spare(0), k.spare(1)
	k.VBROADCASTSS(at(matArgs, matLo), lo)
	k.VBROADCASTSS(at(matArgs, matHi), hi)
	for p := range k.rows {
		for v := range k.nv {
			// The bound is the first operand, so that a NaN comes through.
			a := k.acc(p, v)
			k.VMAXPS(a, lo, a)
			k.VMINPS(a, hi, a)
		}
	}
}
