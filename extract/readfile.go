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

// maxFile bounds what is read of one file. The largest picture that is decoded,
// stored without compression, has half as much.
const maxFile = 1 << 30

// attempts is how often a file that changes while it is read is read again.
const attempts = 3

var (
	errTooLong    = fmt.Errorf("the file is larger than %d bytes: no image that is taken is", int64(maxFile))
	errNotRegular = errors.New("not a regular file")
	errChanging   = errors.New("the file changed while it was read; the next run reads it again")
)

// keepAtMost bounds, in bytes, the largest file whose memory a fileReader holds on to.
const keepAtMost = 32 << 20

// A fileReader reads and decodes files one after another into the same memory.
type fileReader struct {
	view.Decoder
	data []byte
}

// read is readFile; the bytes are valid until the next call.
func (f *fileReader) read(path string) ([]byte, folder.Stamp, error) {
	data, stamp, err := readFile(path, f.data)
	if f.data = data; cap(data) > keepAtMost {
		f.data = nil
	}
	return data, stamp, err
}

// ReadImage decodes an image file that a scan of the folder root found, or returns an
// error when the file has changed since.
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

// A fileState is what tells a file that has changed from one that has not.
type fileState struct {
	stamp   folder.Stamp
	changed int64 // the time of its last change, which unlike the stamp's nobody can set; 0 where there is none
	regular bool
}

// readFile reads a whole file into buf, grown as needed, and returns its bytes
// with the stamp of the file that they are from. A file that goes on changing
// meanwhile is an error: its bytes may be half of one picture and half of another.
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

// readWhole fills buf from a file that should be as it was before.
func readWhole(f *os.File, buf []byte, before fileState) ([]byte, folder.Stamp, error) {
	switch _, err := io.ReadFull(f, buf); {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, folder.Stamp{}, errChanging // cut short, and buf ends with another file's bytes
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

// sameFile reports whether a file is still the one that a scan saw.
func sameFile(scanned, read folder.Stamp) bool { return scanned == read }

// reason is an error as one line for a list that names the file beside it.
func reason(err error) string {
	return strings.Join(strings.Fields(folder.Cause(err).Error()), " ")
}
