package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	if err := WriteFile(path, text("old")); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("half way")
	err := WriteFile(path, func(w io.Writer) error { return errors.Join(text("new")(w), failure) })
	if !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "old" {
		t.Errorf("after a failure the file is %q", b)
	}
	if err := WriteFile(dir, text("x")); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("over a folder: %v", err)
	}
	// Writers at the same time: one of them wins, whole.
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			if err := WriteFile(path, text(strings.Repeat(fmt.Sprint(i), 1+100*i))); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if b, _ := os.ReadFile(path); len(b) == 0 || strings.Trim(string(b), string(b[:1])) != "" || len(b) != 1+100*int(b[0]-'0') {
		t.Errorf("the file is a mixture of %d bytes", len(b))
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%d files are left, error %v", len(entries), err)
	}
	if err := SyncFolder(dir); err != nil {
		t.Error(err)
	}
	if err := SyncFolder(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
