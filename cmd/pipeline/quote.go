package main

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quotePath returns path as it is when a line of text can hold it, and as a Go
// string literal when it has control characters or bytes that are not UTF-8.
func quotePath(path string) string {
	if utf8.ValidString(path) && !strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return path
	}
	return strconv.Quote(path)
}
