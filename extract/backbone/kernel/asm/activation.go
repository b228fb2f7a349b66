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

// sigmoidKernel computes 1/(1+e^−x), or x/(1+e^−x), in float64: two ZMM registers or
// four YMM registers of it are a pixel. Each is a long chain of operations, so four
// are computed side by side: two pixels, or one.
func sigmoidKernel(ctx *build.Context, name string, file registerFile, silu bool) {
	ctx.Function(name)
	ctx.Attributes(noSplit)
	ctx.SignatureExpr("func(out, in *float32, pixels int, table *float64)")
	out, in, pixels, table := reg.RDI, reg.RSI, reg.RCX, reg.RAX
	load(ctx, param{"out", out}, param{"in", in}, param{"pixels", pixels}, param{"table", table})
	k := sigmoidBody{ctx, file, silu, out, in, table}
	if silu {
		broadcastBits(ctx, math.Float32bits(float32(math.Inf(-1))), file.v[14])
	}
	if file.size == 64 {
		ctx.Label("pair")
		ctx.CMPQ(pixels, operand.U8(2))
		ctx.JLT(operand.LabelRef("last"))
		k.write(4)
		ctx.ADDQ(operand.U8(128), in)
		ctx.ADDQ(operand.U8(128), out)
		ctx.SUBQ(operand.U8(2), pixels)
		ctx.JMP(operand.LabelRef("pair"))
		ctx.Label("last")
		ctx.TESTQ(pixels, pixels)
		ctx.JE(operand.LabelRef("done"))
		k.write(2)
		ctx.Label("done")
		ctx.VZEROUPPER()
		ctx.RET()
		return
	}
	ctx.Label("pixel")
	k.write(4)
	advance(ctx, pixels, in, out)
}

type sigmoidBody struct {
	*build.Context
	file           registerFile
	silu           bool
	out, in, table reg.GPPhysical
}

// write computes n vectors of float64. The constants are those of package kernel's
// expTable, in its order.
func (k sigmoidBody) write(n int) {
	size := k.file.size
	s, t, p, c := k.file.v[:n], k.file.v[n:2*n], k.file.v[2*n:3*n], k.file.v[3*n]
	lowest, mask := k.half(k.file.v[14]), k.half(k.file.v[15])
	next := 0
	constant := func() {
		k.VBROADCASTSD(at(k.table, 8*next), c)
		next++
	}
	each := func(f func(v int)) {
		for v := range n {
			f(v)
		}
	}

	each(func(v int) { k.VCVTPS2PD(at(k.in, v*size/2), s[v]) })
	constant()
	each(func(v int) { k.VMAXPD(s[v], c, s[v]) })
	constant()
	each(func(v int) { k.VMINPD(s[v], c, s[v]) })
	each(func(v int) { k.VBROADCASTSD(at(k.table, 8*next), t[v]) })
	next++
	constant()
	each(func(v int) { k.VFMADD213PD(c, s[v], t[v]) })
	each(func(v int) { k.VSUBPD(c, t[v], p[v]) })
	for range 2 {
		constant()
		each(func(v int) { k.VFMADD231PD(c, p[v], s[v]) })
	}
	each(func(v int) { k.VBROADCASTSD(at(k.table, 8*next), p[v]) })
	next++
	for range expDegree {
		constant()
		each(func(v int) { k.VFMADD213PD(c, s[v], p[v]) })
	}
	each(func(v int) { k.VPSLLQ(operand.U8(52), t[v], t[v]) })
	each(func(v int) { k.VPADDQ(t[v], p[v], p[v]) })
	each(func(v int) { k.VADDPD(c, p[v], p[v]) }) // c is 1, the polynomial's last coefficient
	each(func(v int) {
		from := at(k.in, v*size/2)
		x := c
		if k.silu {
			k.VCVTPS2PD(from, t[v])
			x = t[v]
		}
		k.VDIVPD(p[v], x, p[v])
		if size == 64 {
			k.VCVTPD2PS(p[v], k.half(p[v]))
		} else {
			k.VCVTPD2PSY(p[v], k.half(p[v]))
		}
		if k.silu { // −∞ becomes +0
			k.VCMPPS(operand.U8(0), from, lowest, mask)
			k.VANDNPS(k.half(p[v]), mask, k.half(p[v]))
		}
		k.VMOVUPS(k.half(p[v]), at(k.out, v*size/2))
	})
}

// half is the register of as many float32 as r has float64.
func (k sigmoidBody) half(r reg.VecPhysical) reg.Register {
	if k.file.size == 64 {
		return r.AsY()
	}
	return r.AsX()
}

// expDegree is the degree of expTable's polynomial.
const expDegree = 11

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
