package graph

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxRank bounds the number of dimensions; convolution weights have four.
const maxRank = 8

// tensor is a constant of the model. Its data stays encoded, a slice of the
// file, until a layer asks for it.
type tensor struct {
	name string
	typ  dataType
	dims []int64
	raw  []byte    // little-endian elements
	text []byte    // or a typed field's packed elements: varints, or little-endian floats
	ext  *external // or where raw is stored

	ints  []int64 // or elements that were computed while the graph was read
	reals []float32
}

// Field numbers of TensorProto.
const (
	tensorDim      = 1
	tensorType     = 2
	tensorSegment  = 3
	tensorFloats   = 4
	tensorInt32s   = 5
	tensorInt64s   = 7
	tensorName     = 8
	tensorRaw      = 9
	tensorDoubles  = 10
	tensorExternal = 13
	tensorLocation = 14
)

// parseTensor reads a TensorProto. It checks that the tensor has as many elements as its
// shape says, before anything is allocated by that shape.
func parseTensor(message []byte) (*tensor, error) {
	t := &tensor{}
	var pairs [][]byte
	isExternal, segmented := false, false
	err := eachField(message, func(f field) (err error) {
		switch f.id {
		case tensorDim:
			t.dims, err = appendInts(t.dims, f, maxRank)
		case tensorType:
			t.typ = dataType(f.num)
		case tensorSegment:
			segmented = true
		case tensorFloats, tensorInt32s, tensorInt64s, tensorDoubles:
			t.addText(f)
		case tensorName:
			t.name = string(f.bytes)
		case tensorRaw:
			t.raw = f.bytes
		case tensorExternal:
			pairs = append(pairs, f.bytes)
		case tensorLocation:
			isExternal = f.num == 1
		}
		return err
	})
	if err != nil {
		return nil, invalid("weight %q is damaged: download or export the model again (%w)", t.name, err)
	}
	if segmented {
		return nil, unsupported("weight %q is stored in segments: save the model again with a current onnx package", t.name)
	}
	if isExternal {
		t.raw, t.text = nil, nil
		if t.ext, err = parseExternal(t.name, pairs); err != nil {
			return nil, err
		}
	}
	return t, t.check()
}

// addText appends a typed field. Packed data, the usual case, isn't copied.
func (t *tensor) addText(f field) {
	switch {
	case f.typ == protowire.BytesType && t.text == nil:
		t.text = f.bytes[:len(f.bytes):len(f.bytes)]
	case f.typ == protowire.BytesType:
		t.text = append(t.text, f.bytes...)
	default:
		_, _, n := protowire.ConsumeTag(f.whole)
		t.text = append(t.text, f.whole[n:]...)
	}
}

// check compares the shape with the data.
func (t *tensor) check() error {
	want, ok := count(t.dims)
	if !ok {
		return invalid("weight %q has the absurd shape %v: the file is damaged, export it again", t.name, t.dims)
	}
	if t.typ.size() == 0 || t.ext != nil {
		return nil
	}
	got := int64(len(t.raw)) / t.typ.size()
	ragged := int64(len(t.raw))%t.typ.size() != 0
	if len(t.raw) == 0 {
		got, ragged = t.textLen()
	}
	if got != want || ragged {
		return invalid("weight %q of shape %v should have %d elements, but the file holds %d: it is damaged, export it again",
			t.name, t.dims, want, got)
	}
	return nil
}

// textLen counts the elements in typed data.
func (t *tensor) textLen() (n int64, ragged bool) {
	if t.typ == float32Type || t.typ == float64Type {
		return int64(len(t.text)) / t.typ.size(), int64(len(t.text))%t.typ.size() != 0
	}
	for _, b := range t.text {
		if b < 0x80 {
			n++
		}
	}
	return n, len(t.text) > 0 && t.text[len(t.text)-1] >= 0x80
}

// count multiplies the dimensions; false when one is negative or the product is absurd.
func count(dims []int64) (int64, bool) {
	const limit = 1 << 40
	n := int64(1)
	for _, d := range dims {
		if d < 0 || d > limit {
			return 0, false
		}
		hi := n * max(d, 1)
		if n > 0 && hi/max(d, 1) != n || hi > limit {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// len is the number of elements.
func (t *tensor) len() int {
	n, _ := count(t.dims)
	return int(n)
}

// withDims is the same data seen in another shape of as many elements.
func (t *tensor) withDims(dims []int64) *tensor {
	view := *t
	view.dims = dims
	return &view
}

// int64s decodes an integer tensor, which is only a few axes, sizes or pads; it returns
// false for other types.
func (t *tensor) int64s() ([]int64, bool) { return t.integers(1024) }

// integers decodes an integer tensor of at most so many elements.
func (t *tensor) integers(limit int) ([]int64, bool) {
	if t.ints != nil || t.len() == 0 {
		return t.ints, true
	}
	if t.len() > limit {
		return nil, false
	}
	out := make([]int64, t.len())
	switch {
	case t.typ != int64Type && t.typ != int32Type && t.typ != boolType:
		return nil, false
	case len(t.raw) == 0:
		b := t.text
		for i := range out {
			v, n := protowire.ConsumeVarint(b)
			if n < 0 {
				return nil, false
			}
			out[i], b = int64(v), b[n:]
		}
	default:
		size := int(t.typ.size())
		for i := range out {
			out[i] = littleEndian(t.raw[i*size:], size)
		}
	}
	return out, true
}

// littleEndian reads a signed integer of 1, 4 or 8 bytes.
func littleEndian(b []byte, size int) int64 {
	var v uint64
	for i := range size {
		v |= uint64(b[i]) << (8 * i)
	}
	if size == 4 {
		return int64(int32(v))
	}
	return int64(v)
}

// isFinite reports whether no element is NaN or infinite.
func isFinite(v []float32) bool {
	for _, x := range v {
		if math.Float32bits(x)&0x7f800000 == 0x7f800000 {
			return false
		}
	}
	return true
}
