package head

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"unicode/utf8"

	"featurecache/cache/durable"
)

// The metadata keys that this package reserves.
const (
	metaClasses = "classes"
	metaFormat  = "format"
)

// param is one tensor of the file.
type param struct {
	name  string
	shape []int
	data  []float32
}

// tensors returns the head's tensors in the file's order, which is by name.
func (h *Head) tensors() []param {
	c := len(h.Bias)
	if h.Hidden == nil {
		return []param{
			{"fc.bias", []int{c}, h.Bias},
			{"fc.weight", []int{c, h.In}, h.Weight},
		}
	}
	u := len(h.Hidden.Bias)
	return []param{
		{"fc.0.bias", []int{u}, h.Hidden.Bias},
		{"fc.0.weight", []int{u, h.In}, h.Hidden.Weight},
		{"fc.2.bias", []int{c}, h.Bias},
		{"fc.2.weight", []int{c, u}, h.Weight},
	}
}

// entry is a tensor in the JSON header.
type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"` // from the end of the header
}

// Write writes the head's file. The same head gives the same bytes. It fails when the
// number of Classes differs from that of the biases, when Meta has a key that this
// package reserves, or when a string is not UTF-8.
func (h *Head) Write(w io.Writer) error {
	b, err := h.encode()
	if err == nil {
		_, err = w.Write(b)
	}
	if err != nil {
		return fmt.Errorf("head: write: %w", err)
	}
	return nil
}

// Save writes the head's file to path. Even if the machine stops meanwhile, path holds
// either the whole file or its former content. (On Windows, where renaming is not
// atomic, it may be cut short.)
func (h *Head) Save(path string) error {
	b, err := h.encode()
	if err == nil {
		err = durable.WriteBytes(path, b)
	}
	if err != nil {
		return fmt.Errorf("head: save: %w", err)
	}
	return nil
}

func (h *Head) encode() ([]byte, error) {
	if len(h.Classes) != len(h.Bias) {
		return nil, fmt.Errorf("%d class names for %d classes", len(h.Classes), len(h.Bias))
	}
	for _, name := range h.Classes {
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("class name %q is not UTF-8", name)
		}
	}
	meta := make(map[string]string, len(h.Meta)+2)
	for k, v := range h.Meta {
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			return nil, fmt.Errorf("metadata %q: %q is not UTF-8", k, v)
		}
		if k == metaClasses || k == metaFormat {
			return nil, fmt.Errorf("metadata key %q is reserved", k)
		}
		meta[k] = v
	}
	classes, err := json.Marshal(h.Classes)
	if err != nil {
		return nil, fmt.Errorf("class names: %w", err)
	}
	meta[metaClasses], meta[metaFormat] = string(classes), "pt"
	header := map[string]any{"__metadata__": meta}
	var size int
	for _, t := range h.tensors() {
		n := 4 * len(t.data)
		header[t.name] = entry{DType: "F32", Shape: t.shape, Offsets: [2]int{size, size + n}}
		size += n
	}
	js, err := json.Marshal(header) // sorts the keys
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	// Tensors begin at a multiple of eight bytes, so that they can be mapped.
	js = append(js, bytes.Repeat([]byte(" "), -len(js)&7)...)
	if len(js) > maxHeader {
		return nil, fmt.Errorf("metadata of %d bytes: want at most %d", len(js), maxHeader)
	}
	b := make([]byte, 0, 8+len(js)+size)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(js)))
	b = append(b, js...)
	for _, t := range h.tensors() {
		for _, v := range t.data {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	return b, nil
}
