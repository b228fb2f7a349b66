package main

import (
	"math"
	"slices"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// winograd writes package winograd's kernels: for each instruction set the matrix
// products, and the transforms for 2, 3 and 4 taps.
func winograd(ctx *build.Context) {
	k := winogradKernel{Context: ctx, constants: winogradConstants(ctx)}
	for _, set := range []struct {
		suffix string
		file   registerFile
		tiles  int
	}{{"AVX512", zmm, 14}, {"AVX2", ymm, 6}} {
		k.suffix, k.file = set.suffix, set.file
		k.stem()
		winogradProduct{k, set.tiles}.write()
		for taps := 2; taps <= 4; taps++ {
			winogradInput{k, taps}.write()
			winogradOutput{k, taps}.write()
		}
	}
}

// Offsets of the structs in package winograd's args.go and tiles.go. A slice is
// its pointer, length and capacity; numbers are of floats.
const (
	inputTiles, inputTileCount    = 0, 8
	inputSrc, inputV              = 24, 48
	inputShift, inputRowStep      = 72, 80
	inputMaxRow, inputMaxCol      = 96, 104
	inputPosStep                  = 112
	productJobs, productJobCount  = 0, 8
	productV, productU, productM  = 24, 48, 72
	productBlockStep              = 96
	productQuads                  = 104
	productStep                   = 112
	outputTiles, outputTileCount  = 0, 8
	outputM, outputPosStep        = 24, 48
	outputDst, outputDstShift     = 56, 80
	outputDstRow                  = 88
	outputRes, outputResShift     = 96, 120
	outputResRow                  = 128
	outputBias, outputReLU        = 136, 160
	tileSrc, tileDst, tileRes     = 0, 8, 16
	tileLastRow, tileLastCol      = 24, 32
	tileRows, tileCols, tileBytes = 40, 48, 64
	jobTiles, jobBlocks           = 0, 8
	jobV, jobU, jobM              = 16, 24, 32
	jobAccumulate, jobBytes       = 40, 56
)

const (
	lineBytes  = 4 * lanes     // a block of channels
	panelBytes = 2 * lineBytes // a panel of output channels
	quad       = 4             // input channels that a product takes at a time
)

type winogradKernel struct {
	*build.Context
	constants operand.Mem
	suffix    string
	file      registerFile
}

// winogradConstants writes the transforms' constants, each as wide as AVX2.
func winogradConstants(ctx *build.Context) operand.Mem {
	symbol := ctx.StaticGlobal("winogradConstants")
	ctx.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, c := range transformConstants {
		for range 8 {
			ctx.AppendDatum(operand.U32(math.Float32bits(c)))
		}
	}
	return symbol
}

// transformConstants are what the transforms multiply by, but for signs.
var transformConstants = []float32{4.25, 4, 2, 0.5, 0.25}

// loadConstants keeps the constants in AVX-512's last registers. AVX2 has none to
// spare, and reads them from memory every time.
func (k winogradKernel) loadConstants() {
	if k.file.size < 64 {
		return
	}
	for _, c := range transformConstants {
		k.VBROADCASTSS(k.inMemory(c), k.constant(c).(reg.VecPhysical))
	}
}

// constant is the operand that holds a constant.
func (k winogradKernel) constant(c float32) operand.Op {
	if k.file.size < 64 {
		return k.inMemory(c)
	}
	return k.file.v[len(k.file.v)-1-slices.Index(transformConstants, c)]
}

func (k winogradKernel) inMemory(c float32) operand.Mem {
	return k.constants.Offset(32 * slices.Index(transformConstants, c))
}

// addMul writes x += c·y, subMul x −= c·y, each rounded once; mul writes x = c·y.
func (k winogradKernel) addMul(x reg.VecPhysical, c float32, y reg.VecPhysical) {
	k.VFMADD231PS(k.constant(c), y, x)
}

func (k winogradKernel) subMul(x reg.VecPhysical, c float32, y reg.VecPhysical) {
	k.VFNMADD231PS(k.constant(c), y, x)
}

func (k winogradKernel) mul(x reg.VecPhysical, c float32, y reg.VecPhysical) {
	k.VMULPS(k.constant(c), y, x)
}

func (k winogradKernel) clear(r reg.VecPhysical) {
	if k.file.size == 64 {
		k.VPXORD(r, r, r)
		return
	}
	k.VXORPS(r, r, r)
}

// halves is the number of vectors in a block of channels.
func (k winogradKernel) halves() int { return lineBytes / k.file.size }

// begin opens a kernel: its argument's address goes to a register.
func (k winogradKernel) begin(name string, args reg.GPPhysical) {
	k.Function(name + k.suffix)
	k.Attributes(attr.NOSPLIT)
	k.SignatureExpr("func(a *byte)")
	k.Load(k.Param("a"), args)
}

// locals reserves the stack for n numbers, and saves the argument's address in the
// first.
func (k winogradKernel) locals(n int, args reg.GPPhysical) operand.Mem {
	m := k.AllocLocal(8 * n)
	k.MOVQ(args, m)
	return m
}

// minimum is dst = min(a, b).
func (k winogradKernel) minimum(a, b operand.Mem, spare, dst reg.GPPhysical) {
	k.MOVQ(a, dst)
	k.MOVQ(b, spare)
	k.CMPQ(dst, spare)
	k.CMOVQGT(spare, dst)
}

// multiple is the memory at base + n·step; odd multiples have their own registers.
func multiple(base reg.GPPhysical, n int, step, step3, step5 reg.GPPhysical, disp int) operand.Mem {
	switch n {
	case 0:
		return at(base, disp)
	case 3, 6:
		return scaled(base, step3, uint8(n/3), disp)
	case 5:
		return scaled(base, step5, 1, disp)
	}
	return scaled(base, step, uint8(n), disp)
}

func (k winogradKernel) end() {
	k.VZEROUPPER()
	k.RET()
}

// scaled is the memory at base + scale·index + disp.
func scaled(base, index reg.GPPhysical, scale uint8, disp int) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: scale, Disp: disp}
}
