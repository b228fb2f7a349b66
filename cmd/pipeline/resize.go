package main

import (
	"fmt"
	"strconv"
	"strings"
)

// resize is a length on the command line, 256, or a square, 224x224.
type resize struct {
	side   int
	squash bool
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (r *resize) UnmarshalText(text []byte) error {
	const most = 8192
	width, height, squash := strings.Cut(strings.ToLower(string(text)), "x")
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
