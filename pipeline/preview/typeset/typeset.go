// Package typeset draws lines of text in any script of the Basic Multilingual Plane: a
// [Writer] shapes them (Arabic letters join, Indic vowels find their places), orders them
// (Arabic and Hebrew run from right to left, also within other text), and shortens them.
//
// Characters come from Go's own fonts, else from the system's fonts, else from those in
// package fallback. Nothing is searched or unpacked until a character needs it.
// Characters that no font has, such as most emoji on a server without fonts, become □.
// Coloured and bitmap fonts are not used.
package typeset

import (
	"image"
	"image/color"

	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// Style is how a line looks.
type Style struct {
	Size int // pixels to the em
	Bold bool
}

// Writer writes lines of text into a picture. It is not safe for concurrent use.
type Writer struct {
	dst    *image.RGBA
	fonts  *fonts
	shaper shaping.HarfbuzzShaper
}

// NewWriter returns a writer into dst.
func NewWriter(dst *image.RGBA) (*Writer, error) {
	return newWriter(dst, &system{})
}

// newWriter uses no system fonts if system is nil, so that tests see the same everywhere.
func newWriter(dst *image.RGBA, system *system) (*Writer, error) {
	fonts, err := newFonts(system)
	if err != nil {
		return nil, err
	}
	return &Writer{dst: dst, fonts: fonts}, nil
}

// Line writes s from x on the baseline y. If it is wider than width pixels, it is cut
// between two characters, accents and all, and ends with an ellipsis; if not even that has
// room, nothing is written. No pixel outside the width changes. Line breaks, control
// characters and invalid UTF-8 become spaces.
func (w *Writer) Line(s string, x, y, width int, style Style, c color.Color) {
	l := w.fit(w.clean(s, style), width, style)
	// Stacked accents can be higher than a line: they must not reach the next one.
	area := image.Rect(x, y-style.Size*6/5, x+width, y+style.Size*9/20+1)
	w.draw(l, area, y, style, c)
}

// line is shaped text in the order of drawing, from left to right.
type line struct {
	runs  []shaped
	width fixed.Int26_6
}

// shaped is a part of a line in one font.
type shaped struct {
	shaping.Output
	font *typeface
}

// shape turns characters into placed glyphs.
func (w *Writer) shape(text []rune, style Style) line {
	var l line
	for _, r := range visual(w.runs(text, style)) {
		out := w.shaper.ShapeNoExtents(shaping.Input{
			Text: text, RunStart: r.start, RunEnd: r.end, Direction: r.direction(), Face: r.font.face,
			Size: fixed.I(r.font.size(style)), Script: r.script,
		})
		l.runs = append(l.runs, shaped{out, r.font})
		l.width += out.Advance
	}
	return l
}
