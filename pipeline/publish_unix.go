//go:build !windows

package pipeline

import "github.com/google/renameio/v2"

// canPublish returns an error if this system can't publish.
func canPublish() error { return nil }

// replaceLink makes path a link to target in one step.
func replaceLink(target, path string) error { return renameio.Symlink(target, path) }
