package main

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quotePath returns path unchanged, or as a Go string literal if it has control
// characters or bytes that are not UTF-8.
func quotePath(path string) string {
	if utf8.ValidString(path) && !strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return path
	}
	return strconv.Quote(path)
}
