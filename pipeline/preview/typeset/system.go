package typeset

import (
	"io"
	"log"
	"os"
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/fontscan"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
)

// system is the fonts that the system has. It looks for them when the first is wanted.
type system struct {
	searched bool
	found    *fontscan.FontMap // nil if there is none
	faces    map[*font.Face]*typeface
}

// find returns a font that has all of text, or nil.
func (s *system) find(text []rune, script language.Script, bold bool) (t *typeface) {
	if s == nil {
		return nil
	}
	// A broken font file must not end the command: there are other fonts.
	defer func() {
		if recover() != nil {
			t = nil
		}
	}()
	if !s.searched {
		s.searched = true
		s.found, s.faces = search(), map[*font.Face]*typeface{}
	}
	if s.found == nil {
		return nil
	}
	weight := font.WeightNormal
	if bold {
		weight = font.WeightBold
	}
	s.found.SetQuery(fontscan.Query{Families: []string{fontscan.SansSerif}, Aspect: font.Aspect{Weight: weight}})
	s.found.SetScript(script)
	face := s.found.ResolveFace(typical(text, script))
	if face == nil {
		return nil
	}
	t, ok := s.faces[face]
	if !ok {
		_, aspect := s.found.FontMetadata(face.Font)
		t = &typeface{face: face, thin: aspect.Weight < font.WeightSemibold}
		s.faces[face] = t
	}
	if !t.has(text) {
		return nil
	}
	return t
}

// typical returns the character to find a font by: the first of the script if there is one.
func typical(text []rune, script language.Script) rune {
	for _, r := range text {
		if language.LookupScript(r) == script && !harfbuzz.IsDefaultIgnorable(r) && !unicode.IsMark(r) {
			return r
		}
	}
	return text[0]
}

// search lists the system's fonts. It returns nil if there is none.
func search() *fontscan.FontMap {
	// The library keeps an index of the fonts. A command that draws a picture now and then
	// leaves no such file behind.
	index, err := os.MkdirTemp("", "pipeline-fonts-")
	if err != nil {
		return nil
	}
	defer func() { _ = os.RemoveAll(index) }()
	found := fontscan.NewFontMap(log.New(io.Discard, "", 0))
	if err := found.UseSystemFonts(index); err != nil {
		return nil
	}
	return found
}
