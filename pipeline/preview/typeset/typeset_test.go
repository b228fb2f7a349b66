package typeset

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
	"strings"
	"testing"
	"unicode"

	"featurecache/pipeline/preview/typeset/fallback"

	"github.com/go-text/typesetting/font"
	"golang.org/x/text/unicode/norm"
)

var title = Style{Size: 15, Bold: true}

// bare returns a writer into a white picture, on a server without fonts.
func bare(t testing.TB, width, height int) *Writer {
	t.Helper()
	dst := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(dst, dst.Bounds(), image.White, image.Point{}, draw.Src)
	w, err := newWriter(dst, nil)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// inked returns the rectangle of all that is not white.
func inked(p *image.RGBA) image.Rectangle {
	var r image.Rectangle
	for y := range p.Bounds().Dy() {
		for x := range p.Bounds().Dx() {
			if p.RGBAAt(x, y) != (color.RGBA{255, 255, 255, 255}) {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return r
}

// glyphs returns a line's glyphs from left to right.
func glyphs(l line) []font.GID {
	var ids []font.GID
	for _, r := range l.runs {
		for _, g := range r.Glyphs {
			ids = append(ids, g.GlyphID)
		}
	}
	return ids
}

// names are "bee", or another small animal, in many scripts, and the font that draws each
// where the system has none.
var names = map[string]fallback.Font{
	"蜜蜂": fallback.CJK, "ミツバチ": fallback.CJK, "ねこ": fallback.CJK, "꿀벌": fallback.CJK, "ㄇㄧㄈㄥ": fallback.CJK,
	"نحلة": "arabic", "मधुमक्खी": "devanagari", "דבורה": "hebrew", "ผึ้ง": "thai", "மீன்": "tamil", "মৌমাছি": "bengali",
	"തേനീച്ച": "malayalam", "తేనెటీగ": "telugu", "ಜೇನು": "kannada", "મધમાખી": "gujarati", "ਮੱਖੀ": "gurmukhi",
	"ମହୁମାଛି": "oriya", "මීමැස්සා": "sinhala", "ເຜິ້ງ": "lao", "ឃ្មុំ": "khmer", "ပျား": "myanmar",
	"སྦྲང་": "tibetan", "ფუტკარი": "georgian", "մեղու": "armenian", "ንብ": "ethiopic", "މާބިން": "thaana", "Phở": fallback.Letters,
	"ᏩᏚᎵᏏ": fallback.Unifont, "ꀀꀁ": fallback.Unifont, "ᚠᚢᚦ": fallback.Unifont, "ᠵᠥᠭᠡᠢ": fallback.Unifont,
	"bee": "", "пчела": "", "μέλισσα": "",
}

func TestScripts(t *testing.T) {
	for name, want := range names {
		w := bare(t, 200, 40)
		l := w.fit(w.clean(name, title), 200, title)
		wanted := w.fonts.bold
		if want != "" {
			wanted = w.fonts.unpacked[want]
		}
		if len(l.runs) != 1 || l.runs[0].font != wanted {
			t.Errorf("%s is in %d runs, or not in %s", name, len(l.runs), want)
		}
		if slices.Contains(glyphs(l), 0) {
			t.Errorf("%s has a missing glyph", name)
		}
		w.Line(name, 10, 20, 180, title, color.Black)
		if got := inked(w.dst); got.Min.X < 9 || got.Dx() < l.width.Round()/2 || got.Dy() < 6 {
			t.Errorf("%s, %v pixels wide, has ink in %v", name, l.width, got)
		}
		if want == "" && len(w.fonts.unpacked) != 0 {
			t.Errorf("%s unpacked fonts", name)
		}
	}
}

func TestArabicJoins(t *testing.T) {
	w := bare(t, 100, 30)
	// The word's glyphs are from left to right: the final form, its dot, the medial, …
	dot := glyphs(w.shape([]rune("ب"), title))
	word := glyphs(w.shape([]rune("ببب"), title))
	forms := map[font.GID]bool{}
	for _, id := range append(dot[:len(dot):len(dot)], word...) {
		forms[id] = true
	}
	if dots := len(dot) - 1; len(forms) != 4+dots {
		t.Errorf("ب is %v and ببب %v: the isolated, initial, medial and final form should differ", dot, word)
	}
	apart := w.shape([]rune("ب\u200cب"), title)
	if slices.Equal(glyphs(apart), glyphs(w.shape([]rune("بب"), title))) {
		t.Error("a zero-width non-joiner does not part letters")
	}
}

func TestDevanagariShapes(t *testing.T) {
	w := bare(t, 100, 30)
	// In कि the vowel, the second character, is drawn first.
	if got, k := glyphs(w.shape([]rune("कि"), title)), glyphs(w.shape([]rune("क"), title)); len(got) != 2 || got[1] != k[0] {
		t.Errorf("कि is drawn as %v, and क as %v", got, k)
	}
	if got := len(glyphs(w.shape([]rune("क्ष"), title))); got != 1 {
		t.Errorf("the conjunct क्ष is %d glyphs", got)
	}
}

// An unreadable packed font would be passed over in silence.
func TestUnpack(t *testing.T) {
	w := bare(t, 10, 10)
	for name, f := range names {
		if f != "" && w.fonts.unpack(f) == nil {
			t.Errorf("the font %s, for %s, can't be read", f, name)
		}
	}
}

// No character of the Basic Multilingual Plane, as Unicode 15 has it, is a box.
func TestPlane(t *testing.T) {
	w := bare(t, 10, 10)
	for r := rune(' '); r < 0xffff; r++ {
		if norm.NFC.String(string(r)) > "\uffff" {
			continue // composed, it is a character beyond the plane
		}
		if unicode.IsGraphic(r) && slices.Equal(w.clean(string(r), title), []rune{box}) && r != box {
			t.Errorf("%U is a box", r)
		}
	}
}

func FuzzLine(f *testing.F) {
	for name := range names {
		f.Add(name, 100)
		f.Add("predicted: "+Isolate(name+" ant 12"), 60)
	}
	f.Add("\xff\u202e\u2068\u2068\u0301\u200d🐝\u2069", 40)
	f.Add(strings.Repeat("Z\u0351\u0300", 40), 90)
	keep := bare(f, 1, 1).fonts // unpacked once
	f.Fuzz(func(t *testing.T, s string, width int) {
		if len(s) > 300 {
			s = s[:300]
		}
		width = max(-1, width%120)
		w := bare(t, 160, 60)
		w.fonts = keep
		w.Line(s, 20, 30, width, title, color.Black)
		if got := inked(w.dst); !got.In(image.Rect(20, 12, 20+max(0, width), 38)) {
			t.Errorf("%q in %d pixels has ink in %v", s, width, got)
		}
	})
}
