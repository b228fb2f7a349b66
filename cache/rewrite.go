package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"featurecache/cache/durable"
)

// rewrite replaces an open store by a new one. It creates a file beside the store, with
// the operation's name as extension, calls fill to fill it, and replace to move it to
// the store's path. The old store stays locked until then, and is closed at the end.
func (s *Store) rewrite(doing string, fill func(dst *Store) error, replace func(temp, path string) error) (err error) {
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, s.Close())
		}
	}()
	// If the path is a symbolic link, its target is replaced, not the link.
	path, err := filepath.EvalSymlinks(s.path)
	if err != nil {
		return fmt.Errorf("cache: %s: %w", doing, err)
	}
	temp := path + "." + doing
	if err := s.fillNew(doing, temp, fill); err != nil {
		_ = os.Remove(temp)
		return err
	}
	if runtime.GOOS == "windows" { // which can't replace an open file
		closed = true
		if err := s.Close(); err != nil {
			return err
		}
	}
	if err := replace(temp, path); err != nil {
		return err
	}
	if err := durable.SyncFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("cache: %s: %w", doing, err)
	}
	return nil
}

// fillNew creates the new store and fills it.
func (s *Store) fillNew(doing, temp string, fill func(dst *Store) error) error {
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cache: %s: %w", doing, err) // left by a killed run
	}
	dst, err := Open(temp, Options{})
	if err != nil {
		return err
	}
	dst.db.NoSync = true // one sync at the end is enough for a file that isn't in use yet
	if err = fill(dst); err == nil {
		err = s.finishNew(doing, dst)
	}
	return errors.Join(err, dst.Close())
}

// finishNew gives the new file the old one's permissions, and syncs it to disk.
func (s *Store) finishNew(doing string, dst *Store) error {
	info, err := os.Stat(s.path)
	if err == nil {
		err = os.Chmod(dst.path, info.Mode().Perm())
	}
	if err == nil {
		err = dst.db.Sync()
	}
	if err != nil {
		return fmt.Errorf("cache: %s: %w", doing, err)
	}
	return nil
}
