//go:build !windows

package durable

import (
	"errors"
	"os"
	"syscall"
)

// SyncFolder makes the names in a folder last: what was created, renamed or removed in
// it before survives a power cut. Some network file systems can't write a folder to
// disk; there it does nothing.
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
