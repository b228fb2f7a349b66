package graph

import (
	"errors"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a protobuf message: bytes for a length-delimited one,
// num for the others.
type field struct {
	id    protowire.Number
	typ   protowire.Type
	bytes []byte
	num   uint64
	whole []byte // tag and value as they stand in the message
}

var (
	errWire  = errors.New("damaged protobuf")
	errGroup = errors.New("protobuf group, which ONNX doesn't use")
)

// eachField calls f for every field of the message, in order. An error wraps
// [io.ErrUnexpectedEOF] when the message is cut short.
func eachField(message []byte, f func(field) error) error {
	for len(message) > 0 {
		id, typ, n := protowire.ConsumeTag(message)
		if n < 0 {
			return wireError(n)
		}
		fl := field{id: id, typ: typ}
		var m int
		switch typ {
		case protowire.VarintType:
			fl.num, m = protowire.ConsumeVarint(message[n:])
		case protowire.Fixed32Type:
			var v uint32
			v, m = protowire.ConsumeFixed32(message[n:])
			fl.num = uint64(v)
		case protowire.Fixed64Type:
			fl.num, m = protowire.ConsumeFixed64(message[n:])
		case protowire.BytesType:
			fl.bytes, m = protowire.ConsumeBytes(message[n:])
		default:
			return errGroup
		}
		if m < 0 {
			return wireError(m)
		}
		fl.whole = message[:n+m]
		if err := f(fl); err != nil {
			return err
		}
		message = message[n+m:]
	}
	return nil
}

func wireError(n int) error {
	if errors.Is(protowire.ParseError(n), io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return errWire
}

// appendInts appends a repeated integer field's values, packed or not.
func appendInts(dst []int64, f field, limit int) ([]int64, error) {
	if f.typ != protowire.BytesType {
		dst = append(dst, int64(f.num))
	}
	for b := f.bytes; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return nil, errWire
		}
		dst = append(dst, int64(v))
		b = b[n:]
		if len(dst) > limit {
			break
		}
	}
	if len(dst) > limit {
		return nil, errors.New("too many integers")
	}
	return dst, nil
}
