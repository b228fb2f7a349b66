package pipeline

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

// npzWriter writes a NumPy .npz archive: a zip file with one .npy member an
// array, each in format version 1.0 as numpy.lib.format describes it. Arrays
// are streamed, so that a matrix need not be in memory as a whole.
type npzWriter struct{ zip *zip.Writer }

func newNpzWriter(w io.Writer) *npzWriter { return &npzWriter{zip.NewWriter(w)} }

func (w *npzWriter) Close() error { return w.zip.Close() }

// array begins the member name with NumPy's type descr ("<f4", "<i8", "<U7")
// and shape; its elements, little-endian and row-major, are written to the result.
func (w *npzWriter) array(name, descr string, method uint16, shape ...int) (io.Writer, error) {
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

// ints writes a one-dimensional array of integers: descr "<i8" or "<i4".
func (w *npzWriter) ints(name, descr string, n int, at func(i int) int64) error {
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

// strings writes a one-dimensional array of NumPy's fixed-width unicode type.
// Bytes that are not UTF-8 become the code points U+DC80…U+DCFF, as Python's
// os.fsdecode makes them, so that os.fsencode gives the file name back.
func (w *npzWriter) strings(name string, n int, at func(i int) string) error {
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

// appendFloats appends the little-endian bytes of x to dst.
func appendFloats(dst []byte, x []float32) []byte {
	for _, v := range x {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
	}
	return dst
}
