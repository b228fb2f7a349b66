package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of package kernel's directArgs and pixel.
const (
	argIn, argOut, argRes         = 0, 8, 16
	argWeights, argBias           = 24, 32
	argPixels, argTaps            = 40, 48
	argTiles, argNTaps            = 56, 64
	argOutBlock, argResBlock      = 72, 80
	argWeightStep                 = 88
	argLo, argHi                  = 96, 100
	pixelIn, pixelOut, pixelRes   = 0, 4, 8
	pixelSize                     = 12
	lanes                         = 16
	localPixels, localTiles       = 0, 8
	localTapsEnd, localWeightStep = 16, 24
	localBytes                    = 32
)

// direct writes the direct convolution's micro-kernels: a tile of pixels times two
// vectors of output channels stays in registers over the whole sum. Each input is
// broadcast once for both vectors, each vector of weights is loaded once for all
// pixels.
func direct(ctx *build.Context) {
	for _, width := range []int{lanes, lanes / 2, 1} {
		suffix := map[int]string{lanes: "Wide", lanes / 2: "Half", 1: "Narrow"}[width]
		directKernel{tile{ctx, zmm, 12, 2}, "directAVX512x2" + suffix, width, 0}.write()
		directKernel{tile{ctx, zmm, 12, 1}, "directAVX512x1" + suffix, width, 0}.write()
		directKernel{tile{ctx, ymm, 6, 2}, "directAVX2" + suffix, width, 0}.write()
	}
	directKernel{tile{ctx, zmm, 4, 2}, "directAVX512x2WideTail", lanes, 0}.write()
	directKernel{tile{ctx, zmm, 4, 2}, "directAVX512x2HalfTail", lanes / 2, 0}.write()
	groupIndices(ctx)
	for _, group := range []int{1, 4, 8} {
		suffix := fmt.Sprint("Group", group)
		directKernel{tile{ctx, zmm, 12, 1}, "directAVX512" + suffix, group, group}.write()
		directKernel{tile{ctx, ymm, 6, 2}, "directAVX2" + suffix, group, group}.write()
	}
}

// General registers; every pixel of a tile has a pointer of its own.
var (
	bases = []reg.GPPhysical{reg.RAX, reg.RBX, reg.RCX, reg.RSI, reg.RDI, reg.R8,
		reg.R9, reg.R10, reg.R11, reg.R12, reg.R13, reg.R15}
	regTap     = reg.RBP // the next tap
	regOffset  = reg.RDX // offset of the current tap; the pixel list outside the sum
	regWeights = reg.R14 // the next weights; the arguments outside the sum
)

type directKernel struct {
	tile  // of pixels and output channels
	name  string
	width int // channels a tap
	group int // channels of a group, see direct_group.go; 0 if all outputs take the same inputs
}

func (k directKernel) write() {
	k.Function(k.name)
	k.Attributes(noSplit)
	k.SignatureExpr("func(a *byte)")
	local := k.AllocLocal(localBytes)

	k.arguments()
	k.MOVQ(at(regWeights, argPixels), regOffset)
	k.MOVQ(regOffset, local.Offset(localPixels))
	k.MOVQ(at(regWeights, argTiles), regTap)
	k.MOVQ(regTap, local.Offset(localTiles))
	k.MOVQ(at(regWeights, argNTaps), regTap)
	k.MOVQ(at(regWeights, argTaps), regOffset)
	k.LEAQ(operand.Mem{Base: regOffset, Index: regTap, Scale: 4}, regTap)
	k.MOVQ(regTap, local.Offset(localTapsEnd))
	k.MOVQ(at(regWeights, argWeightStep), regTap)
	k.MOVQ(regTap, local.Offset(localWeightStep))

	if k.group == 8 && k.file.size == 64 {
		k.loadIndices()
	}
	k.Label("tile")
	k.arguments()
	k.MOVQ(local.Offset(localPixels), regOffset)
	k.MOVQ(at(regWeights, argIn), regTap)
	for p := range k.rows {
		k.MOVLQSX(at(regOffset, p*pixelSize+pixelIn), bases[p])
		k.LEAQ(operand.Mem{Base: regTap, Index: bases[p], Scale: 4}, bases[p])
	}
	k.MOVQ(at(regWeights, argTaps), regTap)
	k.MOVQ(at(regWeights, argWeights), regWeights)
	k.zero()

	k.Label("tap")
	k.MOVLQSX(at(regTap, 0), regOffset)
	for i := range k.width {
		k.channel(i, local)
	}
	if k.file.size == 64 || k.group > 0 {
		k.ADDQ(operand.U32(k.width*k.nv*k.file.size), regWeights)
	}
	k.ADDQ(operand.Imm(4), regTap)
	k.CMPQ(regTap, local.Offset(localTapsEnd))
	k.JB(operand.LabelRef("tap"))

	k.epilogue(local)
	k.ADDQ(operand.U32(k.rows*pixelSize), local.Offset(localPixels))
	k.SUBQ(operand.Imm(1), local.Offset(localTiles))
	k.JNE(operand.LabelRef("tile"))
	k.VZEROUPPER()
	k.RET()
}

// arguments loads the argument struct's address.
func (k directKernel) arguments() { k.Load(k.Param("a"), regWeights) }

// channel adds one input channel's products to all accumulators.
func (k directKernel) channel(i int, local operand.Mem) {
	if k.group > 0 {
		k.groupChannel(i)
		return
	}
	if k.file.size == 32 {
		// 16 channels are two vectors side by side; the weights' step depends on the panel.
		k.loadWeights(i, func(v int) operand.Mem { return at(regWeights, 32*v) })
		k.ADDQ(local.Offset(localWeightStep), regWeights)
	} else {
		k.loadWeights(i, func(v int) operand.Mem { return at(regWeights, (i*k.nv+v)*64) })
	}
	k.addProducts(i, func(p int) operand.Mem {
		return operand.Mem{Base: bases[p], Index: regOffset, Scale: 4, Disp: 4 * i}
	})
}

// epilogue adds bias and residual, clamps and stores.
func (k directKernel) epilogue(local operand.Mem) {
	// No pointer is needed any more.
	next, step := bases[0], bases[1]
	k.arguments()
	k.MOVQ(local.Offset(localPixels), regOffset)
	k.MOVQ(at(regWeights, argBias), regTap)
	for v := range k.nv {
		k.VMOVUPS(at(regTap, v*k.file.size), k.spare(v))
	}
	for p := range k.rows {
		for v := range k.nv {
			k.VADDPS(k.spare(v), k.acc(p, v), k.acc(p, v))
		}
	}
	k.MOVQ(at(regWeights, argRes), regTap)
	k.TESTQ(regTap, regTap)
	k.JEQ(operand.LabelRef("clamp"))
	k.MOVQ(at(regWeights, argResBlock), step)
	for p := range k.rows {
		k.MOVLQSX(at(regOffset, p*pixelSize+pixelRes), next)
		k.LEAQ(operand.Mem{Base: regTap, Index: next, Scale: 4}, next)
		for v := range k.nv {
			k.VADDPS(k.vector(next, step, v), k.acc(p, v), k.acc(p, v))
		}
	}

	k.Label("clamp")
	lo, hi := k.spare(0), k.spare(1)
	k.VBROADCASTSS(at(regWeights, argLo), lo)
	k.VBROADCASTSS(at(regWeights, argHi), hi)
	k.MOVQ(at(regWeights, argOut), regTap)
	k.MOVQ(at(regWeights, argOutBlock), step)
	for p := range k.rows {
		k.MOVLQSX(at(regOffset, p*pixelSize+pixelOut), next)
		k.LEAQ(operand.Mem{Base: regTap, Index: next, Scale: 4}, next)
		for v := range k.nv {
			// The bound is the first operand, so that a NaN comes through.
			a := k.acc(p, v)
			k.VMAXPS(a, lo, a)
			k.VMINPS(a, hi, a)
			k.VMOVUPS(a, k.vector(next, step, v))
		}
	}
}
