package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// A killed writer's file is removed, one that is being written stays.
func TestAbandoned(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	abandoned, fresh := path+".partial-1", path+".partial-2"
	others := filepath.Join(dir, "g.partial-3")
	for _, name := range []string{abandoned, fresh, others} {
		if err := os.WriteFile(name, []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	used, err := createPartial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{abandoned, others, used.Name()} {
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := WriteBytes(path, []byte("whole")); err != nil {
		t.Fatal(err)
	}
	_, err = os.Stat(abandoned)
	if gone := errors.Is(err, os.ErrNotExist); gone != lock(used) {
		t.Errorf("the abandoned file: %v; can lock: %v", err, lock(used))
	}
	for _, name := range []string{fresh, others, used.Name(), path} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
}

// A file that others may read or write stays so, whatever the umask.
func TestPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, mode := range []os.FileMode{0o600, 0o666} {
		if err := errors.Join(WriteBytes(path, nil), os.Chmod(path, mode), WriteBytes(path, []byte("x"))); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != mode && runtime.GOOS != "windows" {
			t.Errorf("permissions %o, want %o", got, mode)
		}
	}
}

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
