// Package durable writes files so that a crash leaves the old file or the new one, never
// a part.
//
// [WriteFile] puts a file in place in one step, after its content is on disk.
// [SyncFolder] then makes its name survive a power cut too.
package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
)

// WriteFile writes a file completely or not at all. It calls write to fill a file beside
// it, with the same name plus ".partial-" and a number, and renames that to path when its
// content is on disk. The permissions are 0644 before umask. If path exists and is not
// a regular file, such as a device, WriteFile fails, because it would be replaced. If
// path is a symbolic link, the link itself is replaced, not its target.
func WriteFile(path string, write func(io.Writer) error) (err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file: give the name of one to write", path)
	}
	// The number is for two processes that write the same file at once.
	f, err := os.OpenFile(fmt.Sprintf("%s.partial-%d", path, rand.Uint32()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return &fs.PathError{Op: "create", Path: path, Err: errors.Unwrap(err)} // without the number
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err = write(w); err == nil {
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

// WriteBytes is [WriteFile] for content in memory.
func WriteBytes(path string, content []byte) error {
	return WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}
