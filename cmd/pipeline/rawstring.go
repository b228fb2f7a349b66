package main

import (
	"reflect"

	"github.com/alecthomas/kong"
)

// rawString takes a flag's or an argument's text byte for byte, for a path need not be
// UTF-8: kong by itself would put U+FFFD in the place of what is not, and so name
// another file.
func rawString(ctx *kong.DecodeContext, target reflect.Value) error {
	if _, ok := ctx.Scan.Peek().Value.(string); !ok { // of a --config file
		return ctx.Scan.PopValueInto("string", target.Addr().Interface())
	}
	token, err := ctx.Scan.PopValue("string")
	if err == nil {
		target.SetString(token.Value.(string))
	}
	return err
}
