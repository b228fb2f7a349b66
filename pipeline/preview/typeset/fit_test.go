package typeset

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// A name as macOS stores it, with letters taken apart, looks as if typed.
func TestDecomposed(t *testing.T) {
	for apart, whole := range map[string]string{"꿀": "꿀", "e\u0301": "é", "ハ\u3099": "バ"} {
		w := bare(t, 100, 30)
		if got, want := glyphs(w.fit(w.clean(apart, title), 100, title)), glyphs(w.fit(w.clean(whole, title), 100, title)); !slices.Equal(got, want) {
			t.Errorf("%q has glyphs %v, want %v", apart, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	w := bare(t, 10, 10)
	for s, want := range map[string]string{
		"a\nb\x00c\td":           "a b c d",
		"\xff\xfe":               "  ",
		"a\u202eb":               "a b", // an override would turn the rest of the line around
		"🐝 bee":                  "□ bee",
		"👩\u200d👩\u200d👧":        "□",
		"می\u200cخواهم":          "می\u200cخواهم",
		"\U000e0041\ufdd0\uffff": "   ",
	} {
		if got := string(w.clean(s, title)); got != want {
			t.Errorf("%q becomes %q, want %q", s, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	w := bare(t, 10, 10)
	for _, s := range []string{
		"", "ants", strings.Repeat("Hymenoptera ", 30), "Ameisenlöwe für Übergrößen aus dem Süden des Landes",
		strings.Repeat("e\u0331", 200), strings.Repeat("蜂", 90), strings.Repeat("کتاب ", 50), strings.Repeat("क्षि", 80),
		strings.Repeat("ผึ้ง", 60), "predicted: " + Isolate(strings.Repeat("نحلة ", 40)), "\xff\xfe not UTF-8 " + strings.Repeat("\xff", 250),
	} {
		text := w.clean(s, title)
		l := w.fit(text, 120, title)
		if l.width > fixed.I(120) {
			t.Errorf("%.20q is %v pixels wide", s, l.width)
		}
		end, dots := 0, false
		for _, r := range l.runs {
			end = max(end, r.Runes.Offset+r.Runes.Count)
			ellipsisGlyph, _ := r.font.face.NominalGlyph(ellipsis)
			dots = dots || slices.ContainsFunc(r.Glyphs, func(g shaping.Glyph) bool { return g.GlyphID == ellipsisGlyph })
		}
		cut := len(s) > 20
		if cut != dots {
			t.Errorf("%.20q: cut is %v, but an ellipsis %v", s, cut, dots)
		}
		if cut && !slices.ContainsFunc(graphemes(text), func(span [2]int) bool { return span[1] == end-1 }) {
			t.Errorf("%.20q is cut within a character, at %d", s, end-1)
		}
	}
	if l := w.fit([]rune("ants"), 3, title); len(l.runs) != 0 {
		t.Error("something is drawn where nothing has room")
	}
}
