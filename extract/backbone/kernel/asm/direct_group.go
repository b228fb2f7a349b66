package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Where a block of 16 channels consists of whole groups, its outputs read a vector of
// inputs instead of a broadcast one. In a depthwise convolution each lane takes its own
// input; else the i-th of a group is spread over the group's lanes.

// groupIndex is the table of the indices that spread channel i of 8, [8][16]int32.
const groupIndex = "groupIndex"

func groupIndices(ctx *build.Context) {
	ctx.StaticGlobal(groupIndex)
	ctx.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 8 {
		for l := range lanes {
			ctx.AppendDatum(operand.U32(l/8*8 + i))
		}
	}
}

// index is the register with the indices that spread channel i of 8.
func (k directKernel) index(i int) reg.VecPhysical { return k.spare(6 + i) }

func (k directKernel) loadIndices() {
	table := operand.NewDataAddr(operand.NewStaticSymbol(groupIndex), 0)
	for i := range 8 {
		k.VMOVDQU32(table.Offset(64*i), k.index(i))
	}
}

// groupChannel adds the products of the i-th channel of every group to all
// accumulators.
func (k directKernel) groupChannel(i int) {
	spare := 0
	if k.file.size == 64 {
		spare = i % 2 // alternate, so that loads run ahead
	}
	for v := range k.nv {
		k.VMOVUPS(at(regWeights, (i*k.nv+v)*k.file.size), k.spare(spare+v))
	}
	for p := range k.rows {
		for v := range k.nv {
			w := k.spare(spare + v)
			in := operand.Mem{Base: bases[p], Index: regOffset, Scale: 4, Disp: v * k.file.size}
			if k.group == 1 {
				k.VFMADD231PS(in, w, k.acc(p, v))
				continue
			}
			x := k.spare(2 + (p*k.nv+v)%(k.file.size/16)) // two or four
			k.spread(i, in, x)
			k.VFMADD231PS(w, x, k.acc(p, v))
		}
	}
}

// spread takes a vector of inputs, and gives all lanes of a group its i-th.
func (k directKernel) spread(i int, in operand.Mem, x reg.VecPhysical) {
	switch {
	case k.group == 4:
		k.VPERMILPS(operand.U8(i*0b01010101), in, x)
	case k.file.size == 32: // half a block is one group
		in.Disp += 4 * i
		k.VBROADCASTSS(in, x)
	default:
		k.VPERMPS(in, k.index(i), x)
	}
}
