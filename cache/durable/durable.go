// Package durable writes files so that a crash leaves the old file or the new one, never
// a part.
//
// [WriteFile] puts a file in place in one step, after its content is on disk.
// [SyncFolder] then makes its name survive a power cut too.
package durable

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// WriteFile writes a file completely or not at all. It calls write to fill a file beside
// it, with the same name plus ".partial-" and a number, and renames that to path when its
// content is on disk. Partial files that a killed process left are removed. The permissions
// are those of the file that is replaced, or 0644 before umask. If path exists and is not
// a regular file, such as a device, WriteFile fails, because it would be replaced. If
// path is a symbolic link, the link itself is replaced, not its target.
func WriteFile(path string, write func(io.Writer) error) (err error) {
	old, statErr := os.Stat(path)
	if statErr == nil && !old.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file: give the name of one to write", path)
	}
	removeAbandoned(path)
	f, err := createPartial(path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if statErr == nil {
		err = f.Chmod(old.Mode().Perm())
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err == nil {
		err = write(w)
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// createPartial creates a file to write path's content to. The number in its name is for
// processes that write path at the same time; the lock tells the others that it is in use.
func createPartial(path string) (*os.File, error) {
	f, err := os.OpenFile(fmt.Sprintf("%s%s%d", path, partial, rand.Uint32()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: path, Err: errors.Unwrap(err)} // without the number
	}
	lock(f) // if it fails, the file may be left after a kill, as without locks
	return f, nil
}

// removeAbandoned removes the partial files of path whose writers have been killed: those
// that are not locked, and older than the moment between creating and locking one. Errors
// are ignored, because the files are only in the way.
func removeAbandoned(path string) {
	const moment = time.Minute
	dir, name := filepath.Split(path)
	entries, _ := os.ReadDir(cmp.Or(dir, "."))
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), name+partial) {
			continue
		}
		f, err := os.Open(dir + e.Name())
		if err != nil {
			continue
		}
		if info, err := f.Stat(); err == nil && time.Since(info.ModTime()) > moment && lock(f) {
			_ = os.Remove(f.Name())
		}
		_ = f.Close()
	}
}

// partial comes between the name of a file and a number, in the name of its partial file.
const partial = ".partial-"

// WriteBytes is [WriteFile] for content in memory.
func WriteBytes(path string, content []byte) error {
	return WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}
