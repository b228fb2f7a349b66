package predict

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"featurecache/cache/folder"
	"featurecache/extract/imagefolder"
)

// fromList is the argument that stands for the paths on the list.
const fromList = "-"

// maxPath bounds the bytes of a path on the list; no system accepts longer ones.
const maxPath = 1 << 16

var errNoImage = errors.New("no image in this folder")

// pathSource yields the named files, and those on a list as it is read.
type pathSource struct {
	names []string
	list  io.Reader
	null  bool
	err   error // why the list could not be read to the end
}

// paths yields files. In place of a folder it yields the image files in it and below, in
// the order of their names; a folder that can't be read is yielded with the error.
func (s *pathSource) paths(yield func(string, error) bool) {
	for _, name := range s.names {
		next := func() bool { return expand(name, yield) }
		if name == fromList {
			next = func() bool { return s.listed(yield) }
		}
		if !next() {
			return
		}
	}
}

// listed yields the files on the list, and reports whether to continue.
func (s *pathSource) listed(yield func(string, error) bool) bool {
	separator := byte('\n')
	if s.null {
		separator = 0
	}
	r := bufio.NewReaderSize(s.list, maxPath)
	for {
		path, err := r.ReadSlice(separator)
		if err != nil && !errors.Is(err, io.EOF) {
			if errors.Is(err, bufio.ErrBufferFull) {
				err = fmt.Errorf("a path is longer than %d bytes; does the list need --null, or not have it?", maxPath)
			}
			s.err = fmt.Errorf("read the list of paths: %w", err)
			return false
		}
		path = bytes.TrimSuffix(path, []byte{separator})
		if !s.null {
			path = bytes.TrimSuffix(path, []byte{'\r'})
		}
		if len(path) > 0 && !expand(string(path), yield) {
			return false
		}
		if err != nil {
			return true
		}
	}
}

// expand yields name or, if it is a folder, the images in it. It reports whether to
// continue.
func expand(name string, yield func(string, error) bool) bool {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return yield(name, nil) // reading it will report the error
	}
	found := false
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			found = true
			if !yield(path, folder.Cause(err)) {
				return errStop
			}
		case !entry.IsDir() && imagefolder.IsImage(path):
			found = true
			if !yield(path, nil) {
				return errStop
			}
		}
		return nil
	})
	if err != nil {
		return false
	}
	return found || yield(name, errNoImage)
}

// errStop ends a walk when the consumer wants no more.
var errStop = errors.New("stop")
