package check

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// archive is an .npz file that is open for reading. The sizes that its arrays'
// headers claim cost no memory.
type archive struct {
	path string
	zip  *zip.ReadCloser
}

// openArchive opens an archive. The caller closes it.
func openArchive(path string) (*archive, error) {
	// Opening a pipe waits for a writer, and an archive is read from its end.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file: make it with numpy.savez", path)
	}
	z, err := zip.OpenReader(path)
	switch {
	case errors.Is(err, zip.ErrFormat):
		return nil, fmt.Errorf("%s is not an .npz file: make it with numpy.savez", path)
	case err != nil:
		return nil, err
	}
	return &archive{path, z}, nil
}

func (f *archive) close() error { return f.zip.Close() }

// errNoArray is returned when an archive has no array of the given name.
var errNoArray = errors.New("there is no such array")

// array is an array of floats that is read in order, as a stream.
type array struct {
	shape []int

	file, name string
	decode     func(b []byte) float32
	size       int // bytes of an element
	src        *bufio.Reader
	member     io.ReadCloser
	buf        []byte
}

// open starts to read an array of float32 or float64. The caller closes it.
func (f *archive) open(name string) (*array, error) {
	at := slices.IndexFunc(f.zip.File, func(m *zip.File) bool { return m.Name == name+".npy" })
	if at < 0 {
		return nil, fmt.Errorf("%s: %s: %w", f.path, name, errNoArray)
	}
	member, err := f.zip.File[at].Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", f.path, name, err)
	}
	a := &array{file: f.path, name: name, member: member, src: bufio.NewReaderSize(member, 1<<16)}
	if err := a.readHeader(); err != nil {
		_ = member.Close()
		return nil, fmt.Errorf("%s: %s: %w", f.path, name, err)
	}
	return a, nil
}

func (a *array) close() error { return a.member.Close() }

var (
	npyDescr   = regexp.MustCompile(`['"]descr['"]\s*:\s*['"]([^'"]*)['"]`)
	npyFortran = regexp.MustCompile(`['"]fortran_order['"]\s*:\s*(True|False)`)
	npyShape   = regexp.MustCompile(`['"]shape['"]\s*:\s*\(([^)]*)\)`)
)

// readHeader reads what numpy.lib.format describes: magic, version, length and a
// Python dictionary.
func (a *array) readHeader() error {
	var fixed [8]byte
	if _, err := io.ReadFull(a.src, fixed[:]); err != nil {
		return noEOF(err)
	}
	if string(fixed[:6]) != "\x93NUMPY" {
		return errors.New("it is not a NumPy array")
	}
	length := make([]byte, 2)
	if fixed[6] > 1 {
		length = make([]byte, 4)
	}
	if _, err := io.ReadFull(a.src, length); err != nil {
		return noEOF(err)
	}
	const limit = 1 << 16 // far above any array's
	n := uint32(binary.LittleEndian.Uint16(length))
	if len(length) == 4 {
		n = binary.LittleEndian.Uint32(length)
	}
	if n > limit {
		return errors.New("its header is absurdly long")
	}
	header := make([]byte, n)
	if _, err := io.ReadFull(a.src, header); err != nil {
		return noEOF(err)
	}
	descr, fortran, shape := npyDescr.FindSubmatch(header), npyFortran.FindSubmatch(header), npyShape.FindSubmatch(header)
	if descr == nil || fortran == nil || shape == nil {
		return errors.New("its header is not one of a plain array")
	}
	if string(fortran[1]) == "True" {
		return errors.New("it is in Fortran order: save numpy.ascontiguousarray of it")
	}
	if err := a.setType(string(descr[1])); err != nil {
		return err
	}
	return a.setShape(string(shape[1]))
}

func (a *array) setType(descr string) error {
	switch descr {
	case "<f4":
		a.size, a.decode = 4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
	case "<f8":
		a.size, a.decode = 8, func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) }
	default:
		return fmt.Errorf("its elements are of type %q: save it as float32", descr)
	}
	return nil
}

func (a *array) setShape(tuple string) error {
	total := 1
	for word := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(tuple), ","), ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 0 || n > 0 && total > math.MaxInt64/16/n {
			return fmt.Errorf("its shape (%s) is absurd", tuple)
		}
		total *= max(n, 1)
		a.shape = append(a.shape, n)
	}
	return nil
}

// rowLen is the number of elements of a row: of all dimensions but the first.
func (a *array) rowLen() int {
	n := 1
	for _, d := range a.shape[min(1, len(a.shape)):] {
		n *= d
	}
	return n
}

// read fills dst with the next elements.
func (a *array) read(dst []float32) error {
	const chunk = 1 << 13
	if a.buf == nil {
		a.buf = make([]byte, chunk*a.size)
	}
	for len(dst) > 0 {
		n := min(len(dst), chunk)
		b := a.buf[:n*a.size]
		if _, err := io.ReadFull(a.src, b); err != nil {
			return fmt.Errorf("%s: %s: %w", a.file, a.name, noEOF(err))
		}
		for i := range dst[:n] {
			dst[i] = a.decode(b[i*a.size:])
		}
		dst = dst[n:]
	}
	return nil
}

// noEOF is err where the end of the file is not expected.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
