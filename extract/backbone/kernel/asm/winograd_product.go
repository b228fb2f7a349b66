package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// winogradProduct writes the matrix products of all positions: a job's tiles times
// two vectors of output channels stay in registers over the whole sum. Each input
// is broadcast once for both vectors, each vector of weights is loaded once for
// all tiles. AVX2, whose two vectors are half a panel, does each job twice.
type winogradProduct struct {
	winogradKernel
	tiles int // the most in a job
}

// General registers of the products.
var (
	regJob, regJobs      = reg.R8, reg.R9 // the next job, jobs left
	regVs, regUs, regMs  = reg.R10, reg.R11, reg.R12
	regV, regU, regM     = reg.RSI, reg.RBX, reg.RDX
	regBlock             = reg.R13 // bytes from the end of a block's quads to the next block
	regQuads, regQuadsOf = reg.RCX, reg.R15
	regBlocks            = reg.RAX
	regHalf              = reg.RDI // 0, or 64 for AVX2's second half of the panel
	regAccumulate        = reg.R14
	regStep              = reg.RBP // bytes between the weights of successive channels
)

func (p winogradProduct) write() {
	args := reg.RDX
	p.begin("product", args)
	p.MOVQ(at(args, productJobs), regJob)
	p.MOVQ(at(args, productJobCount), regJobs)
	p.MOVQ(at(args, productV), regVs)
	p.MOVQ(at(args, productU), regUs)
	p.MOVQ(at(args, productQuads), regQuadsOf)
	p.MOVQ(at(args, productBlockStep), regBlock)
	p.MOVQ(regQuadsOf, regQuads)
	p.SHLQ(operand.Imm(2), regQuads)
	p.SUBQ(regQuads, regBlock)
	p.SHLQ(operand.Imm(2), regBlock)
	p.MOVQ(at(args, productStep), regStep)
	p.SHLQ(operand.Imm(2), regStep)
	p.MOVQ(at(args, productM), regMs)
	p.XORQ(regHalf, regHalf)

	p.Label("job")
	for _, f := range []struct {
		field      int
		base, here reg.GPPhysical
	}{{jobV, regVs, regV}, {jobU, regUs, regU}, {jobM, regMs, regM}} {
		p.MOVQ(at(regJob, f.field), f.here)
		p.LEAQ(scaled(f.base, f.here, 4, 0), f.here)
	}
	if p.halves() > 1 {
		p.ADDQ(regHalf, regU)
		p.ADDQ(regHalf, regM)
	}
	p.MOVQ(at(regJob, jobTiles), regQuads)
	p.MOVQ(at(regJob, jobBlocks), regBlocks)
	p.MOVQ(at(regJob, jobAccumulate), regAccumulate)
	p.dispatch(1, p.tiles)

	for n := 1; n <= p.tiles; n++ {
		p.job(n)
	}

	p.Label("next")
	if p.halves() > 1 {
		p.XORQ(operand.Imm(lineBytes), regHalf)
		p.JNE(operand.LabelRef("job"))
	}
	p.ADDQ(operand.Imm(jobBytes), regJob)
	p.SUBQ(operand.Imm(1), regJobs)
	p.JNE(operand.LabelRef("job"))
	p.end()
}

// dispatch jumps to the kernel for the job's number of tiles, by bisection.
func (p winogradProduct) dispatch(lo, hi int) {
	if lo == hi {
		p.JMP(operand.LabelRef(fmt.Sprintf("tiles%d", lo)))
		return
	}
	mid := (lo + hi + 1) / 2
	label := fmt.Sprintf("from%dto%d", mid, hi)
	p.CMPQ(regQuads, operand.Imm(uint64(mid)))
	p.JGE(operand.LabelRef(label))
	p.dispatch(lo, mid-1)
	p.Label(label)
	p.dispatch(mid, hi)
}

// job writes the kernel for n tiles.
func (p winogradProduct) job(n int) {
	acc := func(t, v int) reg.VecPhysical { return p.file.v[2*t+v] }
	p.Label(fmt.Sprintf("tiles%d", n))
	block, quads, fresh := fmt.Sprintf("block%d", n), fmt.Sprintf("quad%d", n), fmt.Sprintf("fresh%d", n)
	p.TESTQ(regAccumulate, regAccumulate)
	p.JEQ(operand.LabelRef(fresh))
	for t := range n {
		for v := range 2 {
			p.VMOVUPS(at(regM, t*panelBytes+v*p.file.size), acc(t, v))
		}
	}
	p.JMP(operand.LabelRef(block))
	p.Label(fresh)
	for t := range n {
		p.clear(acc(t, 0))
		p.clear(acc(t, 1))
	}
	p.Label(block)
	p.MOVQ(regQuadsOf, regQuads)
	p.Label(quads)
	for c := range quad {
		p.channel(n, c, acc)
	}
	p.ADDQ(operand.Imm(4*quad), regV)
	p.SUBQ(operand.Imm(1), regQuads)
	p.JNE(operand.LabelRef(quads))
	p.ADDQ(regBlock, regV)
	p.SUBQ(operand.Imm(1), regBlocks)
	p.JNE(operand.LabelRef(block))
	for t := range n {
		for v := range 2 {
			p.VMOVUPS(acc(t, v), at(regM, t*panelBytes+v*p.file.size))
		}
	}
	p.JMP(operand.LabelRef("next"))
}

// channel adds one input channel's products to the accumulators.
func (p winogradProduct) channel(n, c int, acc func(t, v int) reg.VecPhysical) {
	last := len(p.file.v)
	w0, w1 := p.file.v[last-1], p.file.v[last-2]
	p.VMOVUPS(at(regU, 0), w0)
	p.VMOVUPS(at(regU, p.file.size), w1)
	p.ADDQ(regStep, regU)
	for t := range n {
		b := p.file.v[last-3-t%2] // alternate, so that loads run ahead
		p.VBROADCASTSS(at(regV, t*lineBytes+4*c), b)
		p.VFMADD231PS(w0, b, acc(t, 0))
		p.VFMADD231PS(w1, b, acc(t, 1))
	}
}
