package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// norm writes the kernels of layer normalisation: adjacent pixels, over all their blocks
// of channels.
func norm(ctx *build.Context) {
	normKernel{Context: ctx, file: zmm}.write("normAVX512")
	normKernel{Context: ctx, file: ymm}.write("normAVX2")
}

// Where package kernel's normArgs has its fields.
const (
	normIn, normOut              = 0, 8
	normScale, normShift         = 16, 24
	normScaleStep                = 32
	normShiftStep                = 40
	normInStep, normOutStep      = 48, 56
	normBefore                   = 64
	normPixels                   = 72
	normRMS                      = 80
	normCount, normEpsilon       = 88, 92
	normOne                      = 96
	normLastScale, normLastShift = 104, 168
	normMask                     = 232
	normMeans, normRoots         = 296, 328
)

// A normKernel keeps a sum of each of 8 vectors, and each pixel's mean. So several pixels
// of a row are computed together: then each block's cache lines follow each other, and
// their sums are added side by side.
type normKernel struct {
	*build.Context
	file   registerFile
	pixels int // together
	label  string
}

var (
	normArgs                       = reg.RAX
	normFrom, normTo, normLeft     = reg.RSI, reg.RDI, reg.RCX
	normAt, normAtOut, normBlocks  = reg.RBX, reg.RDX, reg.R8
	normInBytes, normOutBytes      = reg.R9, reg.R10
	normScaleAt, normShiftAt       = reg.R11, reg.R12
	normScaleBytes, normShiftBytes = reg.R13, reg.R15
)

func (k normKernel) write(name string) {
	k.Function(name)
	k.Attributes(noSplit)
	k.SignatureExpr("func(a *byte)")
	k.Load(k.Param("a"), normArgs)
	for _, f := range []struct {
		at int
		to reg.GPPhysical
	}{
		{normIn, normFrom}, {normOut, normTo}, {normPixels, normLeft}, {normInStep, normInBytes}, {normOutStep, normOutBytes},
		{normScaleStep, normScaleBytes}, {normShiftStep, normShiftBytes},
	} {
		k.MOVQ(at(normArgs, f.at), f.to)
	}
	for _, pixels := range []int{k.file.size / 8, 1} {
		k.pixels, k.label = pixels, map[bool]string{true: "one", false: "several"}[pixels == 1]
		k.Label(k.label)
		k.CMPQ(normLeft, operand.U8(pixels))
		k.JLT(operand.LabelRef(k.label + "Done"))
		k.means()
		k.roots()
		k.outputs()
		k.ADDQ(operand.U32(64*pixels), normFrom)
		k.ADDQ(operand.U32(64*pixels), normTo)
		k.SUBQ(operand.U8(pixels), normLeft)
		k.JMP(operand.LabelRef(k.label))
		k.Label(k.label + "Done")
	}
	k.VZEROUPPER()
	k.RET()
}

// vectors is the number of vectors in a block.
func (k normKernel) vectors() int { return 64 / k.file.size }

// each calls f for each vector i of the pixels' blocks, with its pixel and its place in
// the pixel's block.
func (k normKernel) each(f func(i, pixel, part int)) {
	for i := range k.pixels * k.vectors() {
		f(i, i/k.vectors(), i%k.vectors())
	}
}

func (k normKernel) sum(i int) reg.VecPhysical { return k.file.v[i] }

// mean is above the registers that instructions without a ZMM form can name.
func (k normKernel) mean(p int) reg.VecPhysical {
	if k.file.size == 64 {
		return k.file.v[16+p]
	}
	return k.file.v[8+p]
}

// temporary is one of four registers that neither sums nor means use.
func (k normKernel) temporary(i int) reg.VecPhysical { return k.file.v[12+i%4] }

// parameter is one of four registers beside the roots, means and temporaries.
func (k normKernel) parameter(i int) reg.VecPhysical {
	if k.file.size == 64 {
		return k.file.v[8+i]
	}
	return k.file.v[4+i]
}

func (k normKernel) clearSums() {
	k.each(func(i, _, _ int) {
		y := ymm.v[i]
		k.VXORPS(y, y, y) // the upper half of a ZMM register becomes zero too
	})
}

// blocks writes body for the blocks before the last in a loop, and once for the last.
func (k normKernel) blocks(label string, body func(last bool), next func()) {
	k.MOVQ(at(normArgs, normBefore), normBlocks)
	k.TESTQ(normBlocks, normBlocks)
	k.JE(operand.LabelRef(label + "Last"))
	k.Label(label)
	body(false)
	next()
	k.SUBQ(operand.U8(1), normBlocks)
	k.JNE(operand.LabelRef(label))
	k.Label(label + "Last")
	body(true)
}

// means leaves each pixel's mean in all lanes of a register.
func (k normKernel) means() {
	for p := range k.pixels {
		if m := k.mean(p); k.file.size == 64 {
			k.VPXORD(m, m, m)
		} else {
			k.VXORPS(m, m, m)
		}
	}
	k.CMPQ(at(normArgs, normRMS), operand.U8(1))
	k.JE(operand.LabelRef(k.label + "Mean0"))
	k.clearSums()
	k.MOVQ(normFrom, normAt)
	k.blocks(k.label+"Sum", func(bool) { // beyond C there are zeros
		k.each(func(i, p, v int) { k.VADDPS(at(normAt, 64*p+k.file.size*v), k.sum(i), k.sum(i)) })
	}, func() { k.ADDQ(normInBytes, normAt) })
	k.addLanes(func(mean reg.VecPhysical, _ reg.VecPhysical, group int) {
		k.VMOVUPS(mean, at(normArgs, normMeans+16*group))
	})
	for p := range k.pixels {
		k.VBROADCASTSS(at(normArgs, normMeans+4*p), k.mean(p))
	}
	k.Label(k.label + "Mean0")
}

// roots leaves each pixel's 1/√(variance + epsilon) in normArgs.
func (k normKernel) roots() {
	k.clearSums()
	k.MOVQ(normFrom, normAt)
	k.blocks(k.label+"Square", func(last bool) {
		k.each(func(i, p, v int) {
			t := k.temporary(i)
			k.VSUBPS(at(normAt, 64*p+k.file.size*v), k.mean(p), t) // the sign falls out
			if last {
				k.VANDPS(at(normArgs, normMask+k.file.size*v), t, t)
			}
			k.VFMADD231PS(t, t, k.sum(i))
		})
	}, func() { k.ADDQ(normInBytes, normAt) })
	k.addLanes(func(variance, c reg.VecPhysical, group int) {
		k.VBROADCASTSS(at(normArgs, normEpsilon), c)
		k.VADDPS(c, variance, variance)
		k.VSQRTPS(variance, variance)
		k.VBROADCASTSS(at(normArgs, normOne), c)
		k.VDIVPS(variance, c, variance)
		k.VMOVUPS(variance, at(normArgs, normRoots+16*group))
	})
}

// addLanes adds the 16 lanes of each pixel's sums in package kernel's order, divides by
// the count, and passes on the results of four pixels at a time.
func (k normKernel) addLanes(then func(result, free reg.VecPhysical, group int)) {
	halves := make([]reg.VecPhysical, k.pixels)
	for p := range k.pixels {
		if k.vectors() == 2 {
			halves[p] = ymm.v[2*p]
			k.VADDPS(ymm.v[2*p+1], halves[p], halves[p])
			continue
		}
		halves[p] = ymm.v[p]
		free := k.temporary(p).AsY()
		k.VEXTRACTF64X4(operand.U8(1), zmm.v[p], free)
		k.VADDPS(free, halves[p], halves[p])
	}
	for first := 0; first < k.pixels; first += 4 {
		var q [4]reg.VecPhysical // a pixel's 4 sums each
		for i := range q {
			h := halves[first+i%k.pixels]
			q[i] = h.AsX().(reg.VecPhysical)
			if i < k.pixels {
				free := k.temporary(i).AsX()
				k.VEXTRACTF128(operand.U8(1), h, free)
				k.VADDPS(free, q[i], q[i])
			}
		}
		// Two pixels in a register: 0+2 and 1+3 of each. Then four: (0+2)+(1+3).
		var two [2]reg.VecPhysical
		for i := range two {
			a, b := q[2*i], q[2*i+1]
			two[i] = k.temporary(i).AsX().(reg.VecPhysical)
			high := k.temporary(2 + i).AsX()
			k.VUNPCKLPD(b, a, two[i])
			k.VUNPCKHPD(b, a, high)
			k.VADDPS(high, two[i], two[i])
		}
		sum, odd := k.temporary(2).AsX().(reg.VecPhysical), k.temporary(3).AsX().(reg.VecPhysical)
		k.VSHUFPS(operand.U8(0x88), two[1], two[0], sum)
		k.VSHUFPS(operand.U8(0xdd), two[1], two[0], odd)
		k.VADDPS(odd, sum, sum)
		k.VBROADCASTSS(at(normArgs, normCount), odd)
		k.VDIVPS(odd, sum, sum)
		then(sum, odd, first/4)
	}
}

// outputs writes the pixels. The roots take the place of the sums.
func (k normKernel) outputs() {
	root := k.sum
	for p := range k.pixels {
		k.VBROADCASTSS(at(normArgs, normRoots+4*p), root(p))
	}
	k.MOVQ(at(normArgs, normScale), normScaleAt)
	k.MOVQ(at(normArgs, normShift), normShiftAt)
	k.MOVQ(normFrom, normAt)
	k.MOVQ(normTo, normAtOut)
	scale, shift := k.parameter, func(v int) reg.VecPhysical { return k.parameter(2 + v) }
	k.blocks(k.label+"Out", func(last bool) {
		for v := range k.vectors() {
			if last {
				k.VMOVUPS(at(normArgs, normLastScale+k.file.size*v), scale(v))
				k.VMOVUPS(at(normArgs, normLastShift+k.file.size*v), shift(v))
			} else {
				k.VMOVUPS(at(normScaleAt, k.file.size*v), scale(v))
				k.VMOVUPS(at(normShiftAt, k.file.size*v), shift(v))
			}
		}
		k.each(func(i, p, v int) {
			t := k.temporary(i)
			k.VMOVUPS(at(normAt, 64*p+k.file.size*v), t)
			k.VSUBPS(k.mean(p), t, t)
			k.VMULPS(root(p), t, t)
			k.VFMADD213PS(shift(v), scale(v), t)
			if last {
				k.VANDPS(at(normArgs, normMask+k.file.size*v), t, t)
			}
			k.VMOVUPS(t, at(normAtOut, 64*p+k.file.size*v))
		})
	}, func() {
		k.ADDQ(normInBytes, normAt)
		k.ADDQ(normOutBytes, normAtOut)
		k.ADDQ(normScaleBytes, normScaleAt)
		k.ADDQ(normShiftBytes, normShiftAt)
	})
}
