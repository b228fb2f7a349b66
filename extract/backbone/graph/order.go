package graph

// network is the decoded model in an order in which it can be computed.
type network struct {
	*model
	nodes    []*node
	producer map[string]*node
	constant map[*node]bool
}

// newNetwork sorts the nodes, which keep the file's order as far as possible. It checks
// that every tensor is made once, that every input is made by a node, and that no node
// depends on itself.
func newNetwork(m *model, nodes []*node) (*network, error) {
	net := &network{model: m, producer: make(map[string]*node), constant: make(map[*node]bool)}
	inputs := make(map[string]bool)
	for _, t := range m.inputs {
		inputs[t.Name] = true
	}
	for _, n := range nodes {
		for _, name := range n.out {
			if name == "" {
				continue
			}
			if net.producer[name] != nil || m.tensors[name] != nil || inputs[name] {
				return nil, invalid("tensor %q is made twice: export the model again", name)
			}
			net.producer[name] = n
		}
	}
	for _, n := range nodes {
		for _, name := range n.in {
			if name != "" && net.producer[name] == nil && m.tensors[name] == nil && !inputs[name] {
				return nil, invalid("%s needs %q, which is missing from the file: weights are lost, export the model again", n, name)
			}
		}
	}
	if err := net.sort(nodes); err != nil {
		return nil, err
	}
	net.findConstants()
	return net, nil
}

// String names a node in messages, by what it makes.
func (n *node) String() string {
	return n.op + " (" + n.out[0] + ")"
}

// sort puts every node after those that make its inputs, depth first. A file that is in
// order, as ONNX requires, stays as it is.
func (net *network) sort(nodes []*node) error {
	type visit struct {
		n     *node
		waits []string
		next  int // which of them to look at
	}
	const open, done = 1, 2
	state := make(map[*node]int, len(nodes))
	for _, n := range nodes {
		if state[n] == done {
			continue
		}
		state[n] = open
		for stack := []visit{{n: n, waits: n.waits()}}; len(stack) > 0; {
			top := &stack[len(stack)-1]
			if top.next == len(top.waits) {
				state[top.n] = done
				net.nodes = append(net.nodes, top.n)
				stack = stack[:len(stack)-1]
				continue
			}
			p := net.producer[top.waits[top.next]]
			top.next++
			switch {
			case p == nil || state[p] == done:
			case state[p] == open:
				return invalid("the graph has a cycle: %s waits for its own result; export the model again", p)
			default:
				state[p] = open
				stack = append(stack, visit{n: p, waits: p.waits()})
			}
		}
	}
	return nil
}

// findConstants marks the nodes that depend on weights only.
func (net *network) findConstants() {
	for _, n := range net.nodes {
		constant := len(n.in) > 0
		for _, name := range n.in {
			constant = constant && (name == "" || net.isConstant(name))
		}
		net.constant[n] = constant
	}
}

// isConstant reports whether name is a weight, or computed from weights alone.
func (net *network) isConstant(name string) bool {
	return net.tensors[name] != nil || net.constant[net.producer[name]]
}

// needed is the set of nodes that name is computed from, whichever branches are taken.
func (net *network) needed(name string) map[*node]bool { return net.reach(name, (*node).waits) }

// reach is the set of nodes that lead to name, if follow lists the tensors before a node.
func (net *network) reach(name string, follow func(n *node) []string) map[*node]bool {
	seen := make(map[*node]bool)
	todo := []string{name}
	for len(todo) > 0 {
		n := net.producer[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		if n != nil && !seen[n] {
			seen[n] = true
			todo = append(todo, follow(n)...)
		}
	}
	return seen
}
