package head

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"syscall"
)

// errFormat is wrapped by the errors of [Load] and [Read] about a file that is no
// head's, or is damaged.
var errFormat = errors.New("not a safetensors file that fit wrote")

const (
	maxHeader = 16 << 20 // bytes of JSON
	maxFile   = 1 << 30  // bytes in all: 500 000 classes on 512 features
)

// Load reads a file that [Head.Save] wrote. It refuses anything but a regular file: a
// pipe might block for ever. Errors wrap the file system's, such as [os.ErrNotExist].
func Load(path string) (*Head, error) {
	// Without O_NONBLOCK, opening a pipe would wait for a writer. Regular files and
	// Windows ignore it.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("head: load: %w", err)
	}
	defer f.Close()
	h, err := readRegular(f)
	if err != nil {
		return nil, fmt.Errorf("head: load %s: %w", path, err)
	}
	return h, nil
}

func readRegular(f *os.File) (*Head, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: not a regular file", errFormat)
	}
	return Read(f)
}

// Read reads what [Head.Write] wrote, to the end of r. It accepts only heads: the two
// or four tensors that the package doc names, in those shapes, float32, finite, and
// without gaps between them. It refuses more than 1 GiB.
func Read(r io.Reader) (*Head, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	h, err := decode(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errFormat, err)
	}
	return h, nil
}

func decode(b []byte) (*Head, error) {
	if len(b) > maxFile {
		return nil, fmt.Errorf("longer than %d bytes", maxFile)
	}
	if len(b) < 8 {
		return nil, fmt.Errorf("%d bytes: too short", len(b))
	}
	n := binary.LittleEndian.Uint64(b)
	if n > maxHeader || n > uint64(len(b)-8) {
		return nil, fmt.Errorf("its header of %d bytes is longer than the file or than %d", n, maxHeader)
	}
	header, err := object(b[8 : 8+n])
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	meta, err := metadata(header["__metadata__"])
	if err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	delete(header, "__metadata__")
	h := &Head{Meta: meta}
	if err := json.Unmarshal([]byte(meta[metaClasses]), &h.Classes); err != nil {
		return nil, fmt.Errorf("metadata: %s: %w", metaClasses, err)
	}
	delete(meta, metaClasses)
	delete(meta, metaFormat)
	return h, h.fill(header, b[8+n:])
}

// fill sets the weights from the header's entries and the bytes behind it.
func (h *Head) fill(header map[string]json.RawMessage, data []byte) error {
	want := []param{{name: "fc.bias"}, {name: "fc.weight"}}
	if _, ok := header["fc.0.weight"]; ok {
		want = []param{{name: "fc.0.bias"}, {name: "fc.0.weight"}, {name: "fc.2.bias"}, {name: "fc.2.weight"}}
	}
	if len(header) != len(want) {
		return fmt.Errorf("%d tensors: want %d", len(header), len(want))
	}
	var spans [][2]int
	for i := range want {
		t := &want[i]
		raw, ok := header[t.name]
		if !ok {
			return fmt.Errorf("no tensor %s", t.name)
		}
		span, err := t.read(raw, data)
		if err != nil {
			return fmt.Errorf("tensor %s: %w", t.name, err)
		}
		spans = append(spans, span)
	}
	slices.SortFunc(spans, func(a, b [2]int) int { return a[0] - b[0] })
	end := 0
	for _, s := range spans {
		if s[0] != end {
			return fmt.Errorf("a gap or an overlap at byte %d of the data", min(s[0], end))
		}
		end = s[1]
	}
	if end != len(data) {
		return fmt.Errorf("%d bytes of data behind the tensors", len(data)-end)
	}
	for len(want) > 0 {
		bias, weight := want[0], want[1]
		if len(bias.shape) != 1 || len(weight.shape) != 2 || bias.shape[0] != weight.shape[0] {
			return fmt.Errorf("tensors %s %v and %s %v make no layer", weight.name, weight.shape, bias.name, bias.shape)
		}
		if h.In == 0 {
			h.In = weight.shape[1]
		} else if len(h.Hidden.Bias) != weight.shape[1] {
			return fmt.Errorf("tensor %s %v: want %d columns", weight.name, weight.shape, len(h.Hidden.Bias))
		}
		if len(want) == 4 {
			h.Hidden = &Hidden{Weight: weight.data, Bias: bias.data}
		} else {
			h.Weight, h.Bias = weight.data, bias.data
		}
		want = want[2:]
	}
	if len(h.Classes) != len(h.Bias) {
		return fmt.Errorf("%d class names for %d classes", len(h.Classes), len(h.Bias))
	}
	return nil
}

// read sets shape and data from a header's entry, and returns the tensor's first and
// last offset in data.
func (t *param) read(raw json.RawMessage, data []byte) (span [2]int, err error) {
	fields, err := object(raw)
	if err != nil {
		return span, err
	}
	// By hand, because json.Unmarshal takes a field's name in any case.
	var e entry
	for name, ptr := range map[string]any{"dtype": &e.DType, "shape": &e.Shape, "data_offsets": &e.Offsets} {
		if err := json.Unmarshal(fields[name], ptr); err != nil {
			return span, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(fields) != 3 || e.DType != "F32" {
		return span, fmt.Errorf("dtype %q and %d fields: want F32 and 3", e.DType, len(fields))
	}
	size := 4
	for _, n := range e.Shape {
		if n < 1 || n > len(data)/size {
			return span, fmt.Errorf("shape %v does not fit %d bytes", e.Shape, len(data))
		}
		size *= n
	}
	from, to := e.Offsets[0], e.Offsets[1]
	if from < 0 || to > len(data) || to-from != size {
		return span, fmt.Errorf("shape %v at bytes %d to %d of %d", e.Shape, from, to, len(data))
	}
	t.shape, t.data = e.Shape, make([]float32, size/4)
	for i := range t.data {
		t.data[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[from+4*i:]))
	}
	if i := firstNonFinite(t.data); i >= 0 {
		return span, fmt.Errorf("number %d is %v", i, t.data[i])
	}
	return e.Offsets, nil
}

// metadata reads an object of strings.
func metadata(raw json.RawMessage) (map[string]string, error) {
	fields, err := object(raw)
	if err != nil {
		return nil, err
	}
	meta := make(map[string]string, len(fields))
	for k, v := range fields {
		var s *string
		if err := json.Unmarshal(v, &s); err != nil || s == nil {
			return nil, fmt.Errorf("%q is no string", k)
		}
		meta[k] = *s
	}
	return meta, nil
}

// object reads one JSON object and nothing after it. Unlike json.Unmarshal into
// a map it refuses a key that occurs twice: readers differ on which one counts.
func object(raw []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("no JSON object")
	}
	fields := make(map[string]json.RawMessage)
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, fmt.Errorf("key %v is no string", key)
		}
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("key %q occurs twice", name)
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
		fields[name] = v
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return fields, nil
}
