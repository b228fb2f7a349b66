package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// combine writes the arithmetic of two rows of pixels.
func combine(ctx *build.Context) {
	type arithmetic = func(b, a, out operand.Op)
	for _, op := range []struct {
		name  string
		write arithmetic
	}{
		{"minus", func(b, a, out operand.Op) { ctx.VSUBPS(b, a, out) }},
		{"times", func(b, a, out operand.Op) { ctx.VMULPS(b, a, out) }},
		{"over", func(b, a, out operand.Op) { ctx.VDIVPS(b, a, out) }},
	} {
		combineKernel(ctx, op.name+"RowAVX512", zmm, op.write)
		combineKernel(ctx, op.name+"RowAVX2", ymm, op.write)
	}
}

func combineKernel(ctx *build.Context, name string, file registerFile, write func(b, a, out operand.Op)) {
	ctx.Function(name)
	ctx.Attributes(noSplit)
	ctx.SignatureExpr("func(out, a, b *float32, pixels int)")
	out, a, b, pixels := reg.RDI, reg.RSI, reg.RAX, reg.RCX
	load(ctx, param{"out", out}, param{"a", a}, param{"b", b}, param{"pixels", pixels})
	ctx.Label("pixel")
	for v := range 64 / file.size {
		x := file.v[v]
		ctx.VMOVUPS(at(a, v*file.size), x)
		write(at(b, v*file.size), x, x)
		ctx.VMOVUPS(x, at(out, v*file.size))
	}
	advance(ctx, pixels, a, b, out)
}
