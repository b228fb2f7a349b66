package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// runPixels is package kernel's: the adjacent output pixels that an entry of a
// depthwise convolution's pixel list stands for.
const runPixels = 7

// depthwise writes the kernels of depthwise convolutions of 3 or 5 columns at stride 1
// or 2, and of 7 at stride 1. Runs of pixels stay in registers over the whole sum, and so do the weights of a
// row of the kernel while it is added: an input is loaded once for all the pixels of
// the run that it is a tap of.
func depthwise(ctx *build.Context) {
	for _, k := range []struct{ cols, stride int }{{3, 1}, {3, 2}, {5, 1}, {5, 2}, {7, 1}} {
		suffix := fmt.Sprintf("%dStride%d", k.cols, k.stride)
		depthwiseKernel{ctx, "depthwiseAVX512x" + suffix, zmm, 2, k.cols, k.stride}.write()
		depthwiseKernel{ctx, "depthwiseAVX2x" + suffix, ymm, 1, k.cols, k.stride}.write()
	}
}

// General registers of the depthwise kernels.
var (
	depthArgs, depthPixels, depthTiles = reg.RAX, reg.RBX, reg.RCX
	depthIn, depthOut                  = reg.RSI, reg.RDI
	depthTap, depthTaps, depthTapsEnd  = reg.R8, reg.R9, reg.R10
	depthWeights, depthOffset          = reg.R11, reg.R12
	depthRuns                          = []reg.GPPhysical{reg.R13, reg.R15} // where a run's inputs begin
	depthRows                          = []reg.GPPhysical{reg.RDX, reg.RBP} // and those of a row of the kernel
)

type depthwiseKernel struct {
	*build.Context
	name   string
	file   registerFile
	runs   int // computed together, as many as hide the latency of an addition
	cols   int // of the kernel
	stride int // of columns
}

func (k depthwiseKernel) acc(run, pixel int) reg.VecPhysical { return k.file.v[run*runPixels+pixel] }

func (k depthwiseKernel) weight(col int) reg.VecPhysical { return k.file.v[k.runs*runPixels+col] }

// spare is one of the registers that are left.
func (k depthwiseKernel) spare(i int) reg.VecPhysical {
	first := k.runs*runPixels + k.cols
	return k.file.v[first+i%min(len(k.file.v)-first, 8)]
}

func (k depthwiseKernel) write() {
	k.Function(k.name)
	k.Attributes(noSplit)
	k.SignatureExpr("func(a *byte)")
	k.Load(k.Param("a"), depthArgs)
	for _, a := range []struct {
		offset int
		to     reg.GPPhysical
	}{{argIn, depthIn}, {argOut, depthOut}, {argPixels, depthPixels}, {argTiles, depthTiles}, {argTaps, depthTaps}, {argNTaps, depthTapsEnd}} {
		k.MOVQ(at(depthArgs, a.offset), a.to)
	}
	k.LEAQ(operand.Mem{Base: depthTaps, Index: depthTapsEnd, Scale: 4}, depthTapsEnd)

	k.Label("tile")
	for r := range k.runs {
		k.MOVLQSX(at(depthPixels, r*pixelSize+pixelIn), depthRuns[r])
		k.LEAQ(operand.Mem{Base: depthIn, Index: depthRuns[r], Scale: 4}, depthRuns[r])
	}
	for half := 0; half < 64; half += k.file.size { // AVX2 computes one half of the channels after the other
		k.sum(half)
		k.epilogue(half)
	}
	k.ADDQ(operand.U32(k.runs*pixelSize), depthPixels)
	k.SUBQ(operand.Imm(1), depthTiles)
	k.JNE(operand.LabelRef("tile"))
	k.VZEROUPPER()
	k.RET()
}

// sum adds up all products of the channels at byte half of a block.
func (k depthwiseKernel) sum(half int) {
	for r := range k.runs {
		for p := range runPixels {
			y := ymm.v[r*runPixels+p]
			k.VXORPS(y, y, y) // the upper half of a ZMM register becomes zero too
		}
	}
	k.MOVQ(depthTaps, depthTap)
	k.MOVQ(at(depthArgs, argWeights), depthWeights)
	label := fmt.Sprint("row", half)
	k.Label(label)
	k.MOVLQSX(at(depthTap, 0), depthOffset)
	for r := range k.runs {
		k.LEAQ(operand.Mem{Base: depthRuns[r], Index: depthOffset, Scale: 4}, depthRows[r])
	}
	for c := range k.cols {
		k.VMOVUPS(at(depthWeights, 64*c+half), k.weight(c))
	}
	for x := range (runPixels-1)*k.stride + k.cols {
		for r := range k.runs {
			k.input(x, r, at(depthRows[r], 64*x+half))
		}
	}
	k.ADDQ(operand.U8(4*k.cols), depthTap)
	k.ADDQ(operand.U32(64*k.cols), depthWeights)
	k.CMPQ(depthTap, depthTapsEnd)
	k.JB(operand.LabelRef(label))
}

// input adds the products of a run's x-th input.
func (k depthwiseKernel) input(x, run int, in operand.Mem) {
	var taps [][2]int // column of the kernel, pixel of the run
	for c := range k.cols {
		if p := (x - c) / k.stride; x >= c && (x-c)%k.stride == 0 && p < runPixels {
			taps = append(taps, [2]int{c, p})
		}
	}
	if len(taps) == 1 {
		k.VFMADD231PS(in, k.weight(taps[0][0]), k.acc(run, taps[0][1]))
		return
	}
	v := k.spare(x*k.runs + run)
	k.VMOVUPS(in, v)
	for _, t := range taps {
		k.VFMADD231PS(v, k.weight(t[0]), k.acc(run, t[1]))
	}
}

// epilogue adds the bias, clamps and stores.
func (k depthwiseKernel) epilogue(half int) {
	bias, lo, hi := k.weight(0), k.weight(1), k.weight(2)
	k.MOVQ(at(depthArgs, argBias), depthOffset)
	k.VMOVUPS(at(depthOffset, half), bias)
	k.VBROADCASTSS(at(depthArgs, argLo), lo)
	k.VBROADCASTSS(at(depthArgs, argHi), hi)
	for r := range k.runs {
		k.MOVLQSX(at(depthPixels, r*pixelSize+pixelOut), depthOffset)
		k.LEAQ(operand.Mem{Base: depthOut, Index: depthOffset, Scale: 4}, depthOffset)
		for p := range runPixels {
			a := k.acc(r, p)
			k.VADDPS(bias, a, a)
			k.VMAXPS(a, lo, a)
			k.VMINPS(a, hi, a)
			k.VMOVUPS(a, at(depthOffset, 64*p+half))
		}
	}
}
