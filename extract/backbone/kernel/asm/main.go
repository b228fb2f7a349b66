// Command asm writes the assembly of package kernel and its subpackages.
//
//	go run -C extract/backbone/kernel/asm .
//
// It is a module of its own, so that avo never enters the main one. The generated
// files, zz_*.s, are committed; continuous integration regenerates and compares.
// Their Go declarations are written by hand, next to the argument structs that
// they take.
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// A family is one generated file.
type family struct {
	file  string // relative to this folder
	write func(*build.Context)
}

// One line a file; each function lives in the Go file of its family's name.
var families = []family{
	{"../zz_direct_amd64.s", direct},
	{"../zz_matrix_amd64.s", matrix},
	{"../zz_depthwise_amd64.s", depthwise},
	{"../zz_pool_amd64.s", pool},
	{"../zz_peak_amd64.s", peak},
	{"../zz_elementwise_amd64.s", elementwise},
	{"../zz_activation_amd64.s", activation},
	{"../zz_combine_amd64.s", combine},
	{"../zz_norm_amd64.s", norm},
	{"../zz_attention_amd64.s", attention},
	{"../winograd/zz_winograd_amd64.s", winograd},
	{"../winograd/zz_expand_amd64.s", expand},
}

func main() {
	for _, f := range families {
		if err := generate(f); err != nil {
			fmt.Fprintf(os.Stderr, "asm: write %s: %v\n", f.file, err)
			os.Exit(1)
		}
	}
}

func generate(f family) error {
	ctx := build.NewContext()
	ctx.ConstraintExpr("amd64,!purego")
	f.write(ctx)
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
	if old, err := os.ReadFile(f.file); err == nil && bytes.Equal(old, out) {
		return nil
	}
	return os.WriteFile(f.file, out, 0o644)
}
