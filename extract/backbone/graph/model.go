package graph

import (
	"errors"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of onnx.proto.
const (
	modelIRVersion = 1
	modelProducer  = 2
	modelVersion   = 3
	modelGraph     = 7
	modelOpset     = 8

	opsetDomain  = 1
	opsetVersion = 2

	graphNode        = 1
	graphInitializer = 5
	graphInput       = 11
	graphOutput      = 12

	nodeInput  = 1
	nodeOutput = 2
	nodeOp     = 4
	nodeAttr   = 5
	nodeDomain = 7
)

// maxNodes is far more than any backbone has. It bounds the memory that a hostile file of
// tiny nodes can make the program allocate.
const maxNodes = 1 << 16

// minOpset is the first operator set whose arithmetic broadcasts, and whose batch norm has
// no attribute for training.
const minOpset = 7

// model is what the file itself says, before onnx-go sees any of it.
type model struct {
	irVersion       int64
	opset           int64
	producer        string
	inputs, outputs []TensorInfo
	nodes           []rawNode
	tensors         map[string]*tensor // initializers and Constant nodes
	fills           map[string]*tensor // values of ConstantOfShape nodes, by their output
	names, edges    int                // of all nodes: inputs and outputs, and the pairs of them
	branches        int                // number of Ifs
	colours         colourMetadata
	framing         framingMetadata
}

// rawNode is a node whose attributes are not decoded yet.
type rawNode struct {
	op      string // "domain::op" outside ONNX's own domain
	in, out []string
	attrs   [][]byte
	branch  *branch // of an If; nil for the model's own graph
}

// parseModel reads the outer structure of the file. Weights are not copied:
// they stay slices of data.
func parseModel(data []byte) (*model, error) {
	m := &model{tensors: make(map[string]*tensor), fills: make(map[string]*tensor)}
	var graph []byte
	graphs := 0
	err := eachField(data, func(f field) error {
		switch {
		case f.id == modelIRVersion && f.typ == protowire.VarintType:
			m.irVersion = int64(f.num)
		case f.id == modelProducer || f.id == modelVersion:
			m.producer = join(m.producer, string(f.bytes))
		case f.id == modelGraph && f.typ == protowire.BytesType:
			graph = f.bytes
			graphs++
		case f.id == modelOpset:
			return m.addOpset(f.bytes)
		case f.id == modelMetadata:
			return m.addMetadata(f.bytes)
		}
		return nil
	})
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) && (m.irVersion > 0 || graphs > 0):
		return nil, invalid("the file is cut short after %d bytes: download or export it again (%w)", len(data), err)
	case err != nil:
		return nil, notModel("the file is not an ONNX model, or a damaged one (%w)", err)
	case graphs != 1 || m.irVersion <= 0:
		return nil, notModel("the file is not an ONNX model: it has no graph or no version")
	case m.opset < minOpset:
		return nil, unsupported("the model uses operator set %d, but only %d and later can run: convert it with onnx.version_converter", m.opset, minOpset)
	}
	if err := m.addGraph(graph); err != nil {
		var p *problem
		if errors.As(err, &p) {
			return nil, err
		}
		return nil, invalid("the model's graph is damaged: download or export it again (%w)", err)
	}
	return m, nil
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}

func (m *model) addOpset(message []byte) error {
	var domain string
	var version int64
	err := eachField(message, func(f field) error {
		switch f.id {
		case opsetDomain:
			domain = string(f.bytes)
		case opsetVersion:
			version = int64(f.num)
		}
		return nil
	})
	if isONNXDomain(domain) {
		m.opset = version
	}
	return err
}

func isONNXDomain(domain string) bool { return domain == "" || domain == "ai.onnx" }

func (m *model) addGraph(message []byte) error {
	return eachField(message, func(f field) error {
		if f.typ != protowire.BytesType {
			return nil
		}
		switch f.id {
		case graphNode:
			return m.addNode(f.bytes, nil)
		case graphInitializer:
			t, err := parseTensor(f.bytes)
			if err != nil {
				return err
			}
			return m.addTensor(t)
		case graphInput:
			info, err := parseInfo(f.bytes)
			m.inputs = append(m.inputs, info)
			return err
		case graphOutput:
			info, err := parseInfo(f.bytes)
			m.outputs = append(m.outputs, info)
			return err
		}
		return nil
	})
}

func (m *model) addTensor(t *tensor) error {
	if t.name == "" {
		return invalid("a weight has no name: export the model again")
	}
	if _, twice := m.tensors[t.name]; twice {
		return invalid("weight %q appears twice: export the model again", t.name)
	}
	m.tensors[t.name] = t
	return nil
}

// addNode records a node of the model's own graph or, in a scope, of a branch. A Constant
// becomes a weight like any other, so that the rest of the package knows one kind of
// constant.
func (m *model) addNode(message []byte, s *scope) error {
	var n rawNode
	var domain string
	err := eachField(message, func(f field) error {
		switch f.id {
		case nodeInput:
			n.in = append(n.in, s.name(string(f.bytes)))
		case nodeOutput:
			n.out = append(n.out, s.name(string(f.bytes)))
		case nodeOp:
			n.op = string(f.bytes)
		case nodeAttr:
			n.attrs = append(n.attrs, f.bytes)
		case nodeDomain:
			domain = string(f.bytes)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(n.out) == 0:
		return nil // nothing can read it
	case n.op == "Constant" && isONNXDomain(domain) && len(n.out) == 1:
		t, err := constantTensor(n)
		if err != nil {
			return err
		}
		return m.addTensor(t)
	case n.op == "ConstantOfShape" && isONNXDomain(domain) && len(n.attrs) > 0:
		// onnx-go doesn't see attributes that are tensors.
		t, err := constantTensor(n)
		if err != nil {
			return err
		}
		m.fills[n.out[0]] = t
	case n.op == "If" && isONNXDomain(domain):
		if err := m.addBranches(&n, s); err != nil {
			return err
		}
	}
	if s != nil {
		n.branch = s.branch
	}
	switch {
	case len(m.nodes) == maxNodes:
		return unsupported("the model has more than %d nodes: it is not a convolutional backbone", maxNodes)
	case !isONNXDomain(domain):
		n.op = domain + "::" + n.op
	}
	// onnx-go makes an edge from every output to every input of a node.
	m.names += len(n.in) + len(n.out)
	if m.edges += len(n.in) * len(n.out); m.edges > 8*m.names+4096 {
		return unsupported("%s has %d inputs and %d outputs: it is not a convolutional backbone", n.op, len(n.in), len(n.out))
	}
	m.nodes = append(m.nodes, n)
	return nil
}
