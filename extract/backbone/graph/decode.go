package graph

import (
	"fmt"

	onnx "github.com/owulveryck/onnx-go"
	"google.golang.org/protobuf/encoding/protowire"
)

// attrField is the field that holds the value of an attribute of ONNX's type
// typ, for the types that onnx-go decodes safely.
func attrField(typ uint64) (id protowire.Number, ok bool) {
	switch typ {
	case 1:
		return attrFloat, true
	case 2:
		return attrInt, true
	case 3:
		return attrString, true
	case 6:
		return attrFloats, true
	case 7:
		return attrInts, true
	case 8:
		return attrStrings, true
	}
	return 0, false
}

// decode has onnx-go read the model's nodes into a [recorder]: it decodes their
// attributes and wires them up by the names of their tensors.
//
// onnx-go gets only the nodes, not the whole file, because it would copy the weights: on
// one core of a Xeon, ResNet-18's whole file takes 9.4 ms and 47 MB, the nodes alone
// 0.25 ms and 0.2 MB. It also refuses attributes that hold graphs, decodes tensors in
// attributes wrongly if it does not know their type, and drops the domain of an operator,
// which [model.addNode] keeps. If it panics, that is returned as an error.
func (m *model) decode() (nodes []*node, err error) {
	defer func() {
		if r := recover(); r != nil {
			nodes, err = nil, invalid("onnx-go can't decode the model's graph: export it again (%v)", r)
		}
	}()
	if len(m.nodes) == 0 || len(m.outputs) == 0 {
		return nil, invalid("the model computes nothing: it has no nodes or no output")
	}
	rec := &recorder{edges: make(map[int64][]*edge)}
	if err := onnx.NewModel(rec).UnmarshalBinary(m.extract()); err != nil {
		return nil, invalid("onnx-go can't decode the model's graph: export it again (%w)", err)
	}
	if len(rec.nodes) != len(m.nodes) {
		return nil, fmt.Errorf("onnx-go recorded %d of %d nodes", len(rec.nodes), len(m.nodes))
	}
	for i, n := range rec.nodes {
		n.branch = m.nodes[i].branch
	}
	return rec.nodes, nil
}

// extract writes the model that onnx-go gets. It finds weights and inputs where nodes name
// them, but requires an output.
func (m *model) extract() []byte {
	graph := appendMessage(nil, graphOutput, appendString(nil, infoName, m.outputs[0].Name))
	for _, n := range m.nodes {
		graph = appendMessage(graph, graphNode, n.append(nil))
	}
	return appendMessage(nil, modelGraph, graph)
}

func appendMessage(dst []byte, id protowire.Number, message []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(dst, id, protowire.BytesType), message)
}

func appendString(dst []byte, id protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(dst, id, protowire.BytesType), s)
}

func (n rawNode) append(dst []byte) []byte {
	for _, name := range n.in {
		dst = appendString(dst, nodeInput, name)
	}
	if len(n.in) == 0 {
		// An absent input: otherwise onnx-go invents one, whose name may be taken.
		dst = appendString(dst, nodeInput, "")
	}
	for _, name := range n.out {
		dst = appendString(dst, nodeOutput, name)
	}
	dst = appendString(dst, nodeOp, n.op)
	for _, attr := range n.attrs {
		dst = appendMessage(dst, nodeAttr, plainAttribute(attr))
	}
	return dst
}

// plainAttribute keeps an attribute's name and, unless it is a tensor or a graph, its
// value. Fields that don't belong to its type are left out.
func plainAttribute(attr []byte) []byte {
	var name, value []byte
	var typ uint64
	fields := func(f field) error {
		switch f.id {
		case attrName:
			name = f.whole
		case attrType:
			typ = f.num
		}
		return nil
	}
	_ = eachField(attr, fields) // addNode has read it before: it is whole
	keep, ok := attrField(typ)
	if !ok {
		return append([]byte(nil), name...)
	}
	value = append(value, name...)
	_ = eachField(attr, func(f field) error {
		if f.id == keep || f.id == attrType {
			value = append(value, f.whole...)
		}
		return nil
	})
	return value
}
