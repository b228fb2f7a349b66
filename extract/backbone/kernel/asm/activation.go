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
		tableKernel(ctx, "sigmoidRow"+level, file, 4, rowBody.sigmoid)
		tableKernel(ctx, "siluRow"+level, file, 4, rowBody.silu)
		tableKernel(ctx, "swishRow"+level, file, 4, rowBody.swish)
		tableKernel(ctx, "geluTanhRow"+level, file, 4, rowBody.geluTanh)
		tableKernel(ctx, "expRow"+level, file, 4, rowBody.exp)
		tableKernel(ctx, "geluRow"+level, file, 6, rowBody.gelu)
		tableKernel(ctx, "oddRationalRow"+level, file, 4, rowBody.oddRational)
		hardSigmoidKernel(ctx, "hardSigmoidRow"+level, file, false)
		hardSigmoidKernel(ctx, "hardSwishRow"+level, file, true)
	}
}

// tableKernel is a function whose constants lie in a table. Each vector is a long chain
// of operations, so several are computed side by side.
func tableKernel(ctx *build.Context, name string, file registerFile, several int, write func(k rowBody, n int)) {
	ctx.Function(name)
	ctx.Attributes(noSplit)
	ctx.SignatureExpr("func(out, in *float32, pixels int, table *float32)")
	out, in, pixels, table := reg.RDI, reg.RSI, reg.RCX, reg.RAX
	load(ctx, param{"out", out}, param{"in", in}, param{"pixels", pixels}, param{"table", table})
	k := rowBody{ctx, file, out, in, table, new(int)}
	together := several * file.size / 64 // pixels
	ctx.Label("several")
	ctx.CMPQ(pixels, operand.U8(together))
	ctx.JLT(operand.LabelRef("rest"))
	write(k, several)
	ctx.ADDQ(operand.U32(64*together), in)
	ctx.ADDQ(operand.U32(64*together), out)
	ctx.SUBQ(operand.U8(together), pixels)
	ctx.JMP(operand.LabelRef("several"))
	ctx.Label("rest")
	ctx.TESTQ(pixels, pixels)
	ctx.JE(operand.LabelRef("done"))
	ctx.Label("pixel")
	write(k, 64/file.size)
	advance(ctx, pixels, in, out)
	ctx.Label("done")
	ctx.VZEROUPPER()
	ctx.RET()
}

// A rowBody computes n vectors of a row. Its methods read the constants of the table in
// their order.
type rowBody struct {
	*build.Context
	file           registerFile
	out, in, table reg.GPPhysical
	next           *int // constant of the table
}

// The vectors of a body: three values of each of the n, and registers for constants.
func (k rowBody) values(n int) (s, t, p []reg.VecPhysical) {
	v := k.file.v
	return v[:n], v[n : 2*n], v[2*n : 3*n]
}

func (k rowBody) constants() (c, d, e reg.VecPhysical) {
	return k.file.v[12], k.file.v[13], k.file.v[14]
}

// constant broadcasts the table's next constant.
func (k rowBody) constant(to reg.VecPhysical) {
	k.VBROADCASTSS(at(k.table, 4**k.next), to)
	*k.next++
}

// constantToAll broadcasts the next constant to several registers.
func (k rowBody) constantToAll(to []reg.VecPhysical) {
	k.constant(to[0])
	for _, r := range to[1:] {
		k.VMOVAPS(to[0], r)
	}
}

// polynomial evaluates one in x of the given degree, whose coefficients follow in the
// table from the highest. The last stays in c.
func (k rowBody) polynomial(p, x []reg.VecPhysical, degree int, c reg.VecPhysical) {
	k.constantToAll(p)
	for range degree {
		k.constant(c)
		for v := range p {
			k.VFMADD213PS(c, x[v], p[v])
		}
	}
}

func (k rowBody) input(v int) operand.Mem  { return at(k.in, v*k.file.size) }
func (k rowBody) output(v int) operand.Mem { return at(k.out, v*k.file.size) }

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
