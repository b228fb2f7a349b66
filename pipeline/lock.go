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
var ErrHeld = errors.New("another run is in progress")

// lockFile locks a file, or fails at once if another process holds the lock. The system
// releases the lock when the process ends, however it ends. The file stays, because
// removing it could give two runs a lock each; its text says who holds the lock. On NFS
// the lock is the server's and excludes other machines too, unless the mount says nolock.
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
	// Written in place: a new file of that name would be another lock. The text is only
	// for people, so a full disk or another user's file does not stop the run.
	text := fmt.Sprintf("pid %d on %s since %s\n", os.Getpid(), host, now.Format(time.RFC3339))
	_ = os.WriteFile(path, []byte(text), 0o644)
	return func() {
		_ = os.Truncate(path, 0)
		_ = lock.Unlock()
	}, nil
}

// holder returns what a lock's file says about who holds it.
func holder(path string) string {
	const unknown = "the file does not name the process"
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
