package graph

// LoadBytes is [Load] of a file's content, for fuzzing. Weights in other files
// are looked for in dir.
func LoadBytes(data []byte, dir string, opt Options) (*Graph, error) {
	info := &Info{}
	err := info.parse(data, dir, opt)
	return info.Graph, err
}

// LoadUnfused is LoadBytes without any fusion: a layer for every node.
func LoadUnfused(data []byte) (*Graph, error) {
	m, err := parseModel(data)
	if err != nil {
		return nil, err
	}
	nodes, err := m.decode()
	if err != nil {
		return nil, err
	}
	net, err := newNetwork(m, nodes)
	if err != nil {
		return nil, err
	}
	image, err := net.image(m.inputs[0], Options{})
	if err != nil {
		return nil, err
	}
	output := m.outputs[0].Name
	l, err := net.lower(output, image, m.inputs[0].Name)
	if err != nil {
		return nil, err
	}
	out, err := l.summarise(&choice{tensor: output}, l.known[output], false)
	if err != nil {
		return nil, err
	}
	for i, layer := range l.layers {
		switch layer := layer.(type) {
		case *affine:
			if l.layers[i], err = layer.round(); err != nil {
				return nil, err
			}
		case *product:
			l.layers[i] = layer.round()
		}
	}
	return &Graph{Input: image.val, Features: out.val, Layers: l.layers}, nil
}

// SetMaxTables bounds the lists of elements of views and layers, for fuzzing.
func SetMaxTables(n int64) { maxTables = n }

// SetMaxFilled bounds the elements that ConstantOfShape may make, for fuzzing.
func SetMaxFilled(n int64) { maxFilled = n }
