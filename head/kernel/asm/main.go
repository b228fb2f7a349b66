// Command asm writes the assembly of package kernel.
//
//	go run -C head/kernel/asm .
//
// It is a module of its own, so that avo never enters the main one. The
// generated file is committed; continuous integration regenerates and compares.
// Its Go declarations are written by hand, beside the code that calls them.
package main

import (
	"fmt"
	"os"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

const file = "../zz_kernel_amd64.s"

func main() {
	if err := generate(); err != nil {
		fmt.Fprintf(os.Stderr, "asm: write %s: %v\n", file, err)
		os.Exit(1)
	}
}

func generate() error {
	ctx := build.NewContext()
	ctx.ConstraintExpr("amd64,!purego")
	for _, l := range []level{avx2, avx512} {
		a := asm{ctx, l}
		a.logits(4)
		a.logits(1)
		a.step()
	}
	f, err := ctx.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return err
	}
	out, err := printer.NewGoAsm(printer.Config{Name: "asm"}).Print(f)
	if err != nil {
		return err
	}
	return os.WriteFile(file, out, 0o644)
}

// lanes is package kernel's Lanes.
const lanes = 16

// level is an instruction set.
type level struct {
	name  string
	width int // floats a vector
	// block is how many vectors of gradient the step holds at a time.
	block int
	// classes is how many classes the logits of four rows take at a time.
	classes int
}

var (
	avx2   = level{"AVX2", 8, 4, 1}
	avx512 = level{"AVX512", 16, 8, 2}
)

// asm writes one level's functions.
type asm struct {
	*build.Context
	level
}

func (a asm) function(name, signature string) {
	a.Function(name + a.name)
	a.Attributes(attr.NOSPLIT)
	a.SignatureExpr(signature)
}

func (a asm) vec() reg.VecVirtual {
	if a.width == 16 {
		return a.ZMM()
	}
	return a.YMM()
}

func (a asm) vecs(n int) []reg.VecVirtual {
	v := make([]reg.VecVirtual, n)
	for i := range v {
		v[i] = a.vec()
	}
	return v
}

// zero clears a vector; the short form clears the long register.
func (a asm) zero(v reg.VecVirtual) { a.VXORPS(v.AsY(), v.AsY(), v.AsY()) }

func (a asm) param(name string) reg.GPVirtual {
	r := a.GP64()
	a.Load(a.Param(name), r)
	return r
}

// row sets p to the address of row number i of the list rows in x.
func (a asm) row(p, x, rows reg.Register, i operand.Mem, rowBytes reg.Register) {
	a.MOVLQSX(i, p)
	a.IMULQ(rowBytes, p)
	a.ADDQ(x, p)
}

// at is the memory v vectors behind base + index.
func (a asm) at(base, index reg.Register, v int) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: 1, Disp: 4 * a.width * v}
}
