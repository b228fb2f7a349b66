//go:build !windows

package pipeline

import (
	"errors"
	"os"
	"syscall"

	"github.com/google/renameio/v2"
)

// canPublish tells what stands in the way of publishing here.
func canPublish() error { return nil }

// replaceLink makes path a link to target in one step.
func replaceLink(target, path string) error { return renameio.Symlink(target, path) }

// syncDir makes renames in a folder last, where the file system can do that at all:
// some of those on a network say that a folder can't be written to disk.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
