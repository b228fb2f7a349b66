package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of package winograd's rearrangeArgs.
const (
	stemDst, stemRow, stemPixels = 0, 8, 56
	stemGroup                    = 8 // pixels at a time
)

// stem writes the rearrangement of the stem's input: pairs of floats from
// six rows become the first 12 of a pixel's 16 channels, a transposition of 6×8
// pairs with two rows of zeros. The last group may overlap the one before.
func (k winogradKernel) stem() {
	dst, pixel, last, pixels := reg.R8, reg.R9, reg.R10, reg.R11
	rows := []reg.GPPhysical{reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI, reg.RDI}
	k.begin("stem", pixels)
	k.MOVQ(at(pixels, stemDst), dst)
	for i, r := range rows {
		k.MOVQ(at(pixels, stemRow+8*i), r)
	}
	k.MOVQ(at(pixels, stemPixels), last)
	k.SUBQ(operand.Imm(stemGroup), last)
	k.XORQ(pixel, pixel)
	k.clear(k.file.v[15])

	k.Label("group")
	for part := range k.halves() {
		if k.file.size == 64 {
			k.transpose8(rows, pixel, dst)
		} else {
			k.transpose4(rows, pixel, dst, part)
		}
	}
	k.CMPQ(pixel, last)
	k.JEQ(operand.LabelRef("done"))
	k.ADDQ(operand.Imm(stemGroup), pixel)
	k.ADDQ(operand.U32(stemGroup*lineBytes), dst)
	k.MOVQ(pixel, pixels)
	k.SUBQ(last, pixels)
	k.JLE(operand.LabelRef("group"))
	k.MOVQ(last, pixel)
	k.SHLQ(operand.Imm(6), pixels)
	k.SUBQ(pixels, dst)
	k.JMP(operand.LabelRef("group"))
	k.Label("done")
	k.end()
}

// transpose8 makes eight pixels from 6 vectors of eight pairs.
func (k winogradKernel) transpose8(rows []reg.GPPhysical, pixel, dst reg.GPPhysical) {
	v := k.file.v
	zero := v[15]
	for i, r := range rows {
		k.VMOVUPS(scaled(r, pixel, 8, 0), v[i])
	}
	for odd := range 2 {
		// Pairs 2q+odd of two rows, side by side.
		a, b, c := v[6], v[7], v[8]
		for i, to := range []reg.VecPhysical{a, b, c} {
			if odd == 0 {
				k.VUNPCKLPD(v[2*i+1], v[2*i], to)
			} else {
				k.VUNPCKHPD(v[2*i+1], v[2*i], to)
			}
		}
		for q, halves := range []uint64{0x44, 0xee} {
			k.VSHUFF64X2(operand.Imm(halves), b, a, v[9])
			k.VSHUFF64X2(operand.Imm(halves), zero, c, v[10])
			k.VSHUFF64X2(operand.Imm(0x88), v[10], v[9], v[11])
			k.VMOVUPS(v[11], at(dst, (4*q+odd)*lineBytes))
			k.VSHUFF64X2(operand.Imm(0xdd), v[10], v[9], v[12])
			k.VMOVUPS(v[12], at(dst, (4*q+2+odd)*lineBytes))
		}
	}
}

// transpose4 makes four pixels, the first or second half of the group.
func (k winogradKernel) transpose4(rows []reg.GPPhysical, pixel, dst reg.GPPhysical, part int) {
	v := k.file.v
	zero := v[15]
	for i, r := range rows {
		k.VMOVUPS(scaled(r, pixel, 8, 32*part), v[i])
	}
	for odd := range 2 {
		a, b, c := v[6], v[7], v[8]
		for i, to := range []reg.VecPhysical{a, b, c} {
			if odd == 0 {
				k.VUNPCKLPD(v[2*i+1], v[2*i], to)
			} else {
				k.VUNPCKHPD(v[2*i+1], v[2*i], to)
			}
		}
		for q, halves := range []uint64{0x20, 0x31} {
			to := (4*part + 2*q + odd) * lineBytes
			k.VPERM2F128(operand.Imm(halves), b, a, v[9])
			k.VMOVUPS(v[9], at(dst, to))
			k.VPERM2F128(operand.Imm(halves), zero, c, v[10])
			k.VMOVUPS(v[10], at(dst, to+32))
		}
	}
}
