//go:build unix && !solaris && !aix

package cache

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"featurecache/testdata"

	"golang.org/x/sys/unix"
)

// Anything but a regular file is refused at once: opening a pipe must not wait for a writer.
func TestOpenWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	pipe, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "link")
	if err := errors.Join(unix.Mkfifo(pipe, 0o600), os.Symlink(pipe, link)); err != nil {
		testdata.Missing(t, "this file system has no pipes: %v: set TMPDIR to a folder that can hold them", err)
	}
	for _, path := range []string{pipe, link, "/dev/null", "/dev/zero"} {
		done := make(chan error, 1)
		go func() {
			_, err := Open(path, Options{ReadOnly: true})
			done <- err
		}()
		select {
		case err := <-done:
			if !errors.Is(err, ErrNotStore) || !strings.Contains(err.Error(), "not a regular file") {
				t.Errorf("%s: %v", path, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: still waiting", path)
		}
	}
}
