package extract

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/cache/folder"
	"featurecache/extract/imagefolder"
)

const (
	jpegHead = "\xff\xd8\xff\xe0"
	heicHead = "\x00\x00\x00\x18ftypheic"
	tiffHead = "II*\x00"
)

// writeHeads writes files that begin as images do, and returns their folder and sorted paths.
func writeHeads(t *testing.T, files ...string) (root string, paths []string) {
	t.Helper()
	root = t.TempDir()
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(root, files[i]), []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, files[i])
	}
	return root, paths
}

func TestExplainNoImages(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		want  string // after the error
	}{
		"JPEG":         {[]string{"a.jfif", jpegHead, "b.JFIF", jpegHead}, "; the .jfif files are JPEG: --extensions .jfif reads them"},
		"no extension": {[]string{"a", "GIF89a", "b", "GIF89a"}, "; the files without an extension are GIF: --extensions . reads them"},
		"unsupported":  {[]string{"a.heic", heicHead}, "; the .heic files are HEIC, which this program can't read: convert them to JPEG or PNG"},
		"a raw photo":  {[]string{"a.cr2", tiffHead}, "; the .cr2 files are TIFF, which this program can't read: convert them to JPEG or PNG"},
		"several": {
			[]string{"a.jfif", jpegHead, "b.jfif", jpegHead, "c", jpegHead, "d.avif", "\x00\x00\x00\x18ftypavif"},
			"; the .jfif files are JPEG: --extensions .jfif reads them; the files without an extension are JPEG: --extensions . reads them; " +
				"the .avif files are AVIF, which this program can't read: convert them to JPEG or PNG; together: --extensions .jfif,.",
		},
		"odd extension":  {[]string{"a.jpg!d,1", jpegHead}, "; some files are JPEG: rename them to end in .jpeg"},
		"no images":      {[]string{"a.txt", "text", "b.json", "{}", "c.gone", ""}, "; none of the files that were looked at is an image"},
		"not the first":  {[]string{"a.x", "", "b.x", "text", "c.x", jpegHead}, "; the .x files are JPEG: --extensions .x reads them"},
		"nothing at all": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			root, paths := writeHeads(t, c.files...)
			none := &imagefolder.NoImagesError{PassedOver: paths}
			err := explainNoImages(root, fmt.Errorf("scan: %w", wrapped{none}))
			if got := err.Error(); got != "scan: none"+c.want || !errors.As(err, &none) {
				t.Errorf("got %q, want %q", got, "scan: none"+c.want)
			}
		})
	}
	if other := errors.New("other"); !errors.Is(explainNoImages("", other), other) {
		t.Error("another error was changed")
	}
}

// wrapped is an error with a text of its own.
type wrapped struct{ error }

func (wrapped) Error() string   { return "none" }
func (w wrapped) Unwrap() error { return w.error }

// Many images that were passed over are a warning, a few strays are not; text files are
// neither.
func TestLogScan(t *testing.T) {
	root, paths := writeHeads(t, "1.jfif", jpegHead, "2.jfif", jpegHead, "3.gif", "GIF89a", "notes.txt", "text")
	scan := &folder.Scan{Images: make([]folder.Image, 10), Classes: []string{"Ants", "ants", "bees"}}
	for _, p := range paths {
		scan.Ignored = append(scan.Ignored, folder.Ignored{Path: p, Reason: imagefolder.ReasonExtension})
	}
	var text bytes.Buffer
	logScan(Options{Data: root, MaxBad: .1, Log: slog.New(slog.NewTextHandler(&text, nil))}, scan)
	for _, want := range []string{
		`level=WARN msg="images were passed over: the .jfif files are JPEG: --extensions .jfif reads them" count=2 first=1.jfif`,
		`level=INFO msg="images were passed over: the .gif files are GIF: --extensions .gif reads them" count=1 first=3.gif`,
		`level=INFO msg=ignored path=notes.txt`,
		`level=WARN msg="two classes look alike: Ants and ants differ only in upper and lower case; `,
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in\n%s", want, text.String())
		}
	}
	if n := strings.Count(text.String(), "\n"); n != 7 {
		t.Errorf("%d lines:\n%s", n, text.String())
	}
}
