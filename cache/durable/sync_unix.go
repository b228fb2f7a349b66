//go:build !windows

package durable

import (
	"errors"
	"os"
	"syscall"
)

// SyncFolder writes a folder's entries to disk, so that files created, renamed or removed
// in it before survive a power cut as such. It does nothing on file systems that can't
// sync a folder, such as some network file systems.
func SyncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
