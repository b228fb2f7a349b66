package typeset

import (
	"slices"
	"strings"
	"testing"
)

func TestOrder(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"ant", "ant"},
		{"אבג", "גבא"},
		{"predicted: " + Isolate("אבג"), "predicted: גבא"},
		{"predicted: " + Isolate("אבג (2)"), "predicted: (2) גבא"},
		{"predicted: " + Isolate("01_אבג"), "predicted: גבא_01"},
		{Isolate("אבג") + " and " + Isolate("דהו"), "גבא and והד"},
		{"אבג ant", "ant גבא"},
		{"ant אבג 2bee", "ant 2 גבאbee"},
		{"אבג " + Isolate("x אב y") + " ד", "ד x בא y גבא"},
		{"אבג…", "…גבא"},
		{"wrong: " + string(beginIsolate) + "אבג…", "wrong: …גבא"},
	} {
		w := bare(t, 300, 30)
		text := []rune(c.text)
		var got []rune
		for _, r := range visual(w.runs(text, title)) {
			part := slices.Clone(text[r.start:r.end])
			if r.level%2 == 1 {
				slices.Reverse(part)
				for i, p := range part { // brackets are mirrored
					if at := strings.IndexRune("()", p); at >= 0 {
						part[i] = rune(")("[at])
					}
				}
			}
			got = append(got, part...)
		}
		seen := strings.Map(func(r rune) rune {
			if r == beginIsolate || r == endIsolate {
				return -1
			}
			return r
		}, string(got))
		if seen != c.want {
			t.Errorf("%q is drawn as %q, want %q", c.text, seen, c.want)
		}
	}
}
