package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of package winograd's expandArgs.
const (
	expandG, expandU, expandStep, expandPosStep, expandChannels = 0, 24, 48, 56, 64
	weightBytes                                                 = 9 * panelBytes // one input channel's 3×3 weights
)

// expand writes the transforms of 3×3 weights, U = G g Gᵀ, for a panel of output
// channels: of all nine taps for stride 1, and of the phases' taps for stride 2. What
// G multiplies by is 1/15, 2/15 and 4/15.
func expand(ctx *build.Context) {
	symbol := ctx.StaticGlobal("expandConstants")
	ctx.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, n := range []float64{1, 2, 4} {
		for range 8 {
			ctx.AppendDatum(operand.U32(math.Float32bits(float32(n / 15))))
		}
	}
	for range 8 {
		ctx.AppendDatum(operand.U32(1 << 31)) // a sign
	}
	for _, shape := range [][2]int{{3, 3}, {1, 2}, {2, 2}, {2, 1}, {1, 1}} {
		for _, file := range []registerFile{zmm, ymm} {
			expandKernel{ctx, symbol, file, shape[0], shape[1]}.write()
		}
	}
}

type expandKernel struct {
	*build.Context
	constants  operand.Mem
	file       registerFile
	rows, cols int // of taps
}

// weightBytes is the size of one input channel's weights.
func (k expandKernel) weightBytes() int { return k.rows * k.cols * panelBytes }

// General registers of the expansion.
var (
	expandFrom, expandTo, expandRow = reg.RSI, reg.RDI, reg.RBX
	expandLeft                      = reg.RCX
	expandBy, expandBy3, expandBy5  = reg.R8, reg.R9, reg.R10
	expandByRow                     = reg.R11
	expandStepTo                    = reg.R12
)

func (k expandKernel) write() {
	k.Function(fmt.Sprintf("expand%dx%d%s", k.rows, k.cols, map[int]string{64: "AVX512", 32: "AVX2"}[k.file.size]))
	k.Attributes(noSplit)
	k.SignatureExpr("func(a *byte)")
	k.Load(k.Param("a"), reg.RAX)
	k.MOVQ(at(reg.RAX, expandG), expandFrom)
	k.MOVQ(at(reg.RAX, expandU), expandTo)
	k.MOVQ(at(reg.RAX, expandStep), expandStepTo)
	k.SHLQ(operand.U8(2), expandStepTo)
	k.MOVQ(at(reg.RAX, expandPosStep), expandBy)
	k.MOVQ(at(reg.RAX, expandChannels), expandLeft)
	k.SHLQ(operand.U8(2), expandBy)
	k.LEAQ(scaled(expandBy, expandBy, 2, 0), expandBy3)
	k.LEAQ(scaled(expandBy, expandBy, 4, 0), expandBy5)
	if k.rows == 3 {
		k.LEAQ(scaled(expandBy3, expandBy3, 1, 0), expandByRow)
	} else {
		k.MOVQ(expandBy5, expandByRow)
	}
	if k.file.size == 64 {
		for i, c := range []int{1, 2, 4} {
			k.VBROADCASTSS(k.constants.Offset(32*i), k.fifteenths(c).(reg.VecPhysical))
		}
		k.VBROADCASTSS(k.constants.Offset(32*3), k.sign().(reg.VecPhysical))
	}

	// Read the weights once for nothing. Among the expansion's many stores too few
	// loads are in flight to hide main memory's latency; alone they come at its
	// full bandwidth, and the second-level cache keeps them.
	k.IMUL3Q(operand.U32(k.weightBytes()), expandLeft, expandRow)
	k.ADDQ(expandFrom, expandRow)
	k.MOVQ(expandFrom, reg.RAX)
	k.Label("touch")
	k.MOVL(at(reg.RAX, 0), reg.EDX)
	k.ADDQ(operand.U8(lineBytes), reg.RAX)
	k.CMPQ(reg.RAX, expandRow)
	k.JB(operand.LabelRef("touch"))

	k.Label("channel")
	for block := range 2 {
		for half := 0; half < lineBytes; half += k.file.size {
			from, to := block*k.rows*k.cols*lineBytes+half, block*lineBytes+half
			k.MOVQ(expandTo, expandRow)
			if k.rows == 3 {
				k.vector(from, to)
			} else {
				k.phase(from, to)
			}
		}
	}
	k.ADDQ(operand.U32(k.weightBytes()), expandFrom)
	k.ADDQ(expandStepTo, expandTo)
	k.SUBQ(operand.U8(1), expandLeft)
	k.JNE(operand.LabelRef("channel"))
	k.VZEROUPPER()
	k.RET()
}

// fifteenths is the operand that holds n/15, for n of 1, 2 and 4.
func (k expandKernel) fifteenths(n int) operand.Op {
	i := n / 2
	if k.file.size == 64 {
		return k.file.v[31-i]
	}
	return k.constants.Offset(32 * i)
}

// sign is the operand that holds signs alone.
func (k expandKernel) sign() operand.Op {
	if k.file.size == 64 {
		return k.file.v[28]
	}
	return k.constants.Offset(32 * 3)
}

// vector expands the 3×3 weights of one input channel and one vector of output
// channels, which begin from bytes after the channel's; to is the same for the
// expanded ones.
func (k expandKernel) vector(from, to int) {
	g := func(i, j int, r reg.VecPhysical) reg.VecPhysical {
		k.VMOVUPS(at(expandFrom, (3*i+j)*lineBytes+from), r)
		return r
	}
	v := k.file.v
	if k.file.size == 64 {
		// Read everything once, in order: main memory answers a stream fastest.
		for i := range 9 {
			g(i/3, i%3, v[16+i])
		}
		g = func(i, j int, _ reg.VecPhysical) reg.VecPhysical { return v[16+3*i+j] }
	}
	k.row(g(0, 0, v[0]), g(0, 1, v[1]), g(0, 2, v[2]), to)
	for _, inner := range []bool{true, false} {
		t, e := v[6], v[7]
		for j := range 3 {
			k.VMULPS(k.fifteenths(2), g(1, j, t), t)
			k.even(g(0, j, v[j]), g(2, j, v[3+j]), e, inner)
			k.pair(e, t, v[j], v[3+j], inner)
		}
		k.row(v[0], v[1], v[2], to)
		k.row(v[3], v[4], v[5], to)
	}
	k.row(g(2, 0, v[0]), g(2, 1, v[1]), g(2, 2, v[2]), to)
}

// even is what the values at a point and at its negative have in common: −4/15·a −
// 1/15·c at ±½ (inner), 1/15·a + 4/15·c at ±2.
func (k expandKernel) even(a, c, e reg.VecPhysical, inner bool) {
	if inner {
		k.VMULPS(k.fifteenths(4), a, e)
		k.VFNMSUB231PS(k.fifteenths(1), c, e)
		return
	}
	k.VMULPS(k.fifteenths(1), a, e)
	k.VFMADD231PS(k.fifteenths(4), c, e)
}

// pair is the values at a point and at its negative: e ∓ t at ±½, e ± t at ±2.
func (k expandKernel) pair(e, t, plus, minus reg.VecPhysical, inner bool) {
	if inner {
		plus, minus = minus, plus
	}
	k.VADDPS(t, e, plus)
	k.VSUBPS(t, e, minus)
}

// row expands one row and stores its six positions.
func (k expandKernel) row(a, b, c reg.VecPhysical, disp int) {
	store := func(position int, v reg.VecPhysical) {
		k.VMOVUPS(v, multiple(expandRow, position, expandBy, expandBy3, expandBy5, disp))
	}
	spare := k.file.v[8:13]
	t, e, f, plus, minus := spare[0], spare[1], spare[2], spare[3], spare[4]
	store(0, a)
	k.VMULPS(k.fifteenths(2), b, t)
	k.even(a, c, e, true)
	k.even(a, c, f, false)
	k.pair(e, t, plus, minus, true)
	store(1, plus)
	store(2, minus)
	k.pair(f, t, plus, minus, false)
	store(3, plus)
	store(4, minus)
	store(5, c)
	k.ADDQ(expandByRow, expandRow)
}
