package main

import (
	"math"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// exponentials writes the softmax of attention: of tiles of scores [blocks][size][16], for
// each query e^(score − the largest) in place, and the reciprocal of the sum. All of a
// tile's queries go through one step before the next, since each step is a long chain of
// operations that others can fill.
func exponentials(ctx *build.Context, name string, file registerFile) {
	ctx.Function(name)
	ctx.Attributes(noSplit)
	ctx.SignatureExpr("func(scores, factors *float32, tiles, size, blocks int, table *float32)")
	k := expKernel{ctx, file, 64 / file.size, ctx.AllocLocal(64 * maxQueries)}
	load(ctx, param{"scores", expTile}, param{"factors", expFactors}, param{"tiles", expTiles}, param{"size", expSize},
		param{"blocks", expBlocks}, param{"table", expTable})
	ctx.MOVQ(expSize, expStep)
	ctx.SHLQ(operand.U8(6), expStep)
	ctx.LEAQ(operand.Mem{Base: expStep, Index: expStep, Scale: 2}, expStep3)

	ctx.Label("tile")
	k.rows("largest", k.largest)
	k.rows("exp", k.sum)
	k.rows("factor", k.factor)
	ctx.LEAQ(operand.Mem{Base: expFactors, Index: expSize, Scale: 4}, expFactors)
	ctx.MOVQ(expStep, expAt) // a tile has as many rows of bytes as blocks
	ctx.IMULQ(expBlocks, expAt)
	ctx.ADDQ(expAt, expTile)
	ctx.SUBQ(operand.U8(1), expTiles)
	ctx.JNE(operand.LabelRef("tile"))
	ctx.VZEROUPPER()
	ctx.RET()
}

// maxQueries is the size of the largest tile.
const maxQueries = 12

// General registers of the exponentials.
var (
	expTile, expFactors, expTable = reg.RDI, reg.RSI, reg.RAX
	expTiles, expSize, expBlocks  = reg.RBX, reg.RCX, reg.R8
	expStep, expStep3             = reg.R9, reg.R10 // from block to block
	expRow, expQuery              = reg.R11, reg.R12
	expAt, expLeft, expTotal      = reg.R13, reg.RDX, reg.R15
)

type expKernel struct {
	*build.Context
	file     registerFile
	perBlock int         // vectors
	totals   operand.Mem // the sums' lanes, [maxQueries][16]
}

// rows does something for all queries of a tile: expQuery is its number, expRow where its
// scores begin, and expTotal where the lanes of its sum are kept.
func (k expKernel) rows(label string, do func()) {
	k.MOVQ(expTile, expRow)
	k.LEAQ(k.totals, expTotal)
	k.XORL(expQuery.As32(), expQuery.As32())
	k.Label(label + "Row")
	do()
	k.ADDQ(operand.U8(64), expRow)
	k.ADDQ(operand.U8(64), expTotal)
	k.ADDQ(operand.U8(1), expQuery)
	k.CMPQ(expQuery, expSize)
	k.JB(operand.LabelRef(label + "Row"))
}

// queryFactor is a query's place among the factors. Its largest score is kept there first.
func (k expKernel) queryFactor() operand.Mem {
	return operand.Mem{Base: expFactors, Index: expQuery, Scale: 4}
}

// together is the number of vectors that are computed side by side.
const together = 4

// vector is the v-th vector of a row from expAt on.
func (k expKernel) vector(v int) operand.Mem {
	m := operand.Mem{Base: expAt, Disp: v % k.perBlock * k.file.size}
	switch b := v / k.perBlock; b {
	case 0:
	case 3:
		m.Index, m.Scale = expStep3, 1
	default:
		m.Index, m.Scale = expStep, uint8(b)
	}
	return m
}

// top and total are the largest score, and the vectors of the sum.
func (k expKernel) top() reg.VecPhysical { return k.file.v[3*together+1] }

func (k expKernel) total(v int) reg.VecPhysical { return k.file.v[3*together+2+v%k.perBlock] }

// largest finds a row's largest score.
func (k expKernel) largest() {
	m := k.file.v[:k.perBlock]
	k.MOVL(operand.U32(math.Float32bits(float32(math.Inf(-1)))), expLeft.As32())
	k.VMOVD(expLeft.As32(), m[0].AsX())
	k.VBROADCASTSS(m[0].AsX(), m[0])
	for _, r := range m[1:] {
		k.VMOVAPS(m[0], r)
	}
	k.MOVQ(expRow, expAt)
	k.MOVQ(expBlocks, expLeft)
	k.Label("largest")
	for v, r := range m {
		// The score is the second operand, and taken unless top is greater.
		k.VMAXPS(k.vector(v), r, r)
	}
	k.ADDQ(expStep, expAt)
	k.SUBQ(operand.U8(1), expLeft)
	k.JNE(operand.LabelRef("largest"))
	k.fold(m, k.file.v[2], k.VMAXPS)
	k.VMOVSS(m[0].AsX(), k.queryFactor())
}

// fold combines lanes l and l+8, then l and l+4, and so on, of one vector of 16 or two of 8,
// into the first lane.
func (k expKernel) fold(v []reg.VecPhysical, spare reg.VecPhysical, op func(...operand.Op)) {
	x, y := v[0], spare
	if k.file.size == 64 {
		k.VEXTRACTF64X4(operand.U8(1), x, y.AsY())
	} else {
		y = v[1]
	}
	op(y.AsY(), x.AsY(), x.AsY())
	k.VEXTRACTF128(operand.U8(1), x.AsY(), y.AsX())
	op(y.AsX(), x.AsX(), x.AsX())
	k.VPERMILPS(operand.U8(0b1110), x.AsX(), y.AsX())
	op(y.AsX(), x.AsX(), x.AsX())
	k.VPERMILPS(operand.U8(0b01), x.AsX(), y.AsX())
	op(y.AsX(), x.AsX(), x.AsX())
}

// sum computes a row's exponentials, and adds them lane by lane.
func (k expKernel) sum() {
	k.VBROADCASTSS(k.queryFactor(), k.top())
	for v := range k.perBlock {
		y := k.total(v).AsY()
		k.VXORPS(y, y, y) // the upper half of a ZMM register becomes zero too
	}
	k.MOVQ(expRow, expAt)
	k.MOVQ(expBlocks, expLeft)
	k.Label("four")
	k.CMPQ(expLeft, operand.U8(together/k.perBlock))
	k.JLT(operand.LabelRef("rest"))
	k.exp(together)
	if k.perBlock == 1 {
		k.LEAQ(operand.Mem{Base: expAt, Index: expStep, Scale: 4}, expAt)
	} else {
		k.LEAQ(operand.Mem{Base: expAt, Index: expStep, Scale: 2}, expAt)
	}
	k.SUBQ(operand.U8(together/k.perBlock), expLeft)
	k.JMP(operand.LabelRef("four"))
	k.Label("rest")
	k.TESTQ(expLeft, expLeft)
	k.JEQ(operand.LabelRef("sum"))
	k.exp(k.perBlock)
	k.ADDQ(expStep, expAt)
	k.SUBQ(operand.U8(1), expLeft)
	k.JMP(operand.LabelRef("rest"))
	k.Label("sum")
	for v := range k.perBlock {
		k.VMOVUPS(k.total(v), at(expTotal, v*k.file.size))
	}
}

// factor computes the reciprocal of a row's sum.
func (k expKernel) factor() {
	v := k.file.v[:k.perBlock]
	for i, r := range v {
		k.VMOVUPS(at(expTotal, i*k.file.size), r)
	}
	k.fold(v, k.file.v[2], k.VADDPS)
	one, sum := k.file.v[2].AsX(), v[0].AsX()
	k.VMOVSS(at(expTable, 4*(6+expDegree)), one) // the polynomial's last coefficient
	k.VDIVSS(sum, one, one)
	k.VMOVSS(one, k.queryFactor())
}

// exp computes n vectors and adds them to the sum. The constants are those of package
// kernel's expTable, in its order.
func (k expKernel) exp(n int) {
	s, t, p, c := k.file.v[:n], k.file.v[together:together+n], k.file.v[2*together:2*together+n], k.file.v[3*together]
	next := 2
	broadcast := func(to reg.VecPhysical) {
		k.VBROADCASTSS(at(expTable, 4*next), to)
		next++
	}
	each := func(f func(v int)) {
		for v := range n {
			f(v)
		}
	}
	each(func(v int) { k.VSUBPS(k.vector(v), k.top(), s[v]) })
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
	k.VBROADCASTSS(at(expTable, 4), c) // expLimit
	each(func(v int) {
		k.VPSLLD(operand.U8(23), t[v], t[v])
		k.VSUBPS(k.vector(v), k.top(), s[v])
	})
	each(func(v int) { k.power(s[v], t[v], p[v], c, v) })
	each(func(v int) {
		k.VADDPS(p[v], k.total(v), k.total(v))
		k.VMOVUPS(p[v], k.vector(v))
	})
}

// notGreater is the comparison !(x > y), which is true of NaN.
const notGreater = 0x1a

// power makes p 2^k·p, with k in the exponent's place, or 0 where x is greater than limit.
func (k expKernel) power(x, power, p, limit reg.VecPhysical, v int) {
	if k.file.size == 64 {
		mask := []reg.OpmaskPhysical{reg.K1, reg.K2, reg.K3, reg.K4}[v]
		k.VCMPPS(operand.U8(notGreater), limit, x, mask)
		k.VPADDD_Z(power, p, mask, p)
		return
	}
	k.VCMPPS(operand.U8(notGreater), limit, x, x)
	k.VPADDD(power, p, p)
	k.VANDPS(x, p, p)
}
