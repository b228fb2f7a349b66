package graph

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// TensorInfo is what the file says of one of its inputs or outputs.
type TensorInfo struct {
	Name string
	Type string   // ONNX's name of the element type, "float32" mostly
	Dims []string // a number, a symbol such as "N", or "?"

	elem dataType
	dims []int64 // −1 where the file gives no number
}

// String is the tensor as people write it, "input float32 [N,3,224,224]".
func (t TensorInfo) String() string {
	return fmt.Sprintf("%s %s [%s]", t.Name, t.Type, strings.Join(t.Dims, ","))
}

// Field numbers of ValueInfoProto and of what it holds.
const (
	infoName   = 1
	infoType   = 2
	typeTensor = 1
	tensorElem = 1
	tensorDims = 2
	shapeDim   = 1
	dimValue   = 1
	dimSymbol  = 2
)

func parseInfo(message []byte) (TensorInfo, error) {
	var t TensorInfo
	err := eachField(message, func(f field) error {
		switch f.id {
		case infoName:
			t.Name = string(f.bytes)
		case infoType:
			return eachField(f.bytes, func(f field) error {
				if f.id != typeTensor {
					return nil
				}
				return t.addType(f.bytes)
			})
		}
		return nil
	})
	t.Type = t.elem.String()
	return t, err
}

func (t *TensorInfo) addType(message []byte) error {
	return eachField(message, func(f field) error {
		switch f.id {
		case tensorElem:
			t.elem = dataType(f.num)
		case tensorDims:
			return eachField(f.bytes, func(f field) error {
				if f.id != shapeDim || len(t.dims) == maxRank {
					return nil
				}
				return t.addDim(f.bytes)
			})
		}
		return nil
	})
}

func (t *TensorInfo) addDim(message []byte) error {
	value, text := int64(-1), "?"
	err := eachField(message, func(f field) error {
		switch {
		case f.id == dimValue && f.typ == protowire.VarintType && int64(f.num) > 0:
			value, text = int64(f.num), fmt.Sprint(f.num)
		case f.id == dimSymbol && len(f.bytes) > 0:
			value, text = -1, string(f.bytes)
		}
		return nil
	})
	t.dims = append(t.dims, value)
	t.Dims = append(t.Dims, text)
	return err
}
