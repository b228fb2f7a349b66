package extract

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"featurecache/cache/folder"
	"featurecache/extract/view"
)

// maxFile is the size of the largest file that is read. The largest image that is decoded
// takes half of it without compression.
const maxFile = 1 << 30

// attempts is how often readFile tries to read a file that changes meanwhile.
const attempts = 3

var (
	errTooLong    = fmt.Errorf("the file is larger than %d bytes: no image that is taken is", int64(maxFile))
	errNotRegular = errors.New("not a regular file")
	errChanging   = errors.New("the file changed while it was read; the next run reads it again")
)

// keepAtMost is the largest buffer, in bytes, that a fileReader keeps for the next file.
const keepAtMost = 32 << 20

// A fileReader reads and decodes files one after another, reusing its buffers.
type fileReader struct {
	view.Decoder
	data []byte
}

// read is [readFile] into the reader's buffer. The bytes are valid until the next call.
func (f *fileReader) read(path string) ([]byte, folder.Stamp, error) {
	data, stamp, err := readFile(path, f.data)
	if f.data = data; cap(data) > keepAtMost {
		f.data = nil
	}
	return data, stamp, err
}

// ReadImage decodes an image file that a scan of the folder root found. It fails if the
// file has changed since.
func ReadImage(root string, img *folder.Image, opt view.DecodeOptions) (*view.Image, error) {
	var files fileReader
	return files.unchanged(root, img.Path, img.Content, opt)
}

// unchanged decodes the file at path, relative to root, if it still has the content.
func (f *fileReader) unchanged(root, path string, content folder.Content, opt view.DecodeOptions) (*view.Image, error) {
	data, _, err := f.read(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, folder.Cause(err))
	}
	if sha256.Sum256(data) != content {
		return nil, fmt.Errorf("%s: the file has changed since the last extract", path)
	}
	picture, err := f.Decode(data, opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return picture, nil
}

// A fileState tells whether a file has changed.
type fileState struct {
	stamp   folder.Stamp
	changed int64 // ctime in nanoseconds, which unlike the stamp's time can't be set; 0 where there is none
	regular bool
}

// readFile reads a whole file into buf, grown as needed, and returns its bytes and the
// stamp that the file had. It fails if the file keeps changing meanwhile: its bytes may be
// half of one image and half of another.
func readFile(path string, buf []byte) (data []byte, stamp folder.Stamp, err error) {
	for range attempts {
		if data, stamp, err = readOnce(path, buf); !errors.Is(err, errChanging) {
			break
		}
	}
	return data, stamp, err
}

func readOnce(path string, buf []byte) ([]byte, folder.Stamp, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil, folder.Stamp{}, err
	}
	defer f.Close()
	before, err := stateOf(f)
	switch {
	case err != nil:
		return nil, folder.Stamp{}, err
	case !before.regular:
		return nil, folder.Stamp{}, errNotRegular
	case before.stamp.Size > maxFile:
		return nil, folder.Stamp{}, errTooLong
	}
	size := int(before.stamp.Size)
	buf = slices.Grow(buf[:0], size)[:size]
	return readWhole(f, buf, before)
}

// readWhole fills buf from a file, and fails if its state is no longer before.
func readWhole(f *os.File, buf []byte, before fileState) ([]byte, folder.Stamp, error) {
	switch _, err := io.ReadFull(f, buf); {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, folder.Stamp{}, errChanging // truncated: buf ends with another file's bytes
	case err != nil:
		return nil, folder.Stamp{}, err
	}
	after, err := stateOf(f)
	if err != nil {
		return nil, folder.Stamp{}, err
	}
	if after != before {
		return nil, folder.Stamp{}, errChanging
	}
	return buf, after.stamp, nil
}

// sameFile reports whether the file that was read is the one that the scan saw.
func sameFile(scanned, read folder.Stamp) bool { return scanned == read }

// reason formats an error as one line, for a list that also names the file.
func reason(err error) string {
	return strings.Join(strings.Fields(folder.Cause(err).Error()), " ")
}
