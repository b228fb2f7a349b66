package typeset

import (
	"slices"
	"sort"
	"unicode"
	"unicode/utf8"

	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// Characters that change how their neighbours look or run, and stay though they are
// invisible themselves.
const (
	nonJoiner   = '\u200c'
	joiner      = '\u200d'
	leftToRight = '\u200e'
	rightToLeft = '\u200f'
)

const ellipsis = '…'

// clean returns s composed (a letter and its accent become one where Unicode has one, as
// names from macOS need), with invisible characters as spaces, and □ for each character
// that no font has.
func (w *Writer) clean(s string, style Style) []rune {
	text := []rune(norm.NFC.String(s))
	for i, r := range text {
		switch r {
		case nonJoiner, joiner, leftToRight, rightToLeft, beginIsolate, endIsolate:
		default:
			if !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == utf8.RuneError {
				text[i] = ' '
			}
		}
	}
	out := make([]rune, 0, len(text))
	for _, cluster := range divide(text) {
		part := text[cluster.start:cluster.end]
		if w.fonts.findAny(part, cluster.script, style) == nil {
			part = []rune{box}
		}
		out = append(out, part...)
	}
	return out
}

// fit shapes text, shortened to at most width pixels.
func (w *Writer) fit(text []rune, width int, style Style) line {
	limit := fixed.I(width)
	whole := w.shape(text, style)
	if whole.width <= limit {
		return whole
	}
	clusters := graphemes(text)
	cut := func(n int) line {
		end := 0
		if n > 0 {
			end = clusters[n-1][1]
		}
		for end > 0 && unicode.IsSpace(text[end-1]) {
			end--
		}
		return w.shape(append(slices.Clone(text[:end]), ellipsis), style)
	}
	// A longer text is wider, but for a few letters that change with their neighbours.
	n := sort.Search(len(clusters), func(n int) bool { return cut(n).width > limit }) - 1
	if n < 1 {
		return line{}
	}
	return cut(n)
}
