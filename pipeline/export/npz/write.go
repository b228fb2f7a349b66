// Package npz writes NumPy's .npz archives array by array, each as a stream, so that
// a matrix need not be in memory as a whole: start with [NewWriter]. npyio's
// writer takes whole arrays.
package npz

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// Writer writes an archive: a zip file with one .npy member per array, each in
// format version 1.0 as numpy.lib.format describes it.
type Writer struct{ zip *zip.Writer }

// NewWriter returns a Writer to w. The caller closes it.
func NewWriter(w io.Writer) *Writer { return &Writer{zip.NewWriter(w)} }

// Close writes the archive's directory. It does not close what is written to.
func (w *Writer) Close() error { return w.zip.Close() }

// Floats begins a float32 array of a shape, not compressed because features hardly
// shrink. Its elements are written to the result in row-major order, as
// [AppendFloats] encodes them, before anything else is.
func (w *Writer) Floats(name string, shape ...int) (io.Writer, error) {
	return w.array(name, "<f4", zip.Store, shape...)
}

// array begins the member name with NumPy's type descr ("<f4", "<i8", "<U7") and shape.
func (w *Writer) array(name, descr string, method uint16, shape ...int) (io.Writer, error) {
	member, err := w.zip.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: method})
	if err != nil {
		return nil, err
	}
	dims := make([]string, len(shape))
	for i, n := range shape {
		dims[i] = fmt.Sprint(n)
	}
	tuple := strings.Join(dims, ", ")
	if len(shape) == 1 {
		tuple += ","
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, tuple)
	// Magic, version, length and header end on a multiple of 64 bytes, with a newline.
	const preamble = 10
	header += strings.Repeat(" ", 63-(preamble+len(header))%64) + "\n"
	var buf bytes.Buffer
	buf.WriteString("\x93NUMPY\x01\x00")
	_ = binary.Write(&buf, binary.LittleEndian, uint16(len(header)))
	buf.WriteString(header)
	_, err = member.Write(buf.Bytes())
	return member, err
}

// Int32s writes a one-dimensional array of n integers.
func (w *Writer) Int32s(name string, n int, at func(i int) int32) error {
	return w.ints(name, "<i4", n, func(i int) int64 { return int64(at(i)) })
}

// Int64s writes a one-dimensional array of n integers.
func (w *Writer) Int64s(name string, n int, at func(i int) int64) error {
	return w.ints(name, "<i8", n, at)
}

func (w *Writer) ints(name, descr string, n int, at func(i int) int64) error {
	dst, err := w.array(name, descr, zip.Deflate, n)
	if err != nil {
		return err
	}
	var buf []byte
	for i := range n {
		if descr == "<i8" {
			buf = binary.LittleEndian.AppendUint64(buf, uint64(at(i)))
		} else {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(at(i)))
		}
		if len(buf) >= 1<<16 || i == n-1 {
			if _, err := dst.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	return nil
}

// Strings writes a one-dimensional array of NumPy's fixed-width unicode type.
// Bytes that are not UTF-8 become the code points U+DC80…U+DCFF, as Python's
// os.fsdecode makes them, so that os.fsencode gives the file name back.
func (w *Writer) Strings(name string, n int, at func(i int) string) error {
	width := 1
	for i := range n {
		width = max(width, utf8.RuneCountInString(at(i)))
	}
	dst, err := w.array(name, fmt.Sprintf("<U%d", width), zip.Deflate, n)
	if err != nil {
		return err
	}
	row := make([]byte, 4*width)
	for i := range n {
		clear(row)
		s, pos := at(i), 0
		for len(s) > 0 {
			r, size := utf8.DecodeRuneInString(s)
			if r == utf8.RuneError && size == 1 {
				r = 0xDC00 + rune(s[0])
			}
			binary.LittleEndian.PutUint32(row[pos:], uint32(r))
			s, pos = s[size:], pos+4
		}
		if _, err := dst.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// AppendFloats appends the little-endian bytes of x to dst.
func AppendFloats(dst []byte, x []float32) []byte {
	for _, v := range x {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
	}
	return dst
}
