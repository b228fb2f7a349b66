package pipeline

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// ErrHeld is returned when another run holds the lock.
var ErrHeld = errors.New("another run is at work")

// lockFile takes a lock, which is a file, at once or not at all. The system lets go
// of it when the process ends, however that comes about; the file stays, for
// removing it could give two runs a lock each. It says who holds the lock, so that
// whoever finds it held need not search. On NFS it is a lock at the server, and keeps
// machines apart, unless the mount says nolock.
func lockFile(path string, now time.Time) (unlock func(), err error) {
	lock := flock.New(path, flock.SetPermissions(0o644))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !locked {
		return nil, fmt.Errorf("lock %s: %w: %s", path, ErrHeld, holder(path))
	}
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	// In place: another file of that name would be another lock. What stands in it is
	// for people only, so that a full disk, or a file that another user has made, is
	// no reason not to run.
	text := fmt.Sprintf("pid %d on %s since %s\n", os.Getpid(), host, now.Format(time.RFC3339))
	_ = os.WriteFile(path, []byte(text), 0o644)
	return func() {
		_ = os.Truncate(path, 0)
		_ = lock.Unlock()
	}, nil
}

// holder tells what a lock's file says of who holds it.
func holder(path string) string {
	const unknown = "it does not say who it is"
	f, err := os.Open(path)
	if err != nil {
		return unknown
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 256))
	line, _, _ := strings.Cut(string(text), "\n")
	if err != nil || line == "" {
		return unknown
	}
	return strings.ToValidUTF8(line, "?")
}
