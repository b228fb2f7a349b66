// Package durable writes files that are whole whenever they are there.
//
// [WriteFile] puts a file in place in one step, after its content is on disk.
// [SyncFolder] then makes its name last too.
package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
)

// WriteFile has a file written whole or not at all: write fills a file beside it, of
// the same name with ".partial-" and a number, which takes its place when its content
// is on disk. The permissions are 0644, less the umask. Anything at path that is not a
// regular file, such as a device, is an error, for it would be replaced. A link is
// replaced itself.
func WriteFile(path string, write func(io.Writer) error) (err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file: give the name of one to write", path)
	}
	// The number keeps two processes that write one file apart.
	f, err := os.OpenFile(fmt.Sprintf("%s.partial-%d", path, rand.Uint32()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
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

// WriteBytes is [WriteFile] for content that is in memory.
func WriteBytes(path string, content []byte) error {
	return WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}
