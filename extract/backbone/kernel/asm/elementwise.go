package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elementwise writes the affine and addition kernels: a row of pixels of one block
// of 16 channels.
func elementwise(ctx *build.Context) {
	affineKernel(ctx, "affineRowAVX512", zmm)
	affineKernel(ctx, "affineRowAVX2", ymm)
	addKernel(ctx, "addRowAVX512", zmm)
	addKernel(ctx, "addRowAVX2", ymm)
}

func affineKernel(ctx *build.Context, name string, file registerFile) {
	ctx.Function(name)
	ctx.Attributes(noSplit)
	ctx.SignatureExpr("func(out, in, scale, shift *float32, pixels int, lo, hi float32)")
	out, in, scale, shift, pixels := reg.RDI, reg.RSI, reg.RAX, reg.RBX, reg.RCX
	load(ctx, param{"out", out}, param{"in", in}, param{"scale", scale}, param{"shift", shift}, param{"pixels", pixels})
	lo, hi := limits(ctx, file)
	n := 64 / file.size
	for v := range n {
		ctx.VMOVUPS(at(scale, v*file.size), file.v[2+2*v])
		ctx.VMOVUPS(at(shift, v*file.size), file.v[3+2*v])
	}
	ctx.Label("pixel")
	for v := range n {
		x := file.v[6+v]
		ctx.VMOVUPS(at(in, v*file.size), x)
		ctx.VFMADD213PS(file.v[3+2*v], file.v[2+2*v], x)
		ctx.VMAXPS(x, lo, x)
		ctx.VMINPS(x, hi, x)
		ctx.VMOVUPS(x, at(out, v*file.size))
	}
	advance(ctx, pixels, in, out)
}

func addKernel(ctx *build.Context, name string, file registerFile) {
	ctx.Function(name)
	ctx.Attributes(noSplit)
	ctx.SignatureExpr("func(out, a, b *float32, pixels int, lo, hi float32)")
	out, a, b, pixels := reg.RDI, reg.RSI, reg.RAX, reg.RCX
	load(ctx, param{"out", out}, param{"a", a}, param{"b", b}, param{"pixels", pixels})
	lo, hi := limits(ctx, file)
	ctx.Label("pixel")
	for v := range 64 / file.size {
		x := file.v[2+v]
		ctx.VMOVUPS(at(a, v*file.size), x)
		ctx.VADDPS(at(b, v*file.size), x, x)
		ctx.VMAXPS(x, lo, x)
		ctx.VMINPS(x, hi, x)
		ctx.VMOVUPS(x, at(out, v*file.size))
	}
	advance(ctx, pixels, a, b, out)
}

// A param is a parameter and the register it is wanted in.
type param struct {
	name string
	to   reg.GPPhysical
}

func load(ctx *build.Context, params ...param) {
	for _, p := range params {
		ctx.Load(ctx.Param(p.name), p.to)
	}
}

// limits broadcasts the parameters lo and hi to the first two vectors.
func limits(ctx *build.Context, file registerFile) (lo, hi reg.VecPhysical) {
	lo, hi = file.v[0], file.v[1]
	broadcast(ctx, "lo", lo)
	broadcast(ctx, "hi", hi)
	return lo, hi
}

func broadcast(ctx *build.Context, name string, to reg.VecPhysical) {
	p, err := ctx.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	ctx.VBROADCASTSS(p.Addr, to)
}

// advance moves the pointers by a pixel, loops to label pixel while there are any,
// and returns.
func advance(ctx *build.Context, left reg.GPPhysical, pointers ...reg.GPPhysical) {
	for _, p := range pointers {
		ctx.ADDQ(operand.U8(64), p)
	}
	ctx.SUBQ(operand.U8(1), left)
	ctx.JNE(operand.LabelRef("pixel"))
	ctx.VZEROUPPER()
	ctx.RET()
}
