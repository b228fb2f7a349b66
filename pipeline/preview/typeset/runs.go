package typeset

import (
	"unicode"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/segmenter"
)

// run is a part of a text, text[start:end], in one direction, script and font.
type run struct {
	start, end int
	level      bidi.Level // even: from left to right, odd: from right to left
	script     language.Script
	font       *typeface
}

func (r run) direction() di.Direction {
	if r.level%2 == 1 {
		return di.DirectionRTL
	}
	return di.DirectionLTR
}

// runs divides text, in its logical order. A word is in one font if one font has all of
// its characters.
func (w *Writer) runs(text []rune, style Style) []run {
	clusters := divide(text)
	var out []run
	for i := 0; i < len(clusters); {
		word := clusters[i]
		j := i + 1
		for ; j < len(clusters) && clusters[j].joins(word, text); j++ {
			word.end = clusters[j].end
		}
		parts := clusters[i:j]
		if word.font = w.fonts.find(text[word.start:word.end], word.script, style); word.font != nil {
			parts = []run{word}
		}
		for _, part := range parts {
			if part.font == nil {
				part.font = w.fonts.findAny(text[part.start:part.end], part.script, style)
			}
			if part.font == nil { // only if clean has not put a box there
				part.font = w.fonts.own(style)
			}
			out = appendRun(out, part)
		}
		i = j
	}
	return out
}

// joins tells whether a cluster belongs to the word before it.
func (r run) joins(word run, text []rune) bool {
	return r.level == word.level && r.script == word.script && !unicode.IsSpace(text[r.start]) && !unicode.IsSpace(text[word.start])
}

// appendRun joins r to the last run if they differ in nothing.
func appendRun(runs []run, r run) []run {
	if n := len(runs); n > 0 {
		if last := &runs[n-1]; last.font == r.font && last.level == r.level && last.script == r.script {
			last.end = r.end
			return runs
		}
	}
	return append(runs, r)
}

// divide returns text's grapheme clusters with their directions and scripts. Characters
// without a script of their own, such as digits, have that of the text before them.
func divide(text []rune) []run {
	levels := directions(text)
	var clusters []run
	script := language.Common
	for _, span := range graphemes(text) {
		start, end := span[0], span[1]
		for _, r := range text[start:end] {
			if own := language.LookupScript(r); own.Strong() {
				script = own
				break
			}
		}
		clusters = append(clusters, run{start: start, end: end, level: levels[start], script: script})
	}
	return clusters
}

// graphemes returns the start and end of each of text's grapheme clusters: what a reader
// sees as one character.
func graphemes(text []rune) [][2]int {
	var s segmenter.Segmenter
	s.Init(text)
	var out [][2]int
	for it := s.GraphemeIterator(); it.Next(); {
		g := it.Grapheme()
		out = append(out, [2]int{g.Offset, g.Offset + len(g.Text)})
	}
	return out
}
