package typeset

import (
	"os"
	"path/filepath"
	"testing"

	"featurecache/pipeline/preview/typeset/fallback"

	"github.com/go-text/typesetting/language"
)

// The system's fonts are found and preferred, files that are no fonts are passed over,
// and nothing is left behind. (The library searches once in a process.)
func TestSystem(t *testing.T) {
	home, temp := t.TempDir(), t.TempDir()
	t.Setenv("XDG_DATA_HOME", home)
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	yi, err := fallback.Unifont.Unpack() // has scripts that hardly a system has
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(home, "fonts"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"good.otf": yi, "empty.ttf": nil, "text.ttf": []byte("not a font"), "short.otf": yi[:len(yi)/2], "spoiled.otf": spoiled(yi),
	} {
		if err := os.WriteFile(filepath.Join(home, "fonts", name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := &system{}
	if f := s.find([]rune("ꀀꀁ"), language.Yi, false); f == nil {
		t.Error("the font is not found")
	}
	if f := s.find([]rune("ꀀ\U0010fffd"), language.Yi, false); f != nil {
		t.Error("a font is found for a character that none has")
	}
	if left, err := os.ReadDir(temp); len(left) != 0 || err != nil {
		t.Errorf("the search left %v, %v", left, err)
	}
}

// spoiled returns a copy with every 50th byte after the table of contents changed.
func spoiled(data []byte) []byte {
	out := append([]byte(nil), data...)
	for i := 300; i < len(out); i += 50 {
		out[i] ^= 0xff
	}
	return out
}

// Without system fonts, nothing is searched for plain names.
func TestNoSearch(t *testing.T) {
	w := bare(t, 10, 10)
	w.fonts.system = &system{}
	w.clean("ants, bees: 99.9 %, wrong: été Муравьи", title)
	if w.fonts.system.searched || len(w.fonts.unpacked) != 0 {
		t.Error("fonts are searched for what Go's own has")
	}
}
