package randomnet

import (
	"encoding/binary"
	"math"
	"math/rand/v2"

	"google.golang.org/protobuf/encoding/protowire"
)

// net collects the graph of an ONNX model. The numbers below are onnx.proto's.
type net struct {
	rng   *rand.Rand
	graph []byte
}

func message(dst []byte, id protowire.Number, body []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(dst, id, protowire.BytesType), body)
}

func text(dst []byte, id protowire.Number, s string) []byte { return message(dst, id, []byte(s)) }

func number(dst []byte, id protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(dst, id, protowire.VarintType), v)
}

// node appends a NodeProto whose one output bears its name, which is returned.
func (n *net) node(op, name string, inputs []string, attributes ...[]byte) string {
	var b []byte
	for _, in := range inputs {
		b = text(b, 1, in)
	}
	b = text(b, 2, name)
	b = text(b, 3, name)
	b = text(b, 4, op)
	for _, a := range attributes {
		b = message(b, 5, a)
	}
	n.graph = message(n.graph, 1, b)
	return name
}

// integer is an AttributeProto of type INT.
func integer(name string, v int) []byte {
	return number(number(text(nil, 1, name), 3, uint64(v)), 20, 2)
}

// ints is an AttributeProto of type INTS.
func ints(name string, values ...int) []byte {
	b := text(nil, 1, name)
	for _, v := range values {
		b = number(b, 8, uint64(v))
	}
	return number(b, 20, 7)
}

// tensor appends a float32 TensorProto to the initializers.
func (n *net) tensor(name string, values []float32, dims ...int) {
	var b []byte
	for _, d := range dims {
		b = number(b, 1, uint64(d))
	}
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	b = number(b, 2, 1)
	b = text(b, 8, name)
	n.graph = message(n.graph, 5, message(b, 9, raw))
}

// value is a ValueInfoProto of float32 [N,dims…].
func value(name string, dims ...int) []byte {
	shape := message(nil, 1, text(nil, 2, "N"))
	for _, d := range dims {
		shape = message(shape, 1, number(nil, 1, uint64(d)))
	}
	tensor := message(number(nil, 1, 1), 2, shape)
	return message(text(nil, 1, name), 2, message(nil, 1, tensor))
}

// model is the finished ModelProto.
func (n *net) model(opt Options) []byte {
	graph := text(n.graph, 2, "resnet")
	graph = message(graph, 11, value("input", 3, opt.InputSize, opt.InputSize))
	graph = message(graph, 12, value("logits", opt.Classes))
	b := number(nil, 1, 7) // IR version 7, of the time of opset 13
	b = text(b, 2, "randomnet")
	b = message(b, 7, graph)
	return message(b, 8, number(text(nil, 1, ""), 2, 13))
}
