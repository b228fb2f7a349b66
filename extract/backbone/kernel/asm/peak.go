package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// peakFMAs is the number of independent fused multiply-adds in flight, more than
// any core's latency times its width.
const peakFMAs = 12

// peak writes loops of nothing but fused multiply-adds on registers.
func peak(ctx *build.Context) {
	for _, k := range []struct {
		name string
		file registerFile
	}{{"peakAVX512", zmm}, {"peakAVX2", ymm}} {
		ctx.Function(k.name)
		ctx.Attributes(noSplit)
		ctx.SignatureExpr("func(rounds int)")
		ctx.Load(ctx.Param("rounds"), reg.RCX)
		for i := range peakFMAs + 1 {
			y := ymm.v[i]
			ctx.VXORPS(y, y, y)
		}
		x := k.file.v[peakFMAs]
		ctx.Label("round")
		for i := range peakFMAs {
			ctx.VFMADD231PS(x, x, k.file.v[i])
		}
		ctx.SUBQ(operand.U8(1), reg.RCX)
		ctx.JNE(operand.LabelRef("round"))
		ctx.VZEROUPPER()
		ctx.RET()
	}
}
