package head

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample(hidden int) *Head {
	h := newHead(5, hidden, 3, 1)
	h.Classes = []string{"ants", "bees", "größer \"x\"\n"}
	h.Meta = map[string]string{"backbone": "abc", "": "empty key"}
	return h
}

func encoded(tb testing.TB, h *Head) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := h.Write(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestSaveLoad(t *testing.T) {
	for _, hidden := range []int{0, 4} {
		h := sample(hidden)
		path := filepath.Join(t.TempDir(), "head.safetensors")
		if err := h.Save(path); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(h, got); d != "" {
			t.Errorf("hidden %d: %s", hidden, d)
		}
		onDisk, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(onDisk, encoded(t, got)) {
			t.Errorf("hidden %d: the bytes changed on the way", hidden)
		}
		if n := binary.LittleEndian.Uint64(onDisk); n%8 != 0 {
			t.Errorf("hidden %d: a header of %d bytes leaves the tensors unaligned", hidden, n)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	h := sample(0)
	h.Classes = h.Classes[:2]
	if err := h.Write(&bytes.Buffer{}); err == nil {
		t.Error("two names for three classes were written")
	}
	h = sample(0)
	h.Meta["classes"] = "mine"
	if err := h.Write(&bytes.Buffer{}); err == nil {
		t.Error("a reserved key was written")
	}
	h = sample(0)
	h.Classes[1] = "caf\xe9"
	if err := h.Write(&bytes.Buffer{}); err == nil {
		t.Error("a name that would come back changed was written")
	}
}

// file joins a header and n bytes of data.
func file(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

func TestReadRefuses(t *testing.T) {
	const (
		meta   = `"__metadata__":{"classes":"[\"a\",\"b\"]"}`
		bias   = `"fc.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
		weight = `"fc.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]}`
	)
	good := "{" + meta + "," + bias + "," + weight + "}"
	if _, err := Read(bytes.NewReader(file(good, 32))); err != nil {
		t.Fatalf("the plain file is refused: %v", err)
	}
	nan := file(good, 32)
	binary.LittleEndian.PutUint32(nan[len(nan)-4:], 0x7fc00000)
	replaced := func(from, to string) []byte {
		if !strings.Contains(good, from) {
			t.Fatalf("%s is not in the header", from)
		}
		return file(strings.Replace(good, from, to, 1), 32)
	}
	for name, b := range map[string][]byte{
		"empty":             nil,
		"seven bytes":       make([]byte, 7),
		"header too long":   file(good, 32)[:20],
		"header enormous":   bytes.Repeat([]byte{0xff}, 64),
		"web page":          []byte("<!DOCTYPE html><html><body>not found</body></html>"),
		"not JSON":          file("{", 32),
		"no object":         file("[]", 32),
		"two objects":       file(good+good, 32),
		"no metadata":       file("{"+bias+","+weight+"}", 32),
		"metadata null":     replaced(meta, `"__metadata__":{"classes":null}`),
		"metadata twice":    replaced(meta, meta+","+meta),
		"key twice":         replaced(bias, bias+","+bias),
		"classes no array":  replaced(`"[\"a\",\"b\"]"`, `"a"`),
		"three classes":     replaced(`\"a\"`, `\"a\",\"c\"`),
		"no bias":           replaced("fc.bias", "fc.bios"),
		"one tensor more":   replaced(bias, bias+`,"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`),
		"half precision":    replaced("F32", "F16"),
		"unknown field":     replaced(`"dtype"`, `"x":1,"dtype"`),
		"case of a field":   replaced(`"dtype"`, `"DType"`),
		"no shape":          replaced(`"shape":[2],`, ``),
		"negative shape":    replaced("[2,3]", "[-2,-3]"),
		"huge shape":        replaced("[2,3]", "[4611686018427387905,4]"),
		"overflowing shape": replaced("[2,3]", "[2,99999999999999999999]"),
		"zero shape":        replaced("[2,3]", "[0,3]"),
		"three dimensions":  replaced("[2,3]", "[2,3,1]"),
		"rows differ":       replaced("[2,3]", "[3,2]"),
		"offsets swapped":   replaced("[8,32]", "[32,8]"),
		"negative offset":   replaced("[8,32]", "[-8,16]"),
		"overlap":           replaced("[8,32]", "[0,24]"),
		"beyond the end":    replaced("[8,32]", "[16,40]"),
		"data missing":      file(good, 31),
		"data left over":    file(good, 33),
		"NaN":               nan,
	} {
		t.Run(name, func(t *testing.T) {
			if h, err := Read(bytes.NewReader(b)); !errors.Is(err, errFormat) {
				t.Errorf("got %v, %v; want errFormat", h, err)
			}
		})
	}
}

func TestLoadAbsent(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// FuzzRead checks that whatever is accepted is a whole head, which survives
// writing and reading.
func FuzzRead(f *testing.F) {
	for _, hidden := range []int{0, 4} {
		b := encoded(f, sample(hidden))
		f.Add(b)
		f.Add(b[:len(b)-1])
		f.Add(b[:40])
	}
	f.Add(file(`{"__metadata__":{"classes":"[]"}}`, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		in := h.In
		if h.Hidden != nil {
			in = len(h.Hidden.Bias)
		}
		if len(h.Bias) < 1 || len(h.Weight) != len(h.Bias)*in || len(h.Classes) != len(h.Bias) {
			t.Fatalf("accepted a head that is none: %+v", h)
		}
		h.Logits(make([]float32, len(h.Bias)), make([]float32, h.In))
		again, err := Read(bytes.NewReader(encoded(t, h)))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(h, again); d != "" {
			t.Fatal(d)
		}
	})
}

func ExampleHead_Write() {
	h := &Head{Classes: []string{"ants", "bees"}, In: 2, Weight: []float32{1, 2, 3, 4}, Bias: []float32{5, 6}}
	var b bytes.Buffer
	if err := h.Write(&b); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.TrimSpace(string(b.Bytes()[8 : b.Len()-4*6])))
	// Output:
	// {"__metadata__":{"classes":"[\"ants\",\"bees\"]","format":"pt"},"fc.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"fc.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]}}
}
