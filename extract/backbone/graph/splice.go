package graph

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Linear is a fully connected layer, x·Weightᵀ + Bias.
type Linear struct {
	Weight []float32 // [out,in], row-major
	Bias   []float32 // [out]
}

// Head is what [Splicer.Write] puts in the classifier's place: layers with ReLU
// between them.
type Head struct {
	Layers []Linear
	// Softmax adds an output "probabilities" [N,C] beside "logits" [N,C].
	Softmax  bool
	Metadata map[string]string // for the model's metadata_props
}

// Names of the outputs of a model that [Splicer.Write] wrote.
const (
	LogitsName        = "logits"
	ProbabilitiesName = "probabilities"
)

// A Splicer is an ONNX model that can get a new classifier.
type Splicer struct {
	Graph *Graph // what computes the features

	feature  string // the tensor that the classifier reads
	tokens   tokenChoice
	meanAxes []int64  // of the feature, if it is a mean
	tensors  []string // what the nodes make, in an order in which it can be computed
	model    *model
	data     []byte // the file
}

// OpenSplicer reads the model at path as [Load] does. The classifier
// takes the place of what comes after the features that opt names.
func OpenSplicer(path string, opt Options) (*Splicer, error) {
	data, err := readFile(path)
	info := &Info{}
	var m *model
	if err == nil {
		m, err = info.read(data, filepath.Dir(path), opt)
	}
	if err != nil {
		return nil, &problem{kind: kindOf(err), msg: fmt.Sprintf("backbone: load %s: %s", path, oneLine(err.Error())), cause: err}
	}
	if !slices.Contains(info.Tensors, info.tensor) {
		return nil, unsupported("backbone: load %s: the features %q are computed in a branch of an If: name a tensor outside it", path, oneLine(info.Feature))
	}
	return &Splicer{Graph: info.Graph, feature: info.tensor, tokens: info.tokens, meanAxes: info.meanAxes, tensors: info.Tensors, model: m, data: data}, nil
}

// Write writes the model with h in its classifier's place, and after its output
// if it has none. Nodes, weights and outputs that the logits don't need are left
// out; everything else, including the input's name and batch dimension, stays as it is.
// Weights from other files are written into the model.
func (s *Splicer) Write(w io.Writer, h Head) error {
	parts, err := s.splice(h)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// parts is a message in pieces, so that weights need not be copied to put a
// length before them.
type parts [][]byte

func (p parts) len() (n int) {
	for _, b := range p {
		n += len(b)
	}
	return n
}

// message appends a field that holds a message.
func (p parts) message(id protowire.Number, body parts) parts {
	head := protowire.AppendVarint(protowire.AppendTag(nil, id, protowire.BytesType), uint64(body.len()))
	return append(append(p, head), body...)
}

// Field numbers that only writing needs.
const (
	modelTraining   = 20
	modelMetadata   = 14
	graphSparse     = 15
	graphInfo       = 13
	graphQuantized  = 14
	nodeName        = 3
	metadataKey     = 1
	metadataValue   = 2
	minIRVersion    = 4 // the first in which weights need not be inputs
	onnxFloat       = uint64(float32Type)
	attributeInt    = 2
	attributeInts   = 8
	attributeIntVal = 3

	attributeIntsType = 7
)

func (s *Splicer) splice(h Head) (parts, error) {
	var out parts
	var graph []byte
	err := eachField(s.data, func(f field) error {
		switch f.id {
		case modelIRVersion:
			v := max(s.model.irVersion, minIRVersion)
			out = append(out, protowire.AppendVarint(protowire.AppendTag(nil, modelIRVersion, protowire.VarintType), uint64(v)))
		case modelGraph:
			graph = f.bytes
		case modelTraining:
		case modelMetadata:
			key, err := textField(f.bytes, metadataKey)
			if _, replaced := h.Metadata[key]; err != nil || replaced {
				return err
			}
			out = append(out, f.whole)
		default:
			out = append(out, f.whole)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	body, err := s.graph(graph, h)
	if err != nil {
		return nil, err
	}
	out = out.message(modelGraph, body)
	for _, key := range slices.Sorted(maps.Keys(h.Metadata)) {
		entry := appendString(appendString(nil, metadataKey, key), metadataValue, h.Metadata[key])
		out = out.message(modelMetadata, parts{entry})
	}
	if n := out.len(); n >= maxFile {
		return nil, unsupported("with its weights inside the model has %d bytes, and no ONNX file can have 2 GiB", n)
	}
	return out, nil
}

// textField is the last value of a field that holds text.
func textField(message []byte, id protowire.Number) (string, error) {
	last, err := lastField(message, id)
	return string(last), err
}

// lastField is the last value of a field of bytes; nil if there is none.
func lastField(message []byte, id protowire.Number) (last []byte, err error) {
	err = eachField(message, func(f field) error {
		if f.id == id {
			last = f.bytes
		}
		return nil
	})
	return last, err
}

// graph rewrites the graph with the new classifier.
func (s *Splicer) graph(message []byte, h Head) (parts, error) {
	k, err := newKept(message, s.feature)
	if err != nil {
		return nil, err
	}
	nodes, err := s.sortedNodes(message)
	if err != nil {
		return nil, err
	}
	var out parts
	err = eachField(message, func(f field) error {
		switch f.id {
		case graphNode:
			out, err = k.node(out, nodes[0])
			nodes = nodes[1:]
		case graphInitializer:
			out, err = k.weight(out, f, s.model)
		case graphInput:
			out, err = k.input(out, f, s.model)
		case graphInfo:
			out, err = k.info(out, f)
		case graphOutput, graphQuantized, graphSparse:
		default:
			out = append(out, f.whole)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.head(out, k, h), nil
}

// sortedNodes returns the graph's nodes in an order in which they can be computed, as ONNX
// requires. Nodes that are in such an order stay as they are.
func (s *Splicer) sortedNodes(message []byte) (nodes []field, err error) {
	place := make(map[string]int, len(s.tensors)) // what Constant nodes make is not among them, and comes first
	for i, name := range s.tensors {
		place[name] = i + 1
	}
	made := make(map[string]bool)
	var places []int
	sorted := true
	err = eachField(message, func(f field) error {
		if f.id != graphNode {
			return nil
		}
		n, err := namesOf(f.bytes)
		for _, name := range n.in {
			sorted = sorted && (made[name] || place[name] == 0)
		}
		at := 0
		for _, name := range n.out {
			made[name], at = true, max(at, place[name])
		}
		nodes, places = append(nodes, f), append(places, at)
		return err
	})
	if err != nil || sorted {
		return nodes, err
	}
	order := make([]int, len(nodes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return places[a] - places[b] })
	all := make([]field, len(nodes))
	for i, at := range order {
		all[i] = nodes[at]
	}
	return all, nil
}

// head appends the new layers and the outputs.
func (s *Splicer) head(out parts, k *kept, h Head) parts {
	node := func(op string, name string, in []string, attrs ...[]byte) string {
		var b []byte
		for _, i := range in {
			b = appendString(b, nodeInput, i)
		}
		b = appendString(b, nodeOutput, name)
		b = appendString(b, nodeName, name)
		b = appendString(b, nodeOp, op)
		for _, a := range attrs {
			b = appendMessage(b, nodeAttr, a)
		}
		out = out.message(graphNode, parts{b})
		return name
	}
	x := k.renamed(s.feature)
	switch s.tokens {
	case classToken:
		first := k.fresh("class_token.index")
		out = out.message(graphInitializer, intTensor(first))
		x = node("Gather", k.fresh("class_token"), []string{x, first}, intAttribute("axis", 1))
	case meanToken:
		in, attrs := []string{x}, [][]byte{intAttribute("keepdims", 0)}
		if s.model.opset < 18 {
			attrs = append(attrs, intsAttribute("axes", s.meanAxes))
		} else {
			in = append(in, k.fresh("mean_token.axes"))
			out = out.message(graphInitializer, intTensor(in[1], s.meanAxes...))
		}
		x = node("ReduceMean", k.fresh("mean_token"), in, attrs...)
	}
	// These two change nothing if the features are already a matrix of float32.
	x = node("Flatten", k.fresh("features"), []string{x}, intAttribute("axis", 1))
	x = node("Cast", k.fresh("features_float32"), []string{x}, intAttribute("to", onnxFloat))
	for i, l := range h.Layers {
		prefix, last := "fc", i == len(h.Layers)-1
		if len(h.Layers) > 1 {
			prefix = fmt.Sprintf("fc.%d", 2*i) // as PyTorch counts, with the ReLU between
		}
		weight, bias, name := k.fresh(prefix+".weight"), k.fresh(prefix+".bias"), LogitsName
		if !last {
			name = k.fresh(prefix)
		}
		rows := int64(len(l.Bias))
		out = out.message(graphInitializer, floatTensor(weight, l.Weight, rows, int64(len(l.Weight))/rows))
		out = out.message(graphInitializer, floatTensor(bias, l.Bias, rows))
		x = node("Gemm", name, []string{x, weight, bias}, intAttribute("transB", 1))
		if !last {
			x = node("Relu", k.fresh(prefix+".relu"), []string{x})
		}
	}
	classes := len(h.Layers[len(h.Layers)-1].Bias)
	batch := s.batch()
	out = out.message(graphOutput, parts{floatInfo(LogitsName, batch, classes)})
	if h.Softmax {
		node("Softmax", ProbabilitiesName, []string{x}, intAttribute("axis", 1))
		out = out.message(graphOutput, parts{floatInfo(ProbabilitiesName, batch, classes)})
	}
	return out
}

// batch is the batch dimension of the image input.
func (s *Splicer) batch() []byte {
	for _, t := range s.model.inputs {
		if s.model.tensors[t.Name] != nil || len(t.dims) == 0 {
			continue
		}
		if t.dims[0] > 0 {
			return protowire.AppendVarint(protowire.AppendTag(nil, dimValue, protowire.VarintType), uint64(t.dims[0]))
		}
		if t.Dims[0] != "?" {
			return appendString(nil, dimSymbol, t.Dims[0])
		}
	}
	return appendString(nil, dimSymbol, "N")
}

func intAttribute(name string, v uint64) []byte {
	b := appendString(nil, attrName, name)
	b = protowire.AppendVarint(protowire.AppendTag(b, attributeIntVal, protowire.VarintType), v)
	return protowire.AppendVarint(protowire.AppendTag(b, attrType, protowire.VarintType), attributeInt)
}

func intsAttribute(name string, list []int64) []byte {
	b := appendString(nil, attrName, name)
	for _, v := range list {
		b = protowire.AppendVarint(protowire.AppendTag(b, attributeInts, protowire.VarintType), uint64(v))
	}
	return protowire.AppendVarint(protowire.AppendTag(b, attrType, protowire.VarintType), attributeIntsType)
}

// intTensor is a TensorProto of int64: a list, or 0 without dimensions if the list is empty.
func intTensor(name string, list ...int64) parts {
	var b []byte
	if len(list) > 0 {
		b = protowire.AppendVarint(protowire.AppendTag(b, tensorDim, protowire.VarintType), uint64(len(list)))
	}
	b = protowire.AppendVarint(protowire.AppendTag(b, tensorType, protowire.VarintType), uint64(int64Type))
	b = appendString(b, tensorName, name)
	var raw []byte
	for _, v := range list {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	if len(list) == 0 {
		raw = make([]byte, 8)
	}
	return parts{b}.message(tensorRaw, parts{raw})
}

// floatTensor is a TensorProto of float32.
func floatTensor(name string, values []float32, dims ...int64) parts {
	var b []byte
	for _, d := range dims {
		b = protowire.AppendVarint(protowire.AppendTag(b, tensorDim, protowire.VarintType), uint64(d))
	}
	b = protowire.AppendVarint(protowire.AppendTag(b, tensorType, protowire.VarintType), onnxFloat)
	b = appendString(b, tensorName, name)
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return parts{b}.message(tensorRaw, parts{raw})
}

// floatInfo is a ValueInfoProto of float32 [batch,n].
func floatInfo(name string, batch []byte, n int) []byte {
	shape := appendMessage(nil, shapeDim, batch)
	shape = appendMessage(shape, shapeDim, protowire.AppendVarint(protowire.AppendTag(nil, dimValue, protowire.VarintType), uint64(n)))
	tensor := protowire.AppendVarint(protowire.AppendTag(nil, tensorElem, protowire.VarintType), onnxFloat)
	tensor = appendMessage(tensor, tensorDims, shape)
	return appendMessage(appendString(nil, infoName, name), infoType, appendMessage(nil, typeTensor, tensor))
}
