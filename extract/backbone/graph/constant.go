package graph

import "math"

// Field numbers of AttributeProto.
const (
	attrName    = 1
	attrFloat   = 2
	attrInt     = 3
	attrString  = 4
	attrTensor  = 5
	attrGraph   = 6
	attrFloats  = 7
	attrInts    = 8
	attrStrings = 9
	attrType    = 20
)

// constantTensor turns a Constant node into the tensor that it makes, whichever
// of the operator's attributes holds it.
func constantTensor(n rawNode) (*tensor, error) {
	var whole *tensor
	var scalar, floats, ints tensor
	for _, attr := range n.attrs {
		err := eachField(attr, func(f field) (err error) {
			switch f.id {
			case attrTensor:
				whole, err = parseTensor(f.bytes)
			case attrFloat:
				scalar = tensor{typ: float32Type, reals: []float32{math.Float32frombits(uint32(f.num))}}
			case attrInt:
				scalar = tensor{typ: int64Type, ints: []int64{int64(f.num)}}
			case attrFloats:
				floats.addText(f)
			case attrInts:
				ints.ints, err = appendInts(ints.ints, f, 1024)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	t := &scalar // of no type where the constant is a string, say
	switch {
	case whole != nil:
		t = whole
	case floats.text != nil:
		floats.typ, floats.dims = float32Type, []int64{int64(len(floats.text) / 4)}
		t = &floats
	case ints.ints != nil:
		ints.typ, ints.dims = int64Type, []int64{int64(len(ints.ints))}
		t = &ints
	}
	t.name = n.out[0]
	return t, nil
}
