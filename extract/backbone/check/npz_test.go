package check

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// npzOf writes an archive with one member, whatever bytes it holds.
func npzOf(tb testing.TB, member string, data []byte) string {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(member)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	path := filepath.Join(tb.TempDir(), "a.npz")
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

func npyOf(header string, elements ...byte) []byte {
	return append([]byte("\x93NUMPY\x01\x00"+string([]byte{byte(len(header)), byte(len(header) >> 8)})+header), elements...)
}

func readFloats(path, name string) (shape []int, values []float32, err error) {
	f, err := openArchive(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.close()
	a, err := f.open(name)
	if err != nil {
		return nil, nil, err
	}
	defer a.close()
	values = make([]float32, min(a.shape[0], 100)*min(a.rowLen(), 100))
	return a.shape, values, a.read(values)
}

func TestRead(t *testing.T) {
	float := []byte{0, 0, 0x80, 0x3f} // 1
	double := []byte{0, 0, 0, 0, 0, 0, 0, 0x40}
	cases := []struct {
		name, header string
		data         []byte
		want         []float32
		err          string
	}{
		{"float32", "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }\n", float, []float32{1}, ""},
		{"float64, other order and quotes", `{"shape": (1,1), "fortran_order":False, "descr": "<f8"}`, double, []float32{2}, ""},
		{"short data", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }\n", float, nil, "unexpected EOF"},
		{"integers", "{'descr': '<i8', 'fortran_order': False, 'shape': (1, 1), }\n", double, nil, "float32"},
		{"Fortran", "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }\n", float, nil, "Fortran"},
		{"vector", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", float, []float32{1}, ""},
		{"scalar", "{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", float, nil, "absurd"},
		{"negative", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 1), }\n", float, nil, "absurd"},
		{"overflow", "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n", float, nil, "absurd"},
		{"overflow behind a zero", "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4294967296, 4294967296), }\n", float, nil, "absurd"},
		{"claims much", "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }\n", float, nil, "unexpected EOF"},
		{"no dictionary", "\n", float, nil, "plain array"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, got, err := readFloats(npzOf(t, "x.npy", npyOf(c.header, c.data...)), "x")
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("error %v, want one about %q", err, c.err)
				}
				return
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Fatalf("%v, %v; want %v", got, err, c.want)
			}
		})
	}
	if _, _, err := readFloats(npzOf(t, "y.npy", nil), "x"); !errors.Is(err, errNoArray) {
		t.Errorf("missing array: %v", err)
	}
}

// FuzzRead feeds the reader an array of any bytes: it must not panic, and reads
// no more than there is.
func FuzzRead(f *testing.F) {
	f.Add(npyOf("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }\n", 0, 0, 0, 0))
	f.Add(npyOf("{'descr': '<f8', 'fortran_order': False, 'shape': (9, 9), }\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a := &array{src: bufio.NewReader(bytes.NewReader(data))}
		if a.readHeader() != nil || len(a.shape) < 2 {
			return
		}
		if n := a.rowLen(); n < 0 {
			t.Fatalf("a row of %d elements in %v", n, a.shape)
		}
		if err := a.read(make([]float32, len(data))); err == nil && len(data) > 0 {
			t.Fatal("read more elements than there are bytes")
		}
	})
}
