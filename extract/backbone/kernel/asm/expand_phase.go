package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// phase expands the weights of one phase at stride 2, of one or two taps along each
// axis, for one input channel and one vector of output channels.
func (k expandKernel) phase(from, to int) {
	v := k.file.v
	// down[j] are the rows of column j, of which the one at ∞ is its second tap.
	var down [2][]reg.VecPhysical
	for j := range k.cols {
		down[j] = v[5*j : 5*j+5]
		first, spare := v[10], v[11]
		k.VMOVUPS(at(expandFrom, j*lineBytes+from), first)
		if k.rows == 2 {
			k.VMOVUPS(at(expandFrom, (k.cols+j)*lineBytes+from), down[j][4])
		}
		k.filter(k.rows, first, down[j][4], spare, down[j])
	}
	for i := range k.rows + 3 {
		across, spare := v[10:14], v[14]
		first := down[0][i]
		var second reg.VecPhysical
		if k.cols == 2 {
			second = down[1][i]
		}
		k.filter(k.cols, first, second, spare, across)
		for j := range 4 {
			k.VMOVUPS(across[j], multiple(expandRow, j, expandBy, expandBy3, expandBy5, to))
		}
		if k.cols == 2 {
			k.VMOVUPS(second, multiple(expandRow, 4, expandBy, expandBy3, expandBy5, to))
		}
		k.ADDQ(expandByRow, expandRow)
	}
}

// filter writes the values at ±½ and ±2 of one or two taps to out, which does not hold
// the taps; p is spare.
func (k expandKernel) filter(taps int, a, b, p reg.VecPhysical, out []reg.VecPhysical) {
	if taps == 1 {
		k.VMULPS(k.fifteenths(2), a, out[1])
		k.VMOVAPS(out[1], out[2])
		k.VXORPS(k.sign(), out[1], out[0])
		k.VMOVAPS(out[0], out[3])
		return
	}
	k.VMULPS(k.fifteenths(2), a, p)
	for i, f := range []func(...operand.Op){k.VFNMSUB231PS, k.VFNMADD231PS, k.VFMADD231PS, k.VFMSUB231PS} {
		k.VMOVAPS(p, out[i])
		f(k.fifteenths([]int{1, 1, 4, 4}[i]), b, out[i])
	}
}
