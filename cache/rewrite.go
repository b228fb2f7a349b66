package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"featurecache/cache/durable"
)

// rewrite writes an open store anew, as fill fills the new one, and lets replace put
// that in the old one's place, under whose lock it stays until then. In the end the
// old one is closed. The new file lies beside it under its name with the extension.
func (s *Store) rewrite(doing string, fill func(dst *Store) error, replace func(temp, path string) error) (err error) {
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, s.Close())
		}
	}()
	// A link's target is replaced, not the link.
	path, err := filepath.EvalSymlinks(s.path)
	if err != nil {
		return fmt.Errorf("cache: %s: %w", doing, err)
	}
	temp := path + "." + doing
	if err := s.fillNew(doing, temp, fill); err != nil {
		_ = os.Remove(temp)
		return err
	}
	if runtime.GOOS == "windows" { // where an open file can't be replaced
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

// fillNew makes a new store, and fills it.
func (s *Store) fillNew(doing, temp string, fill func(dst *Store) error) error {
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cache: %s: %w", doing, err) // one that a kill has left
	}
	dst, err := Open(temp, Options{})
	if err != nil {
		return err
	}
	dst.db.NoSync = true // once, at the end, is enough for a file that nobody knows of
	if err = fill(dst); err == nil {
		err = s.sameMode(doing, dst)
	}
	return errors.Join(err, dst.Close())
}

// sameMode makes the new file as readable as the old one, and writes it to disk.
func (s *Store) sameMode(doing string, dst *Store) error {
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
