package graph

import (
	"fmt"
	"slices"
)

// An If holds two graphs. Their nodes are read like any others, with names of their own,
// and remember which branch they are in. The If then only chooses: its inputs are the
// condition, the outputs of the one branch, and those of the other. The condition, which may
// follow from the image's size, is known when lowering reaches the branches. Then the nodes
// of the branch that is not taken are passed over.

// maxBranchDepth bounds the Ifs within Ifs. Exporters nest two or three.
const maxBranchDepth = 8

// A branch is one of the graphs of an If.
type branch struct {
	condition string  // the tensor that decides
	then      bool    // the value of the condition that takes this branch
	outer     *branch // that the If itself is in; nil for none
}

// A scope is where the names of a branch's nodes have a meaning.
type scope struct {
	*branch
	outer *scope            // nil for the model's own graph
	names map[string]string // the branch's own tensors, with their names in the model
	depth int
}

// name is a tensor's name in the model.
func (s *scope) name(local string) string {
	for ; s != nil; s = s.outer {
		if name, own := s.names[local]; own {
			return name
		}
	}
	return local
}

// addBranches reads the graphs of an If, and makes their outputs the node's inputs. A node
// without them is left as it is, and can't run.
func (m *model) addBranches(n *rawNode, outer *scope) error {
	var graphs [2][]byte
	for _, attr := range n.attrs {
		name, err := textField(attr, attrName)
		if err != nil {
			return err
		}
		for i, way := range []string{"then_branch", "else_branch"} {
			if name != way {
				continue
			}
			if graphs[i], err = lastField(attr, attrGraph); err != nil {
				return err
			}
		}
	}
	if len(n.in) != 1 || n.in[0] == "" || graphs[0] == nil || graphs[1] == nil {
		return nil
	}
	condition := n.in[0]
	m.branches++
	for i, way := range []string{"then", "else"} {
		s := &scope{branch: &branch{condition: condition, then: i == 0}, outer: outer, names: make(map[string]string), depth: 1}
		if outer != nil {
			s.depth, s.branch.outer = outer.depth+1, outer.branch
		}
		if s.depth > maxBranchDepth {
			return unsupported("the model has %d Ifs within each other: export it with a fixed input size", s.depth)
		}
		outputs, err := m.addBranch(graphs[i], s, fmt.Sprintf("if%d.%s/", m.branches, way))
		if err != nil {
			return err
		}
		if len(outputs) != len(n.out) {
			return invalid("If (%s) has %d outputs, but a branch of it has %d: export the model again", n.out[0], len(n.out), len(outputs))
		}
		n.in = append(n.in, outputs...)
	}
	return nil
}

// addBranch reads a branch, and returns its outputs. Its own tensors get names that begin
// with prefix.
func (m *model) addBranch(graph []byte, s *scope, prefix string) (outputs []string, err error) {
	own := func(name string) {
		if name != "" {
			s.names[name] = prefix + name
		}
	}
	err = eachField(graph, func(f field) error {
		switch f.id {
		case graphNode:
			return eachField(f.bytes, func(f field) error {
				if f.id == nodeOutput {
					own(string(f.bytes))
				}
				return nil
			})
		case graphInitializer:
			name, err := textField(f.bytes, tensorName)
			own(name)
			return err
		case graphInput:
			return invalid("a branch of an If has inputs: export the model again")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = eachField(graph, func(f field) error {
		switch f.id {
		case graphNode:
			return m.addNode(f.bytes, s)
		case graphInitializer:
			t, err := parseTensor(f.bytes)
			if err != nil {
				return err
			}
			t.name = s.name(t.name)
			return m.addTensor(t)
		case graphOutput:
			name, err := textField(f.bytes, infoName)
			outputs = append(outputs, s.name(name))
			return err
		}
		return nil
	})
	return outputs, err
}

// waits are the tensors that must be known before the node is computed: its inputs, and the
// conditions of the branches that it is in.
func (n *node) waits() []string {
	all := n.in
	for b := n.branch; b != nil; b = b.outer {
		all = append(slices.Clip(all), b.condition)
	}
	return all
}

// mayRun reports whether a node without a rule could run all the same: in a branch that is
// not taken, or as an If that the image's size decides.
func (n *node) mayRun(pixels map[string]bool) bool {
	return n.branch != nil || n.op == "If" && len(n.in) > 1 && !pixels[n.in[0]]
}

// decided is the value of a condition. It reports false if that is no constant.
func (l *lowering) decided(condition string) (value, ok bool) {
	t := l.known[condition].konst
	if t == nil || t.typ.isFloat() || t.len() != 1 {
		return false, false
	}
	list, ok := t.integers(1)
	return ok && list[0] != 0, ok
}

// taken reports whether the conditions lead into the branch.
func (l *lowering) taken(b *branch) bool {
	for ; b != nil; b = b.outer {
		if value, ok := l.decided(b.condition); !ok || value != b.then {
			return false
		}
	}
	return true
}

// chosen are the inputs of an If that its condition takes; nil if it is not decided.
func (l *lowering) chosen(n *node) []string {
	if len(n.in) != 1+2*len(n.out) {
		return nil
	}
	value, ok := l.decided(n.in[0])
	switch {
	case !ok:
		return nil
	case value:
		return n.in[1 : 1+len(n.out)]
	}
	return n.in[1+len(n.out):]
}

// chooseBranch lowers an If: its outputs are those of the branch that its condition takes.
func (l *lowering) chooseBranch(n *node) error {
	if l.known[n.in[0]].dead {
		l.drop(n)
		return nil
	}
	from := l.chosen(n)
	if from == nil {
		return unsupportedOp(n.op)
	}
	for i, name := range n.out {
		x, ok := l.known[from[i]]
		if !ok {
			return l.unknown(from[i])
		}
		l.known[name] = x
	}
	return nil
}

// drop marks the outputs of a node as not computed, without a complaint of its own.
func (l *lowering) drop(n *node) {
	for _, name := range n.out {
		l.known[name] = operand{dead: true}
	}
}

// used is the set of nodes that name is computed from, now that conditions are known.
func (l *lowering) used(name string) map[*node]bool {
	return l.reach(name, func(n *node) []string {
		if n.op == "If" && l.chosen(n) != nil {
			// The conditions of outer branches are among what the condition waits for,
			// or among what the branch's nodes do.
			return append(slices.Clip(l.chosen(n)), n.in[0])
		}
		return n.waits()
	})
}

// ofUse are the errors of the nodes that the feature needs, in the nodes' order.
func (l *lowering) ofUse(wrong map[*node]error, feature string) (list []error) {
	if len(wrong) == 0 {
		return nil
	}
	used := l.used(feature)
	for _, n := range l.nodes {
		if err := wrong[n]; err != nil && used[n] {
			list = append(list, err)
		}
	}
	return list
}
