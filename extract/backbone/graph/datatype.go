package graph

// dataType is an element type, numbered as in ONNX's TensorProto.DataType.
type dataType int32

const (
	untyped     dataType = 0
	float32Type dataType = 1
	int32Type   dataType = 6
	int64Type   dataType = 7
	boolType    dataType = 9
	float16Type dataType = 10
	float64Type dataType = 11
)

func (t dataType) String() string {
	names := [...]string{"untyped", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string",
		"bool", "float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16"}
	if t < 0 || int(t) >= len(names) {
		return "8-bit or newer type"
	}
	return names[t]
}

// size is the number of bytes of an element in raw data, or 0 for types whose data is
// never read.
func (t dataType) size() int64 {
	switch t {
	case boolType:
		return 1
	case float16Type:
		return 2
	case float32Type, int32Type:
		return 4
	case float64Type, int64Type:
		return 8
	}
	return 0
}

// isFloat reports whether the type is one of floats, all of which are computed in float32.
func (t dataType) isFloat() bool {
	return t == float32Type || t == float16Type || t == float64Type
}
