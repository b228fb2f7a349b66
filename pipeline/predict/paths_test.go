package predict

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Files, folders and a list yield their images in order; what is left out of a folder is
// not an image.
func TestPaths(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"in/b.jpg", "in/a/z.png", "in/notes.txt", "empty/notes.txt"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	in, empty := filepath.Join(dir, "in"), filepath.Join(dir, "empty")
	inside := []string{filepath.Join(in, "a", "z.png"), filepath.Join(in, "b.jpg")}
	for name, c := range map[string]struct {
		names []string
		list  string
		null  bool
		want  []string
	}{
		"a folder":        {[]string{in}, "", false, inside},
		"a missing file":  {[]string{"absent.jpg"}, "", false, []string{"absent.jpg"}},
		"lines":           {[]string{"-", "last"}, "one\r\n\n" + in + "\ntwo", false, append(append([]string{"one"}, inside...), "two", "last")},
		"NUL bytes":       {[]string{"-"}, "one\r\x00two\nlines\x00", true, []string{"one\r", "two\nlines"}},
		"an empty folder": {[]string{empty}, "", false, []string{empty + ": " + errNoImage.Error()}},
	} {
		s := &pathSource{names: c.names, list: strings.NewReader(c.list), null: c.null}
		var got []string
		for path, err := range s.paths {
			if err != nil {
				path += ": " + err.Error()
			}
			got = append(got, path)
		}
		if s.err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, error %v, want %q", name, got, s.err, c.want)
		}
	}
	s := &pathSource{names: []string{"-"}, list: strings.NewReader(strings.Repeat("x\x00", maxPath))}
	for path, err := range s.paths {
		t.Errorf("yielded a path of %d bytes, error %v", len(path), err)
	}
	if s.err == nil || !strings.Contains(s.err.Error(), "--null") {
		t.Errorf("a list with the other separator: %v", s.err)
	}
}
