// Package fallback holds packed fonts for the characters that Go's own fonts lack, so that
// text is right on a server without any font. LICENSES.txt names the fonts and their
// licences, and generate.py makes the files.
package fallback

import (
	"bytes"
	"embed"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/go-text/typesetting/language"
)

//go:embed *.br
var files embed.FS

// A Font is the name of a packed font.
type Font string

// The fonts for many scripts.
const (
	Letters Font = "letters" // Latin, Greek and Cyrillic with all accents
	CJK     Font = "cjk"     // Han, kana, Hangul and their punctuation
	Unifont Font = "unifont" // the rest of the Basic Multilingual Plane, as 16-pixel bitmaps
)

var scripts = map[language.Script]Font{
	language.Latin: Letters, language.Greek: Letters, language.Cyrillic: Letters,
	language.Han: CJK, language.Hiragana: CJK, language.Katakana: CJK, language.Bopomofo: CJK, language.Hangul: CJK,
	language.Arabic: "arabic", language.Armenian: "armenian", language.Bengali: "bengali",
	language.Devanagari: "devanagari", language.Ethiopic: "ethiopic", language.Georgian: "georgian",
	language.Gujarati: "gujarati", language.Gurmukhi: "gurmukhi", language.Hebrew: "hebrew",
	language.Kannada: "kannada", language.Khmer: "khmer", language.Lao: "lao", language.Malayalam: "malayalam",
	language.Myanmar: "myanmar", language.Oriya: "oriya", language.Sinhala: "sinhala", language.Tamil: "tamil",
	language.Telugu: "telugu", language.Thaana: "thaana", language.Thai: "thai", language.Tibetan: "tibetan",
}

// For returns the fonts to try for a character of a script, best first.
// [Unifont] comes after them.
func For(script language.Script) []Font {
	if own, ok := scripts[script]; ok {
		return []Font{own, CJK} // CJK has wide Latin letters, and signs in circles
	}
	return []Font{Letters, CJK} // signs and punctuation
}

// Unpack returns an OpenType font. It is an error if there is none of that name.
func (f Font) Unpack() ([]byte, error) {
	packed, err := files.ReadFile(string(f) + ".br")
	if err != nil {
		return nil, err
	}
	return io.ReadAll(brotli.NewReader(bytes.NewReader(packed)))
}
