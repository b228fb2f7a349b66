package export

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// writeFile has a file written whole or not at all. What is there and is no
// regular file, a device say, is refused: it would be replaced by one.
func writeFile(path string, write func(io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w", path, errNotRegular)
	}
	partial := path + ".partial" // so that the name never stands for half a file
	f, err := os.Create(partial)
	if err != nil {
		return err
	}
	defer os.Remove(partial)
	w := bufio.NewWriterSize(f, 1<<20)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(partial, path)
}

var errNotRegular = errors.New("not a regular file: give the name of one to write")
