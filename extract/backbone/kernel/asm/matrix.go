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
		matrixKernel{ctx, "matrixAVX512" + blocks, zmm, 12, nv}.write()
		matrixKernel{ctx, "matrixAVX512" + blocks + "Tail", zmm, 4, nv}.write()
	}
	matrixKernel{ctx, "matrixAVX2", ymm, 6, 2}.write()
	matrixKernel{ctx, "matrixAVX2Tail", ymm, 4, 2}.write()
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
	*build.Context
	name   string
	file   registerFile
	pixels int // a tile
	nv     int // vectors of output channels
}

func (k matrixKernel) acc(p, v int) reg.VecPhysical { return k.file.v[p*k.nv+v] }

func (k matrixKernel) spare(i int) reg.VecPhysical { return k.file.v[k.pixels*k.nv+i] }

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
	pair := k.file.size == 64 && k.nv == 2 // of blocks of output channels

	k.Label("tile")
	k.MOVQ(at(matArgs, matWeights), matW)
	if pair {
		k.MOVQ(at(matArgs, matWeightStep), matAdd)
		k.LEAQ(operand.Mem{Base: matW, Index: matAdd, Scale: 1}, matW2)
	}
	k.begin()
	k.MOVQ(at(matArgs, matTaps), matTap)
	k.Label("tap")
	k.PREFETCHT1(at(matAhead, 0))
	if pair {
		k.PREFETCHT1(operand.Mem{Base: matAhead, Index: matAdd, Scale: 1})
	}
	for i := range tapLanes {
		k.channel(i)
	}
	k.ADDQ(operand.U32(tapLanes*4*k.pixels), matPacked)
	k.ADDQ(operand.U32(tapLanes*64), matW)
	if pair {
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
	for p := range k.pixels {
		k.pixel(p, matDst, pixelOut)
		for v := range k.nv {
			k.VMOVUPS(k.acc(p, v), k.vector(v))
		}
	}
	k.ADDQ(operand.U32(k.pixels*pixelSize), matList)
	k.SUBQ(operand.U8(1), matCount)
	k.JNE(operand.LabelRef("tile"))
	k.VZEROUPPER()
	k.RET()
}

// begin sets the sums to zero, or to what they were.
func (k matrixKernel) begin() {
	k.CMPB(at(matArgs, matFirst), operand.U8(0))
	k.JEQ(operand.LabelRef("resume"))
	for p := range k.pixels {
		for v := range k.nv {
			if r := k.acc(p, v); k.file.size == 64 {
				k.VPXORD(r, r, r)
			} else {
				k.VXORPS(r, r, r)
			}
		}
	}
	k.JMP(operand.LabelRef("sum"))
	k.Label("resume")
	for p := range k.pixels {
		k.pixel(p, matDst, pixelOut)
		for v := range k.nv {
			k.VMOVUPS(k.vector(v), k.acc(p, v))
		}
	}
	k.Label("sum")
	// The next tile's outputs may be far away, and there is time.
	for p := range k.pixels {
		k.pixel(k.pixels+p, matDst, pixelOut)
		k.PREFETCHT0(k.vector(0))
		if k.file.size == 64 && k.nv == 2 {
			k.PREFETCHT0(k.vector(1))
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
	odd := 0
	if k.file.size == 64 {
		odd = 2 * (i % 2) // alternate, so that loads run ahead
	}
	for v := range k.nv {
		from := at(matW, 64*i)
		if v == 1 {
			if k.file.size == 64 {
				from = at(matW2, 64*i)
			} else {
				from.Disp += 32
			}
		}
		k.VMOVUPS(from, k.spare(odd+v))
	}
	for p := range k.pixels {
		in := at(matPacked, 4*(p*tapLanes+i))
		if k.nv == 1 {
			k.VFMADD231PS_BCST(in, k.spare(odd), k.acc(p, 0))
			continue
		}
		b := k.spare(2 + p%2)
		if k.file.size == 64 {
			b = k.spare(4 + p%4)
		}
		k.VBROADCASTSS(in, b)
		for v := range k.nv {
			k.VFMADD231PS(k.spare(odd+v), b, k.acc(p, v))
		}
	}
}

// epilogue adds bias and residual and clamps.
func (k matrixKernel) epilogue() {
	k.MOVQ(at(matArgs, matBias), matTap)
	for v := range k.nv {
		k.VMOVUPS(at(matTap, v*k.file.size), k.spare(v))
	}
	for p := range k.pixels {
		for v := range k.nv {
			k.VADDPS(k.spare(v), k.acc(p, v), k.acc(p, v))
		}
	}
	k.MOVQ(at(matArgs, matRes), matAdd)
	k.TESTQ(matAdd, matAdd)
	k.JEQ(operand.LabelRef("clamp"))
	k.MOVQ(at(matArgs, matResBlock), matStep)
	for p := range k.pixels {
		k.pixel(p, matAdd, pixelRes)
		for v := range k.nv {
			k.VADDPS(k.vector(v), k.acc(p, v), k.acc(p, v))
		}
	}
	k.MOVQ(at(matArgs, matOutBlock), matStep)
	k.Label("clamp")
	lo, hi := k.spare(0), k.spare(1)
	k.VBROADCASTSS(at(matArgs, matLo), lo)
	k.VBROADCASTSS(at(matArgs, matHi), hi)
	for p := range k.pixels {
		for v := range k.nv {
			// The bound is the first operand, so that a NaN comes through.
			a := k.acc(p, v)
			k.VMAXPS(a, lo, a)
			k.VMINPS(a, hi, a)
		}
	}
}

// vector is where the v-th vector of the pixel in matPixel lies.
func (k matrixKernel) vector(v int) operand.Mem {
	switch {
	case v == 0:
		return at(matPixel, 0)
	case k.file.size == 32:
		return at(matPixel, 32)
	}
	return operand.Mem{Base: matPixel, Index: matStep, Scale: 1}
}
