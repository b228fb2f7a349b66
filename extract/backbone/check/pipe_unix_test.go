//go:build unix

package check

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"featurecache/testdata"
)

// A pipe is refused at once, because nothing may ever write to it.
func TestOpenPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.npz")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		testdata.Missing(t, "this file system has no pipes: %v: set TMPDIR to a folder that can hold them", err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := openArchive(path)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("still waiting")
	}
}
