package main

import (
	"math"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// activation writes the kernels of activation functions that are no clamp: a row of
// pixels of one block of 16 channels.
func activation(ctx *build.Context) {
	for _, file := range []registerFile{zmm, ymm} {
		level := map[int]string{64: "AVX512", 32: "AVX2"}[file.size]
		sigmoidKernel(ctx, "sigmoidRow"+level, file, false)
		sigmoidKernel(ctx, "siluRow"+level, file, true)
		hardSigmoidKernel(ctx, "hardSigmoidRow"+level, file, false)
		hardSigmoidKernel(ctx, "hardSwishRow"+level, file, true)
	}
}

// sigmoidKernel computes 1/(1+e^−x), or x/(1+e^−x). Each vector is a long chain of
// operations, so four are computed side by side.
func sigmoidKernel(ctx *build.Context, name string, file registerFile, silu bool) {
	ctx.Function(name)
	ctx.Attributes(noSplit)
	ctx.SignatureExpr("func(out, in *float32, pixels int, table *float32)")
	out, in, pixels, table := reg.RDI, reg.RSI, reg.RCX, reg.RAX
	load(ctx, param{"out", out}, param{"in", in}, param{"pixels", pixels}, param{"table", table})
	k := sigmoidBody{ctx, file, silu, out, in, table}
	together := 4 * file.size / 64 // pixels in four vectors
	ctx.Label("four")
	ctx.CMPQ(pixels, operand.U8(together))
	ctx.JLT(operand.LabelRef("rest"))
	k.write(4)
	ctx.ADDQ(operand.U32(64*together), in)
	ctx.ADDQ(operand.U32(64*together), out)
	ctx.SUBQ(operand.U8(together), pixels)
	ctx.JMP(operand.LabelRef("four"))
	ctx.Label("rest")
	ctx.TESTQ(pixels, pixels)
	ctx.JE(operand.LabelRef("done"))
	ctx.Label("pixel")
	k.write(64 / file.size)
	advance(ctx, pixels, in, out)
	ctx.Label("done")
	ctx.VZEROUPPER()
	ctx.RET()
}

type sigmoidBody struct {
	*build.Context
	file           registerFile
	silu           bool
	out, in, table reg.GPPhysical
}

// write computes n vectors. The constants are those of package kernel's expTable, in
// its order.
func (k sigmoidBody) write(n int) {
	s, t, p, c := k.file.v[:n], k.file.v[n:2*n], k.file.v[2*n:3*n], k.file.v[3*n]
	next := 0
	broadcast := func(to reg.VecPhysical) {
		k.VBROADCASTSS(at(k.table, 4*next), to)
		next++
	}
	each := func(f func(v int)) {
		for v := range n {
			f(v)
		}
	}
	in := func(v int) operand.Mem { return at(k.in, v*k.file.size) }

	broadcast(c)
	each(func(v int) { k.VMAXPS(in(v), c, s[v]) })
	broadcast(c)
	each(func(v int) { k.VMINPS(s[v], c, s[v]) })
	broadcast(t[0])
	for _, r := range t[1:] {
		k.VMOVAPS(t[0], r)
	}
	broadcast(c)
	each(func(v int) { k.VFMADD213PS(c, s[v], t[v]) })
	each(func(v int) { k.VSUBPS(c, t[v], p[v]) })
	for range 2 {
		broadcast(c)
		each(func(v int) { k.VFMADD231PS(c, p[v], s[v]) })
	}
	broadcast(p[0])
	for _, r := range p[1:] {
		k.VMOVAPS(p[0], r)
	}
	for range expDegree {
		broadcast(c)
		each(func(v int) { k.VFMADD213PS(c, s[v], p[v]) })
	}
	each(func(v int) { k.VPSLLD(operand.U8(23), t[v], t[v]) })
	each(func(v int) { k.VPADDD(t[v], p[v], p[v]) })
	each(func(v int) { k.VADDPS(c, p[v], p[v]) }) // c is 1, the polynomial's last coefficient
	if k.silu {
		next = 0
		broadcast(c)
		each(func(v int) { k.VMAXPS(in(v), c, t[v]) })
	}
	each(func(v int) {
		x := c
		if k.silu {
			x = t[v]
		}
		k.VDIVPS(p[v], x, p[v])
		k.VMOVUPS(p[v], at(k.out, v*k.file.size))
	})
}

// expDegree is the degree of expTable's polynomial.
const expDegree = 6

// hardSigmoidKernel computes min(max(a·x+b, 0), 1), or x times that.
func hardSigmoidKernel(ctx *build.Context, name string, file registerFile, swish bool) {
	ctx.Function(name)
	ctx.Attributes(noSplit)
	ctx.SignatureExpr("func(out, in *float32, pixels int, a, b float32)")
	out, in, pixels := reg.RDI, reg.RSI, reg.RCX
	load(ctx, param{"out", out}, param{"in", in}, param{"pixels", pixels})
	a, b, zero, one := file.v[0], file.v[1], file.v[2], file.v[3]
	broadcast(ctx, "a", a)
	broadcast(ctx, "b", b)
	broadcastBits(ctx, 0, zero)
	broadcastBits(ctx, math.Float32bits(1), one)
	ctx.Label("pixel")
	for v := range 64 / file.size {
		x, h := file.v[4+2*v], file.v[5+2*v]
		ctx.VMOVUPS(at(in, v*file.size), x)
		ctx.VMULPS(a, x, h)
		ctx.VADDPS(b, h, h)
		ctx.VMAXPS(h, zero, h)
		ctx.VMINPS(h, one, h)
		if swish {
			ctx.VMULPS(h, x, h)
		}
		ctx.VMOVUPS(h, at(out, v*file.size))
	}
	advance(ctx, pixels, in, out)
}

// broadcastBits fills a register with a float32.
func broadcastBits(ctx *build.Context, bits uint32, to reg.VecPhysical) {
	ctx.MOVL(operand.U32(bits), reg.EDX)
	ctx.VMOVD(reg.EDX, to.AsX())
	ctx.VBROADCASTSS(to.AsX(), to)
}
