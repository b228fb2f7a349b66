package graph

import (
	"fmt"
	"slices"
)

// choice says which tensor is the features, and why.
type choice struct {
	tensor string
	logits string // the classifier's output; "" when there is none
	why    string
	tokens tokenChoice // what to take of its tokens

	meanAxes []int64 // the axes that a mean is taken over
}

// chooseFeature takes the tensor that the user names. By default it takes the output that
// the model calls pooled, else the input of the last fully connected layer that the model's first output needs, where a 1×1 convolution
// after global pooling counts too, or that output if there is no such layer. A fully
// connected layer that is followed by a convolution belongs to the backbone, and so does
// one that the image can bypass, as in squeeze-and-excitation.
func (net *network) chooseFeature(named string) (choice, error) {
	if named != "" {
		tensor, tokens := net.cutTokenChoice(named)
		if net.producer[tensor] == nil {
			return choice{}, unsupported("no node makes a tensor named %q: %s", tensor, net.suggest())
		}
		return choice{tensor: tensor, tokens: tokens, why: "it was asked for by name"}, nil
	}
	if name := net.pooledOutput(); name != "" {
		return choice{tensor: name, why: "it is the model's pooled output by its name"}, nil
	}
	output := net.beforeSoftmax(net.outputs[0].Name)
	needed := net.needed(output)
	if len(needed) == 0 {
		return choice{}, invalid("nothing makes the model's output %q: export the model again", output)
	}
	if tensor := net.severalClassifiers(output); tensor != "" {
		return choice{tensor: tensor, logits: output, why: "it enters several fully connected layers, whose mean is the output"}, nil
	}
	all := net.allGoesThrough(output, needed)
	for _, n := range slices.Backward(net.nodes) {
		switch {
		case !needed[n]:
		case n.op != "Conv" && !all[n]:
		case all[n] && net.isPointwiseClassifier(n):
			return choice{tensor: n.in[0], logits: n.out[0], why: fmt.Sprintf("it enters %s, a fully connected layer in the form of a 1×1 convolution after the pooling", n)}, nil
		case n.op == "Conv":
			return choice{tensor: output, why: "the model has no fully connected layer after its convolutions, so its output is taken"}, nil
		case net.isClassifier(n):
			logits := net.logits(n)
			if embedding, why := net.embedding(logits); why != "" {
				return choice{tensor: embedding, why: fmt.Sprintf("%s makes it: %s", n, why)}, nil
			}
			return choice{tensor: n.in[0], logits: logits, why: fmt.Sprintf("it enters %s, the last fully connected layer", n)}, nil
		}
	}
	return choice{tensor: output, why: "the model has no fully connected layer, so its output is taken"}, nil
}

// beforeSoftmax is the tensor that a Softmax at the model's end reads. Its probabilities
// say no more than the scores before it, and they sum to 1.
func (net *network) beforeSoftmax(output string) string {
	for n := net.producer[output]; n != nil; n = net.producer[output] {
		isEnd := n.op == "Softmax" || n.op == "LogSoftmax" || n.op == "Identity"
		if !isEnd || net.producer[n.in[0]] == nil {
			return output
		}
		output = n.in[0]
	}
	return output
}

// severalClassifiers is the tensor that several classifiers read whose outputs are averaged,
// as networks trained with distillation have; "" if the output is not made so.
func (net *network) severalClassifiers(output string) string {
	source, classifiers := "", 0
	var visit func(tensor string, inside bool) bool
	visit = func(tensor string, inside bool) bool {
		n := net.producer[tensor]
		if n == nil {
			return false
		}
		switch {
		case !inside && net.isClassifier(n):
			classifiers++
			return visit(n.in[0], true)
		case n.op == "Identity" || n.op == "Dropout" || inside && n.op == "BatchNormalization":
			return visit(n.in[0], inside)
		case inside:
			if source == "" {
				source = tensor
			}
			return source == tensor
		case n.op == "Add" || n.op == "Div" || n.op == "Mul":
			found := false
			for _, name := range n.in {
				if net.isConstant(name) {
					continue
				}
				if !visit(name, false) {
					return false
				}
				found = true
			}
			return found
		}
		return false
	}
	if !visit(output, false) || classifiers < 2 {
		return ""
	}
	return source
}

// allGoesThrough finds the nodes that everything from the image passes on its way to the
// output. In the network's order, such a node is the only one up to it whose result is
// read after it.
func (net *network) allGoesThrough(output string, needed map[*node]bool) map[*node]bool {
	pixels := net.pixels()
	all := make(map[*node]bool)
	open := map[string]bool{output: true} // read by the nodes seen so far, and made by others
	for _, n := range slices.Backward(net.nodes) {
		if !needed[n] || !pixels[n.out[0]] {
			continue
		}
		made := 0
		for _, name := range n.out {
			if open[name] {
				delete(open, name)
				made++
			}
		}
		all[n] = made > 0 && len(open) == 0
		for _, name := range n.in {
			if pixels[name] {
				open[name] = true
			}
		}
	}
	return all
}

// pixels are the tensors that depend on the image, and on more than its size.
func (net *network) pixels() map[string]bool {
	pixels := make(map[string]bool)
	for _, t := range net.inputs {
		pixels[t.Name] = net.tensors[t.Name] == nil
	}
	for _, n := range net.nodes {
		if n.op != "Shape" && n.op != "Size" && slices.ContainsFunc(n.in, func(name string) bool { return pixels[name] }) {
			for _, name := range n.out {
				pixels[name] = name != ""
			}
		}
	}
	return pixels
}

func (net *network) isClassifier(n *node) bool {
	return (n.op == "Gemm" || n.op == "MatMul") && len(n.in) >= 2 && net.producer[n.in[0]] != nil &&
		net.isConstant(n.in[1])
}

// isPointwiseClassifier recognises a 1×1 convolution whose input was pooled over the whole
// image: it is a fully connected layer.
func (net *network) isPointwiseClassifier(n *node) bool {
	if n.op != "Conv" || len(n.in) < 2 {
		return false
	}
	weight := net.tensors[n.in[1]]
	if weight == nil || len(weight.dims) != 4 || weight.dims[2] != 1 || weight.dims[3] != 1 || n.attrs.integer("group", 1) != 1 {
		return false
	}
	from := net.producer[n.in[0]]
	for from != nil && (from.op == "Dropout" || from.op == "Identity") {
		from = net.producer[from.in[0]]
	}
	return from != nil && (from.op == "GlobalAveragePool" || from.op == "ReduceMean")
}

// embedding recognises that a fully connected layer's output is an embedding, not scores
// of classes, by the batch norm or the division by its length that follows, as in ArcFace's
// networks. It returns the last tensor before such a division, and why; or no reason.
func (net *network) embedding(tensor string) (last, why string) {
	readers := make(map[string][]*node)
	for _, n := range net.nodes {
		for _, name := range n.in {
			readers[name] = append(readers[name], n)
		}
	}
	for {
		for _, n := range readers[tensor] {
			if n.op == "ReduceL2" || n.op == "LpNormalization" {
				return tensor, "it is divided by its length, so it is an embedding"
			}
		}
		if len(readers[tensor]) != 1 {
			return tensor, why
		}
		switch n := readers[tensor][0]; n.op {
		case "BatchNormalization":
			why = "a batch norm follows, so it is an embedding"
			tensor = n.out[0]
		case "Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze":
			tensor = n.out[0]
		default:
			return tensor, why
		}
	}
}

// logits is the output of the fully connected layer n, or of the node that adds its bias
// if that is a separate one.
func (net *network) logits(n *node) string {
	out := n.out[0]
	if n.op != "MatMul" {
		return out
	}
	for _, r := range net.nodes {
		if r.op == "Add" && len(r.in) == 2 && (r.in[0] == out && net.isConstant(r.in[1]) || r.in[1] == out && net.isConstant(r.in[0])) {
			return r.out[0]
		}
	}
	return out
}

// suggest names a few tensors that could be features.
func (net *network) suggest() string {
	var names []string
	for _, n := range net.nodes[max(0, len(net.nodes)-4):] {
		names = append(names, n.out[0])
	}
	return fmt.Sprintf("the last ones are %q; 'backbone inspect' lists them all", names)
}
