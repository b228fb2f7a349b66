package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"
)

// What a caller decides on must survive: only the path of the outermost error goes.
func TestCause(t *testing.T) {
	unreadable := &fs.PathError{Op: "read", Path: "f.db", Err: syscall.EIO}
	if got := Cause(unreadable); !errors.Is(got, syscall.EIO) || got.Error() != syscall.EIO.Error() {
		t.Errorf("got %v", got)
	}
	damaged := errors.New("damaged")
	wrapped := fmt.Errorf("%w: page 3: %w", damaged, unreadable)
	if got := Cause(wrapped); !errors.Is(got, damaged) || got.Error() != wrapped.Error() {
		t.Errorf("got %v", got)
	}
}
