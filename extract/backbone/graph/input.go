package graph

import (
	"cmp"
	"slices"
)

// defaultSize is the image's height and width if the model leaves them open and nothing else
// says, as nearly all ImageNet classifiers have them.
const defaultSize = 224

// maxChannels bounds the channels of an image; anything with more is not an image.
const maxChannels = 1024

// image makes the operand for the network's input from its declaration, and returns the
// names of the tensors that it stands for: the input, or its transposes if the model,
// from Keras for example, takes [N,H,W,3] and transposes it first.
func (net *network) image(t TensorInfo, opt Options) (operand, []string, error) {
	if len(t.dims) != 4 || !t.elem.isFloat() {
		return operand{}, nil, unsupported("its input is %s: only float images of the layout [N,3,H,W] can be seen", t)
	}
	names := []string{t.Name}
	dims := slices.Clone(t.dims)
	if turned := net.channelsLast(t.Name); turned != nil {
		names = turned
		dims[1], dims[2], dims[3] = dims[3], dims[1], dims[2]
	}
	fill := func(i int, asked, otherwise int64) {
		if asked > 0 {
			dims[i] = asked
		}
		if dims[i] < 0 {
			dims[i] = otherwise
		}
	}
	fill(0, 0, 1)
	fill(1, 0, 3)
	side := int64(cmp.Or(opt.Side, defaultSize))
	fill(2, int64(opt.Height), side)
	fill(3, int64(opt.Width), side)
	n, ok := count(dims[1:])
	if !ok || n > maxElements || dims[0] > 1<<20 || dims[1] > maxChannels {
		return operand{}, nil, invalid("its input %s is absurdly large: export the model again", t)
	}
	s := Shape{int(dims[1]), int(dims[2]), int(dims[3])}
	return operand{val: &Value{Name: t.Name, Shape: s}, dims: dims, typ: t.elem}, names, nil
}

// channelsLast finds the transposes from [N,H,W,C] to [N,C,H,W] that read the
// input; nil unless nothing else does.
func (net *network) channelsLast(input string) []string {
	var turned []string
	for _, n := range net.nodes {
		if !slices.Contains(n.in, input) {
			continue
		}
		if n.op != "Transpose" || !slices.Equal(permutation(n, 4), []int64{0, 3, 1, 2}) {
			return nil
		}
		turned = append(turned, n.out[0])
	}
	return turned
}
