package graph

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// kept is the part of a graph that one of its tensors is computed from.
type kept struct {
	needed map[string]bool // tensors, weights and inputs among them
	taken  map[string]bool // names that new tensors can't have
}

// newKept finds what the tensor feature is computed from.
func newKept(graph []byte, feature string) (*kept, error) {
	producer := make(map[string]rawNode)
	err := eachField(graph, func(f field) error {
		if f.id != graphNode {
			return nil
		}
		n, err := namesOf(f.bytes)
		for _, name := range n.out {
			producer[name] = n
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	k := &kept{needed: map[string]bool{feature: true}, taken: make(map[string]bool)}
	for todo := []string{feature}; len(todo) > 0; {
		n := producer[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		for _, name := range n.in {
			if name != "" && !k.needed[name] {
				k.needed[name] = true
				todo = append(todo, name)
			}
		}
		for _, name := range n.out { // its other outputs stay with it
			k.taken[name] = true
		}
	}
	for name := range k.needed {
		k.taken[k.renamed(name)] = true
	}
	return k, nil
}

// renamed makes room for the new outputs' names.
func (k *kept) renamed(name string) string {
	if name == LogitsName || name == ProbabilitiesName {
		return "backbone_" + name
	}
	return name
}

// fresh is an unused name that begins with name.
func (k *kept) fresh(name string) string {
	for k.taken[name] || name == LogitsName || name == ProbabilitiesName {
		name += "_"
	}
	k.taken[name] = true
	return name
}

// rename rewrites a message with the names in the given fields changed.
func (k *kept) rename(message []byte, fields ...protowire.Number) parts {
	var out parts
	_ = eachField(message, func(f field) error { // it has been read before: it is whole
		if slices.Contains(fields, f.id) && f.typ == protowire.BytesType {
			out = append(out, appendString(nil, f.id, k.renamed(string(f.bytes))))
		} else {
			out = append(out, f.whole)
		}
		return nil
	})
	return out
}

func (k *kept) node(out parts, f field) (parts, error) {
	n, err := namesOf(f.bytes)
	if err != nil || !slices.ContainsFunc(n.out, func(name string) bool { return k.needed[name] }) {
		return out, err
	}
	body, err := k.renameNode(f.bytes)
	return out.message(graphNode, body), err
}

// weight keeps a weight, and brings its data in if that lay in another file.
func (k *kept) weight(out parts, f field, m *model) (parts, error) {
	name, err := textField(f.bytes, tensorName)
	if err != nil || !k.needed[name] {
		return out, err
	}
	body := k.rename(f.bytes, tensorName)
	if t := m.tensors[name]; t.ext != nil {
		if t.typ.size() == 0 {
			return nil, unsupported("weight %q of type %s is in another file: save the model as one file", name, t.typ)
		}
		body = nil
		_ = eachField(f.bytes, func(f field) error {
			switch f.id {
			case tensorName, tensorRaw, tensorExternal, tensorLocation:
			default:
				body = append(body, f.whole)
			}
			return nil
		})
		body = append(body, appendString(nil, tensorName, k.renamed(name))).message(tensorRaw, parts{t.raw})
	}
	return out.message(graphInitializer, body), nil
}

// input keeps the inputs that the features need, and the image always.
func (k *kept) input(out parts, f field, m *model) (parts, error) {
	name, err := textField(f.bytes, infoName)
	if err != nil || m.tensors[name] != nil && !k.needed[name] {
		return out, err
	}
	return out.message(graphInput, k.rename(f.bytes, infoName)), nil
}

func (k *kept) info(out parts, f field) (parts, error) {
	name, err := textField(f.bytes, infoName)
	if err != nil || !k.needed[name] {
		return out, err
	}
	return out.message(graphInfo, k.rename(f.bytes, infoName)), nil
}
