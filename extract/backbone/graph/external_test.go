package graph_test

import (
	"os"
	"path/filepath"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/testdata"
)

// TestExternalRefused checks the ways in which a model may ask for another file.
func TestExternalRefused(t *testing.T) {
	dir := t.TempDir()
	secret := writeFile(t, t.TempDir(), "secret", make([]byte, 1000))
	writeFile(t, dir, "data", make([]byte, 48))
	if err := os.Symlink(secret, filepath.Join(dir, "link")); err != nil {
		testdata.Missing(t, "this file system has no symbolic links: %v: set TMPDIR to a folder that can hold them", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	w := func(file, offset, length string) []byte {
		return join(op("Conv", names("x", "w"), "y"), outside("w", file, offset, length, 4, 3, 1, 1))
	}
	var greedy []byte
	for i := range 100 {
		greedy = append(greedy, outside("w"+string(rune('a'+i)), "data", "", "", 12)...)
	}
	for _, c := range []struct {
		name  string
		piece []byte
		text  string
	}{
		{"parent", w("../secret", "", ""), "outside the model's folder"},
		{"absolute", w(secret, "", ""), "outside the model's folder"},
		{"link", w("link", "", ""), "can't be read from inside the model's folder"},
		{"no location", w("", "", ""), "outside the model's folder"},
		{"missing", w("other", "", ""), "missing"},
		{"folder", w("folder", "", ""), "not a regular file"},
		{"short", w("data", "8", ""), "ends before weight"},
		{"negative", w("data", "-8", ""), "ends before weight"},
		{"words", w("data", "eight", ""), "is not a number"},
		{"wrong length", w("data", "0", "12"), "needs 48 bytes"},
		{"greedy", join(w("data", "", ""), greedy), "several times over"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := writeFile(t, dir, c.name+".onnx", small(c.piece))
			checkRefused(t, path, graph.ErrInvalid, c.text)
		})
	}
	path := writeFile(t, dir, "good.onnx", small(w("data", "0", "48")))
	if _, err := graph.Load(path, graph.Options{}); err != nil {
		t.Error(err)
	}
}
