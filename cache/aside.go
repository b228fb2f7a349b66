package cache

import (
	"fmt"
	"os"
	"time"
)

// setAside renames a damaged store, so that a new one can be created in its place and
// the old one can be examined. The new name is the old one with ".damaged-" and the
// time.
func setAside(path string, now time.Time) (newPath string, err error) {
	base := path + ".damaged-" + now.UTC().Format("20060102T150405Z")
	newPath = base
	for i := 2; ; i++ {
		if _, err := os.Lstat(newPath); err != nil {
			break
		}
		newPath = fmt.Sprintf("%s-%d", base, i)
	}
	if err := os.Rename(path, newPath); err != nil {
		return "", fmt.Errorf("cache: set the damaged store aside: %w", err)
	}
	return newPath, nil
}
