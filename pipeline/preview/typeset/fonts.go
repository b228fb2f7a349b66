package typeset

import (
	"bytes"

	"featurecache/pipeline/preview/typeset/fallback"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

const box = '□' // which Go's fonts have

// typeface is a font in one style.
type typeface struct {
	face *font.Face
	thin bool // needs thickening for a bold style
	grid int  // if not 0, a bitmap font: its size in pixels, the only one at which it is sharp
}

func (t *typeface) size(style Style) int {
	if t.grid != 0 {
		return t.grid
	}
	return style.Size
}

// has tells whether the font can draw all of text.
func (t *typeface) has(text []rune) bool {
	for _, r := range text {
		if harfbuzz.IsDefaultIgnorable(r) {
			continue
		}
		glyph, ok := t.face.NominalGlyph(r)
		if !ok {
			return false
		}
		// Some fonts have bitmaps or coloured pictures instead.
		if _, ok := t.face.GlyphDataOutline(glyph); !ok {
			return false
		}
	}
	return true
}

// fonts finds fonts for characters. What it finds it keeps.
type fonts struct {
	bold, regular *typeface
	system        *system
	unpacked      map[fallback.Font]*typeface
}

func newFonts(system *system) (*fonts, error) {
	bold, err := parse(gobold.TTF)
	if err != nil {
		return nil, err
	}
	regular, err := parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	return &fonts{bold: bold, regular: regular, system: system, unpacked: map[fallback.Font]*typeface{}}, nil
}

func parse(ttf []byte) (*typeface, error) {
	face, err := font.ParseTTF(bytes.NewReader(ttf))
	if err != nil {
		return nil, err
	}
	return &typeface{face: face}, nil
}

func (f *fonts) own(style Style) *typeface {
	if style.Bold {
		return f.bold
	}
	return f.regular
}

// find returns the best font that has all of text, or nil. It is not Unifont, which looks
// unlike the others: a word had better mix fonts than be in that for one sign's sake.
func (f *fonts) find(text []rune, script language.Script, style Style) *typeface {
	if own := f.own(style); own.has(text) {
		return own
	}
	if t := f.system.find(text, script, style.Bold); t != nil {
		return t
	}
	for _, name := range fallback.For(script) {
		if t := f.unpack(name); t != nil && t.has(text) {
			return t
		}
	}
	return nil
}

// findAny returns the best font that has all of text, Unifont included, or nil.
func (f *fonts) findAny(text []rune, script language.Script, style Style) *typeface {
	if t := f.find(text, script, style); t != nil {
		return t
	}
	if t := f.unpack(fallback.Unifont); t != nil && t.has(text) {
		return t
	}
	return nil
}

// unpack returns nil if a packed font is unreadable, which tests rule out.
func (f *fonts) unpack(name fallback.Font) *typeface {
	if t, ok := f.unpacked[name]; ok {
		return t
	}
	var t *typeface
	if ttf, err := name.Unpack(); err == nil {
		if t, err = parse(ttf); err == nil {
			t.thin = true
		}
	}
	if t != nil && name == fallback.Unifont {
		t.grid, t.thin = 16, false
	}
	f.unpacked[name] = t
	return t
}
