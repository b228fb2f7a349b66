// Command asm writes the assembly of package view.
//
//	go generate -C extract/view/asm ./...
//
// It is a module of its own, so that avo never enters the main one. The generated
// file, zz_passes_amd64.s, is committed; continuous integration regenerates and
// compares. The Go declarations are written by hand, next to the plain Go code that
// defines each function.
package main

//go:generate go run .

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

const output = "../zz_passes_amd64.s"

func main() {
	if err := generate(); err != nil {
		fmt.Fprintf(os.Stderr, "asm: write %s: %v\n", output, err)
		os.Exit(1)
	}
}

func generate() error {
	ctx := build.NewContext()
	ctx.ConstraintExpr("amd64,!purego")
	k := kernels{ctx}
	rounder := k.rounder()
	k.pair()
	k.narrow(rounder)
	k.blend(rounder)
	file, err := ctx.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return err
	}
	text, err := printer.NewGoAsm(printer.Config{Name: "asm"}).Print(file)
	if err != nil {
		return err
	}
	return os.WriteFile(output, text, 0o644)
}

// kernels emits the functions into one file.
type kernels struct{ *build.Context }

func (k kernels) begin(name, signature string) {
	k.Function(name)
	k.Attributes(attr.NOSPLIT)
	k.SignatureExpr(signature)
}

// arg loads a parameter.
func (k kernels) arg(name string) reg.Register {
	return k.Load(k.Param(name), k.GP64())
}

func at(base reg.Register, displacement int) operand.Mem {
	return operand.Mem{Base: base, Disp: displacement}
}
