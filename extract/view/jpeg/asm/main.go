// Command asm writes the assembly of package jpeg.
//
//	go run -C extract/view/jpeg/asm .
//
// It is a module of its own, so that avo never enters the main one. The generated
// file, zz_kernels_amd64.s, is committed; continuous integration regenerates and
// compares. The Go declarations are written by hand, next to the plain Go code that
// defines each function.
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

const output = "../zz_kernels_amd64.s"

func main() {
	if err := generate(); err != nil {
		fmt.Fprintf(os.Stderr, "asm: write %s: %v\n", output, err)
		os.Exit(1)
	}
}

func generate() error {
	ctx := build.NewContext()
	ctx.ConstraintExpr("amd64,!purego")
	huffman(ctx)
	idct(ctx)
	colour(ctx)
	upsample(ctx)
	file, err := ctx.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return err
	}
	out, err := printer.NewGoAsm(printer.Config{Name: "asm"}).Print(file)
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(output); err == nil && bytes.Equal(old, out) {
		return nil
	}
	return os.WriteFile(output, out, 0o644)
}

// begin starts a function that calls nothing and needs no stack.
func begin(ctx *build.Context, name, signature string) {
	ctx.Function(name)
	ctx.Attributes(attr.NOSPLIT)
	ctx.SignatureExpr(signature)
}

func at(base reg.Register, displacement int) operand.Mem {
	return operand.Mem{Base: base, Disp: displacement}
}

// constant16 is a 32-byte constant of 16-bit numbers, which pattern is repeated
// to fill.
func constant16(ctx *build.Context, name string, pattern ...int16) operand.Mem {
	m := ctx.StaticGlobal(name)
	ctx.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 16 {
		ctx.AddDatum(2*i, operand.U16(uint16(pattern[i%len(pattern)])))
	}
	return m
}

// constant32 is a 32-byte constant of the same 32-bit number.
func constant32(ctx *build.Context, name string, v uint32) operand.Mem {
	m := ctx.StaticGlobal(name)
	ctx.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 8 {
		ctx.AddDatum(4*i, operand.U32(v))
	}
	return m
}

// constant8 is a constant of single bytes.
func constant8(ctx *build.Context, name string, bytes ...byte) operand.Mem {
	m := ctx.StaticGlobal(name)
	ctx.DataAttributes(attr.RODATA | attr.NOPTR)
	for i, b := range bytes {
		ctx.AddDatum(i, operand.U8(b))
	}
	return m
}
