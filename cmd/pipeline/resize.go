package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// resize is a length on the command line, 256, or a square, 224x224.
type resize struct {
	side   int
	squash bool
}

// Decode implements [kong.MapperValue]. In a --config file the value may be a number, which
// kong refuses to give to an [encoding.TextUnmarshaler].
func (r *resize) Decode(ctx *kong.DecodeContext) error {
	token, err := ctx.Scan.PopValue("N|NxN")
	if err != nil {
		return err
	}
	return r.parse(fmt.Sprint(token.Value))
}

func (r *resize) parse(text string) error {
	const most = 8192
	width, height, squash := strings.Cut(strings.ToLower(text), "x")
	n, err := strconv.Atoi(width)
	switch {
	case err != nil || n < 1 || n > most:
		return fmt.Errorf("%q: want 1 to %d, such as 256, or twice the same, such as 224x224", text, most)
	case squash && height != width:
		return fmt.Errorf("%q is not square: want twice the same length, such as %dx%d", text, n, n)
	}
	*r = resize{n, squash}
	return nil
}
