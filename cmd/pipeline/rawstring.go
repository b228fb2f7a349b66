package main

import (
	"reflect"

	"github.com/alecthomas/kong"
)

// rawString takes the text of a flag or an argument byte for byte, since a path need not
// be UTF-8. kong alone would replace other bytes by U+FFFD and so name another file.
func rawString(ctx *kong.DecodeContext, target reflect.Value) error {
	if _, ok := ctx.Scan.Peek().Value.(string); !ok { // from the --config file
		return ctx.Scan.PopValueInto("string", target.Addr().Interface())
	}
	token, err := ctx.Scan.PopValue("string")
	if err == nil {
		target.SetString(token.Value.(string))
	}
	return err
}
