package graph

import (
	"cmp"
	"math"
	"slices"
)

// defaultSize is the image's height and width if the model leaves them open and nothing else
// says, as nearly all ImageNet classifiers have them.
const defaultSize = 224

// maxChannels bounds the channels of an image; anything with more is not an image.
const maxChannels = 1024

// image makes the operand for the network's input from its declaration. Models from Keras
// and TensorFlow take [N,H,W,3]: that is a view of the image's planes.
func (net *network) image(t TensorInfo, opt Options) (operand, error) {
	if len(t.dims) != 4 || !t.elem.isFloat() {
		return operand{}, unsupported("its input is %s: only float images of the layout [N,3,H,W] or [N,H,W,3] can be seen", t)
	}
	dims := slices.Clone(t.dims)
	last := net.channelsLast(t)
	if last {
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
	if !ok || n > maxElements || n*max(1, dims[0]) > math.MaxInt32 || dims[0] > 1<<20 || dims[1] > maxChannels {
		return operand{}, invalid("its input %s is absurdly large: export the model again", t)
	}
	s := Shape{int(dims[1]), int(dims[2]), int(dims[3])}
	x := operand{val: &Value{Name: t.Name, Shape: s}, dims: dims, typ: t.elem}
	if last {
		x.view = natural(dims).transpose(dims, []int64{0, 2, 3, 1})
		x.dims = []int64{dims[0], dims[2], dims[3], dims[1]}
	}
	return x, nil
}

// channelsLast reports whether the input is [N,H,W,C]: its shape says so, or all that reads
// it is a transpose to [N,C,H,W].
func (net *network) channelsLast(t TensorInfo) bool {
	if c := t.dims[3]; (c == 3 || c == 1) && t.dims[1] != 3 && t.dims[1] != 1 {
		return true
	}
	turned := false
	for _, n := range net.nodes {
		if !slices.Contains(n.in, t.Name) {
			continue
		}
		if n.op != "Transpose" || !slices.Equal(permutation(n, 4), []int64{0, 3, 1, 2}) {
			return false
		}
		turned = true
	}
	return turned
}
