//go:build !windows

package pipeline

import (
	"errors"
	"os"

	"github.com/google/renameio/v2"
)

// canPublish tells what stands in the way of publishing here.
func canPublish() error { return nil }

// replaceLink makes path a link to target in one step.
func replaceLink(target, path string) error { return renameio.Symlink(target, path) }

// syncDir makes renames in a folder last.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
