package graph

import "math"

// maxElements bounds an activation of one image (512 MiB in float32), so that
// a model of absurd geometry is refused here and not by running out of memory.
const maxElements = 1 << 27

// maxTables bounds the lists of elements that views and layers hold, 4 bytes each. A file
// gets fewer by its size, so that a small one takes no more than a second.
var maxTables int64 = 1 << 29

// operand is what a tensor of the model is: a constant, or a view of a Value.
type operand struct {
	konst *tensor
	val   *Value
	dims  []int64 // ONNX's shape, batch first
	view  view    // where its elements lie in val; nil: in val's own order, row-major
	typ   dataType
	pad   Pads // zeros around it that the next layer has to add; counted in dims
	low   bool // pad is not of zeros, but of what a max pool pads with
	dead  bool // made by a node that can't run; the complaint is noted
	guard bool // a condition: whether the elements are NaN
}

// lowering turns nodes into layers, one at a time and unfused.
type lowering struct {
	*network
	batch    int64 // as the file declares it; 1 when it is symbolic
	known    map[string]operand
	layers   []Layer
	maker    map[*Value]Layer
	pixelsIn *Value               // the network's image
	gathers  map[*Value][]*Gather // those that read a value, which need not be made twice
	seen     map[string]bool      // the network's pixels; nil until a node can't run
	budget   int64                // number of floats that may still be allocated
	folded   int64                // number of elements of constants that may still be computed
	filled   int64                // number of those that ConstantOfShape has made
	tables   int64                // number of indices that views and layers may still list
}

// lower makes the layers that compute the feature tensor. input is the tensor that is the
// image.
func (net *network) lower(feature string, image operand, input string) (*lowering, error) {
	l := &lowering{network: net, batch: image.dims[0], known: make(map[string]operand),
		maker: make(map[*Value]Layer), gathers: make(map[*Value][]*Gather), pixelsIn: image.val}
	// Each weight is copied once to decode it and at most once to transform it, or more
	// often if layers share it. The rest is for layers without weights.
	l.budget = 1 << 22
	weights := int64(0)
	l.known[input] = image
	for name, t := range net.tensors {
		l.known[name] = operand{konst: t, dims: t.dims, typ: t.typ}
		if t.typ.size() > 0 { // else nobody has counted its data
			weights += int64(t.len())
		}
	}
	l.budget += 4 * weights
	l.folded = 1<<20 + 8*weights + 2*maxFilled
	l.tables = min(maxTables, 1<<25+64*weights)
	needed := net.needed(feature)
	wrong := make(map[*node]error)
	for _, n := range net.nodes {
		if _, done := l.known[n.out[0]]; done || !needed[n] {
			continue
		}
		if !l.taken(n.branch) {
			l.drop(n)
			continue
		}
		if err := l.node(n); err != nil {
			wrong[n] = atNode(n, err)
			l.drop(n)
		}
	}
	return l, complain(l.ofUse(wrong, feature))
}

// node makes the layers of one node. Only the first output of a node is used
// by the operators that can run; the others (masks, indices, batch statistics)
// stay unknown.
func (l *lowering) node(n *node) error {
	if n.op == "If" && len(n.in) > 0 {
		return l.chooseBranch(n)
	}
	in := make([]operand, len(n.in))
	dead := false
	for i, name := range n.in {
		if name == "" {
			continue
		}
		op, ok := l.known[name]
		if !ok {
			return l.unknown(name)
		}
		in[i] = op
		dead = dead || op.dead
		if err := l.spendView(op); err != nil {
			return err
		}
	}
	if !dead {
		if folded, err := l.fold(n, in); folded || err != nil {
			return err
		}
	}
	rule := ruleFor(n.op)
	if rule == nil {
		return l.cannotRun(n)
	}
	out := operand{dead: true}
	if !dead {
		var err error
		if out, err = rule(l, n, in); err != nil {
			return err
		}
		if n.attrs.err != nil {
			return n.attrs.err
		}
	}
	l.known[n.out[0]] = out
	return nil
}

// cannotRun explains a node without a rule.
func (l *lowering) cannotRun(n *node) error {
	if l.seen == nil {
		l.seen = l.pixels()
	}
	if l.seen[n.out[0]] {
		return unsupportedOp(n.op)
	}
	return cannotFold("the operator %s computes a constant and can't be folded", n.op)
}

// unknown explains an input that is neither a weight nor the output of a layer.
func (l *lowering) unknown(name string) error {
	if l.producer[name] != nil {
		return unsupported("it reads %q, a secondary result that is not computed", name)
	}
	return unsupported("it reads a second input of the model, %q: export the part that depends on the image alone", name)
}

// add appends a layer that makes a new value.
func (l *lowering) add(layer Layer) {
	l.layers = append(l.layers, layer)
	l.maker[layer.Output()] = layer
}

// value makes a new activation of the dimensions [batch,C,H,W] or, for a vector, dims.
func (l *lowering) value(n *node, s Shape, typ dataType, dims ...int64) (operand, error) {
	if len(dims) == 0 {
		dims = []int64{l.batch, int64(s.C), int64(s.H), int64(s.W)}
	}
	total, ok := count([]int64{int64(s.C), int64(s.H), int64(s.W)})
	if !ok || total > maxElements || total == 0 || total*l.batch > math.MaxInt32 {
		return operand{}, tooLarge(s)
	}
	return operand{val: &Value{Name: n.out[0], Shape: s}, dims: dims, typ: typ}, nil
}

// tooLarge refuses a result of a shape.
func tooLarge(shape any) error {
	return unsupported("its result would have the shape %v per image: only 1 to %d elements are possible", shape, maxElements)
}

// image takes input i as a [batch,C,H,W] activation in its value's own order. Padding that a
// Pad node left for this layer is the caller's to add.
func (l *lowering) image(n *node, in []operand, i int) (operand, error) {
	if i >= len(in) || in[i].val == nil {
		return operand{}, unsupported("input %d is not computed from the image", i)
	}
	x := in[i]
	if len(x.dims) != 4 {
		return operand{}, unsupported("its input has the shape %v, which is not an image of the layout [N,C,H,W]", x.dims)
	}
	if x.pad != (Pads{}) {
		return x, nil // such padding is around an image
	}
	return l.natural(n, x)
}

// natural makes x a value in its own order.
func (l *lowering) natural(n *node, x operand) (operand, error) {
	x = l.settle(x)
	if err := l.spendView(x); err != nil {
		return operand{}, err
	}
	x, err := l.one(x)
	if err != nil {
		return operand{}, err
	}
	if x, err = l.inOrder(n, x); err != nil {
		return operand{}, err
	}
	return l.all(x), nil
}

// spend accounts for an allocation of n floats, so that a small file that uses the
// same weights many times can't take much memory.
func (l *lowering) spend(n int64) error {
	if l.budget -= n; l.budget < 0 {
		return unsupported("the model uses the same weights too often: its layers would take many times the file's size")
	}
	return nil
}

// weights decodes a constant input of the model as float32, checked to be
// finite and of the same type as the activation that it meets.
func (l *lowering) weights(in []operand, i int, like dataType) ([]float32, error) {
	if i >= len(in) || in[i].konst == nil {
		return nil, unsupported("input %d is not a constant: only trained networks with fixed weights can run", i)
	}
	t := in[i].konst
	if in[i].typ != like {
		return nil, invalid("types disagree: weight %q is %s, but the layer computes in %s; export the model again in float32", t.name, in[i].typ, like)
	}
	if err := l.spend(int64(t.len())); err != nil {
		return nil, err
	}
	w, ok := t.float32s()
	if !ok {
		return nil, unsupported("weight %q is %s: export the model in float32", t.name, t.typ)
	}
	if !isFinite(w) {
		return nil, invalid("weight %q holds NaN or infinity: the training diverged or the file is damaged", t.name)
	}
	return w, nil
}
