package typeset

import (
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/bidi"
)

const (
	beginIsolate = '\u2068' // first strong isolate
	endIsolate   = '\u2069' // pop directional isolate
	object       = '\ufffc' // stands for an isolate in the text around it
)

// Isolate marks s, so that it does not change the order of the text that it is put into.
func Isolate(s string) string {
	inner := strings.Map(func(r rune) rune {
		if r == beginIsolate || r == endIsolate {
			return ' '
		}
		return r
	}, s)
	return string(beginIsolate) + inner + string(endIsolate)
}

// directions returns the level of each character as Unicode's bidirectional algorithm
// does: even from left to right, odd from right to left. The first letter sets the
// direction of the whole, and of each isolate. Isolates are not nested.
func directions(text []rune) []bidi.Level {
	var outer []rune
	var first []int // where each character of outer begins in text
	for i := 0; i < len(text); i++ {
		first = append(first, i)
		if text[i] != beginIsolate {
			outer = append(outer, text[i])
			continue
		}
		outer = append(outer, object)
		for i+1 < len(text) && text[i] != endIsolate {
			i++
		}
	}
	first = append(first, len(text))
	levels := make([]bidi.Level, len(text))
	for k, level := range plainDirections(outer) {
		part := levels[first[k]:first[k+1]]
		part[0] = level
		if len(part) > 1 {
			for i, inner := range plainDirections(text[first[k]+1 : first[k+1]]) {
				part[i+1] = inner + (level+1)/2*2
			}
		}
	}
	return levels
}

// plainDirections returns the levels of text without isolates.
func plainDirections(text []rune) []bidi.Level {
	var paragraph bidi.Paragraph
	runs := paragraph.Segment(text, bidi.Neutral)
	levels := make([]bidi.Level, len(text))
	for i := range runs.NumRuns() {
		r := runs.Run(i)
		level := r.Level
		for k := r.Start; k < r.End; k++ {
			// The library joins a number at level 2 with the letters at level 0 after it.
			if levels[0] == 0 && level == 2 && !unicode.IsDigit(text[k]) && !unicode.IsMark(text[k]) {
				level = 0
			}
			levels[k] = level
		}
	}
	return levels
}

// visual orders runs from left to right: rule L2 of the bidirectional algorithm.
func visual(runs []run) []run {
	var highest bidi.Level
	for _, r := range runs {
		highest = max(highest, r.level)
	}
	for level := highest; level > 0; level-- {
		for i := 0; i < len(runs); i++ {
			j := i
			for j < len(runs) && runs[j].level >= level {
				j++
			}
			slices.Reverse(runs[i:j])
			i = j
		}
	}
	return runs
}
