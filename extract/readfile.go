package extract

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"featurecache/cache"
	"featurecache/extract/view"
)

// maxFile bounds what is read of one file. The largest picture that is decoded,
// stored without compression, has half as much.
const maxFile = 1 << 30

var errTooLong = fmt.Errorf("the file is larger than %d bytes: no image that is taken is", int64(maxFile))

// keepAtMost bounds, in bytes, the largest file whose memory a fileReader holds on to.
const keepAtMost = 32 << 20

// A fileReader reads and decodes files one after another into the same memory.
type fileReader struct {
	view.Decoder
	data []byte
}

// read is readFile; the bytes are valid until the next call.
func (f *fileReader) read(path string) ([]byte, fs.FileInfo, error) {
	data, info, err := readFile(path, f.data)
	if f.data = data; cap(data) > keepAtMost {
		f.data = nil
	}
	return data, info, err
}

// readFile reads a whole file into buf, grown as needed, and returns its bytes
// with the file's size and time. A file that changes meanwhile is an error: its
// bytes may be half of one picture and half of another.
func readFile(path string, buf []byte) ([]byte, fs.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	before, err := f.Stat()
	switch {
	case err != nil:
		return nil, nil, err
	case !before.Mode().IsRegular():
		return nil, nil, errors.New("not a regular file")
	case before.Size() > maxFile:
		return nil, nil, errTooLong
	}
	size := int(before.Size())
	buf = slices.Grow(buf[:0], size)[:size]
	if _, err := io.ReadFull(f, buf); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	after, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if before.Size() != after.Size() || !before.ModTime().Equal(after.ModTime()) {
		return nil, nil, errors.New("the file changed while it was read; the next run reads it again")
	}
	return buf, after, nil
}

// sameFile reports whether a file still has the size and time that a scan saw.
func sameFile(stamp cache.Stamp, info fs.FileInfo) bool {
	return stamp.Size == info.Size() && stamp.ModTimeNS == info.ModTime().UnixNano()
}

// reason is an error as one line for a list that names the file beside it.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
