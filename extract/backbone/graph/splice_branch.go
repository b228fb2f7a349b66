package graph

import "google.golang.org/protobuf/encoding/protowire"

// The nodes of an If's branches read tensors of the model's own graph by their names, which
// the node itself does not list.

// namesOf reads the inputs and outputs of a node. All names in graphs inside it count as
// inputs.
func namesOf(node []byte) (rawNode, error) {
	var n rawNode
	err := n.addNames(node, 0)
	return n, err
}

func (n *rawNode) addNames(node []byte, depth int) error {
	if depth > maxBranchDepth {
		return unsupported("the model has more than %d graphs within each other: export it with a fixed input size", maxBranchDepth)
	}
	return eachField(node, func(f field) error {
		switch {
		case f.id == nodeInput, f.id == nodeOutput && depth > 0:
			n.in = append(n.in, string(f.bytes))
		case f.id == nodeOutput:
			n.out = append(n.out, string(f.bytes))
		case f.id == nodeAttr:
			return eachInside(f.bytes, func(f field) error {
				switch f.id {
				case graphNode:
					return n.addNames(f.bytes, depth+1)
				case graphOutput:
					name, err := textField(f.bytes, infoName)
					n.in = append(n.in, name)
					return err
				case graphInitializer:
					name, err := textField(f.bytes, tensorName)
					n.in = append(n.in, name)
					return err
				}
				return nil
			})
		}
		return nil
	})
}

// eachInside calls f for every field of the graphs in an attribute.
func eachInside(attr []byte, f func(field) error) error {
	return eachField(attr, func(g field) error {
		if g.id != attrGraph || g.typ != protowire.BytesType {
			return nil
		}
		return eachField(g.bytes, f)
	})
}

// renameNode changes names in a node and in the graphs inside it.
func (k *kept) renameNode(node []byte) (parts, error) {
	var out parts
	err := eachField(node, func(f field) error {
		switch f.id {
		case nodeInput, nodeOutput:
			out = append(out, appendString(nil, f.id, k.renamed(string(f.bytes))))
		case nodeAttr:
			body, err := k.renameAttribute(f.bytes)
			out = out.message(nodeAttr, body)
			return err
		default:
			out = append(out, f.whole)
		}
		return nil
	})
	return out, err
}

func (k *kept) renameAttribute(attr []byte) (parts, error) {
	var out parts
	err := eachField(attr, func(f field) error {
		if f.id != attrGraph || f.typ != protowire.BytesType {
			out = append(out, f.whole)
			return nil
		}
		body, err := k.renameGraph(f.bytes)
		out = out.message(attrGraph, body)
		return err
	})
	return out, err
}

func (k *kept) renameGraph(graph []byte) (parts, error) {
	var out parts
	err := eachField(graph, func(f field) error {
		switch f.id {
		case graphNode:
			body, err := k.renameNode(f.bytes)
			out = out.message(graphNode, body)
			return err
		case graphInitializer:
			t, err := parseTensor(f.bytes)
			if err != nil {
				return err
			}
			if t.ext != nil {
				return unsupported("weight %q of a branch is in another file: save the model as one file", t.name)
			}
			out = out.message(graphInitializer, k.rename(f.bytes, tensorName))
		case graphInput, graphOutput, graphInfo:
			out = out.message(f.id, k.rename(f.bytes, infoName))
		default:
			out = append(out, f.whole)
		}
		return nil
	})
	return out, err
}
