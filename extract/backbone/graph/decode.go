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

// decode lets onnx-go read the model's nodes into a [recorder].
//
// What it is given is not the file but an extract of it: the nodes and the
// names of inputs, outputs and weights. Weights stay with us. That keeps
// onnx-go's time and memory small (it grows each tensor an element at a time),
// and out of its reach what it gets wrong or panics on: bools, halves, external
// data, segments, subgraphs, shapes of 2⁴⁰ and types nested without end.
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
	return rec.nodes, nil
}

// extract writes the model that onnx-go is shown.
func (m *model) extract() []byte {
	var graph []byte
	for _, n := range m.nodes {
		graph = appendMessage(graph, graphNode, n.append(nil))
	}
	for name := range m.tensors {
		graph = appendMessage(graph, graphInitializer, appendString(nil, tensorName, name))
	}
	for _, t := range m.inputs {
		graph = appendMessage(graph, graphInput, appendString(nil, infoName, t.Name))
	}
	for _, t := range m.outputs {
		graph = appendMessage(graph, graphOutput, appendString(nil, infoName, t.Name))
	}
	out := protowire.AppendTag(nil, modelIRVersion, protowire.VarintType)
	out = protowire.AppendVarint(out, uint64(m.irVersion))
	return appendMessage(out, modelGraph, graph)
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
		// An absent input, lest onnx-go invent one whose name may be taken.
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

// plainAttribute keeps of an attribute its name and, unless it is a tensor or a
// graph, its value. Fields that don't belong to its type are left out.
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
