package pipeline

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

// fromList is the name that stands for the paths on the list.
const fromList = "-"

// maxPath bounds a path on the list; no system takes longer ones.
const maxPath = 1 << 16

var errNoImage = errors.New("no image in this folder")

// pathSource yields the files that are named, and those on a list, as they come.
type pathSource struct {
	names []string
	list  io.Reader
	null  bool
	err   error // why the list can't be read to its end
}

// paths yields files; folders are replaced by the image files in them and below,
// in the order of their names. What can't be searched comes with the reason.
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

// listed yields what is on the list, and reports whether to go on.
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
				err = fmt.Errorf("a path has more than %d bytes: is its separator the other one (--null)?", maxPath)
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

// expand yields name, or if it is a folder the images in it, and reports whether
// to go on.
func expand(name string, yield func(string, error) bool) bool {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return yield(name, nil) // what can't be read is said when it is read
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

// errStop ends a walk that nobody listens to any more.
var errStop = errors.New("stop")
