package graph

import (
	onnx "github.com/owulveryck/onnx-go"
	gonum "gonum.org/v1/gonum/graph"
)

// node is an operation as onnx-go reports it. An absent input is named "".
type node struct {
	op      string
	attrs   attributes
	in, out []string
	branch  *branch // of an If; nil for the model's own graph
}

// recorder is an onnx-go backend that writes down what the decoder says and
// computes nothing. onnx-go names a node's inputs, as edges out of each of its
// outputs, before it names the operation. The edges are kept in the order of
// their weights, the inputs' indices, because a graph would merge the two of
// Mul(x, x).
type recorder struct {
	tensors int64             // number of tensors named so far
	edges   map[int64][]*edge // by the output's ID, of operations not yet named
	nodes   []*node
}

var _ onnx.Backend = (*recorder)(nil)

// tensorNode is what onnx-go calls a node: a tensor with a name. It does not accept data,
// so onnx-go never decodes any.
type tensorNode struct {
	id   int64
	name string
}

func (t *tensorNode) ID() int64          { return t.id }
func (t *tensorNode) SetName(s string)   { t.name = s }
func (t *tensorNode) GetName() string    { return t.name }
func (e *edge) From() gonum.Node         { return e.out }
func (e *edge) To() gonum.Node           { return e.in }
func (e *edge) Weight() float64          { return e.index }
func (e *edge) ReversedEdge() gonum.Edge { return &edge{out: e.in, in: e.out, index: e.index} }

// edge says that in is input number index of the operation that makes out.
type edge struct {
	out, in *tensorNode
	index   float64
}

// NewNode implements [onnx.Backend].
func (r *recorder) NewNode() gonum.Node {
	r.tensors++
	return &tensorNode{id: r.tensors}
}

// AddNode implements [onnx.Backend].
func (r *recorder) AddNode(gonum.Node) {}

// NewWeightedEdge implements [onnx.Backend].
func (r *recorder) NewWeightedEdge(from, to gonum.Node, w float64) gonum.WeightedEdge {
	return &edge{out: from.(*tensorNode), in: to.(*tensorNode), index: w}
}

// SetWeightedEdge implements [onnx.Backend].
func (r *recorder) SetWeightedEdge(e gonum.WeightedEdge) {
	out := e.From().ID()
	r.edges[out] = append(r.edges[out], e.(*edge))
}

// ApplyOperation implements [onnx.Backend].
func (r *recorder) ApplyOperation(op onnx.Operation, outputs ...gonum.Node) error {
	n := &node{op: op.Name, attrs: attributes{values: op.Attributes}}
	for _, o := range outputs {
		n.out = append(n.out, o.(*tensorNode).name)
	}
	for _, e := range r.edges[outputs[0].ID()] {
		for len(n.in) <= int(e.index) {
			n.in = append(n.in, "")
		}
		n.in[int(e.index)] = e.in.name
	}
	for _, o := range outputs {
		delete(r.edges, o.ID())
	}
	r.nodes = append(r.nodes, n)
	return nil
}

// The rest of the interface asks about the graph; the decoder never does.

// Node implements [onnx.Backend].
func (r *recorder) Node(int64) gonum.Node { return nil }

// Nodes implements [onnx.Backend].
func (r *recorder) Nodes() gonum.Nodes { return gonum.Empty }

// From implements [onnx.Backend].
func (r *recorder) From(int64) gonum.Nodes { return gonum.Empty }

// To implements [onnx.Backend].
func (r *recorder) To(int64) gonum.Nodes { return gonum.Empty }

// HasEdgeBetween implements [onnx.Backend].
func (r *recorder) HasEdgeBetween(_, _ int64) bool { return false }

// HasEdgeFromTo implements [onnx.Backend].
func (r *recorder) HasEdgeFromTo(_, _ int64) bool { return false }

// Edge implements [onnx.Backend].
func (r *recorder) Edge(_, _ int64) gonum.Edge { return nil }
