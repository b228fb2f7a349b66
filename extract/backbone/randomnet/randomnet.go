// Package randomnet writes ResNets with random weights as ONNX files, for tests
// and demonstrations that must not wait for a download. Random convolutions are
// poor features, but features all the same.
//
// [WriteResNet] writes what torchvision's resnet18 and its kin export to with
// their batch norm folded: opset 13, one input [N,3,S,S], one output [N,classes].
// The same options give the same bytes on every machine.
package randomnet

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
)

// Options describe the network. The zero value is a full-size ResNet-18.
type Options struct {
	Blocks     []int  // residual blocks of each stage; nil means {2,2,2,2}
	Bottleneck bool   // blocks of three convolutions, as from ResNet-50 on
	Width      int    // channels of the first stage; each further one doubles them; 0 means 64
	InputSize  int    // height and width of the image; 0 means 224
	Classes    int    // outputs of the classifier; 0 means 1000
	Seed       uint64 // of the weights
}

func (o Options) withDefaults() (Options, error) {
	if o.Blocks == nil {
		o.Blocks = []int{2, 2, 2, 2}
	}
	for v, otherwise := range map[*int]int{&o.Width: 64, &o.InputSize: 224, &o.Classes: 1000} {
		if *v == 0 {
			*v = otherwise
		}
	}
	if o.Width < 0 || o.InputSize < 0 || o.Classes < 0 || len(o.Blocks) > 8 {
		return o, fmt.Errorf("random network: no such network: %+v", o)
	}
	return o, nil
}

// WriteResNet writes the network to w as an ONNX model.
func WriteResNet(w io.Writer, opt Options) error {
	opt, err := opt.withDefaults()
	if err != nil {
		return err
	}
	n := &net{rng: rand.New(rand.NewPCG(opt.Seed, 0))}
	x := n.conv("conv1", "input", 3, opt.Width, 7, 2, 1)
	x = n.node("Relu", "relu", []string{x})
	x = n.node("MaxPool", "maxpool", []string{x}, ints("kernel_shape", 3, 3), ints("strides", 2, 2), ints("pads", 1, 1, 1, 1))
	in := opt.Width
	for stage, blocks := range opt.Blocks {
		for block := range blocks {
			stride := 1
			if stage > 0 && block == 0 {
				stride = 2
			}
			name := fmt.Sprintf("layer%d.%d", stage+1, block)
			x, in = n.block(name, x, in, opt.Width<<stage, stride, opt.Bottleneck)
		}
	}
	x = n.node("GlobalAveragePool", "avgpool", []string{x})
	x = n.node("Flatten", "flatten", []string{x}, integer("axis", 1))
	n.tensor("fc.weight", n.uniform(opt.Classes*in, 1/math.Sqrt(float64(in))), opt.Classes, in)
	n.tensor("fc.bias", n.uniform(opt.Classes, 1/math.Sqrt(float64(in))), opt.Classes)
	n.node("Gemm", "logits", []string{x, "fc.weight", "fc.bias"}, integer("transB", 1))
	if _, err := w.Write(n.model(opt)); err != nil {
		return fmt.Errorf("random network: %w", err)
	}
	return nil
}

// block appends a residual block and returns its output and that one's channels.
func (n *net) block(name, x string, in, width, stride int, bottleneck bool) (string, int) {
	out, shortcut := width, x
	var y string
	// The last convolution of a branch is halved, so that the sum's scale doesn't
	// double from block to block.
	if bottleneck {
		out = 4 * width
		y = n.node("Relu", name+".relu1", []string{n.conv(name+".conv1", x, in, width, 1, 1, 1)})
		y = n.node("Relu", name+".relu2", []string{n.conv(name+".conv2", y, width, width, 3, stride, 1)})
		y = n.conv(name+".conv3", y, width, out, 1, 1, 0.5)
	} else {
		y = n.node("Relu", name+".relu1", []string{n.conv(name+".conv1", x, in, width, 3, stride, 1)})
		y = n.conv(name+".conv2", y, width, width, 3, 1, 0.5)
	}
	if stride != 1 || in != out {
		shortcut = n.conv(name+".downsample", x, in, out, 1, stride, 1)
	}
	return n.node("Relu", name+".relu", []string{n.node("Add", name+".add", []string{y, shortcut})}), out
}

// conv appends a k×k convolution whose padding keeps the size at stride 1. Its
// weights are He's, U(±√(6/fan-in)), times gain.
func (n *net) conv(name, x string, in, out, k, stride int, gain float64) string {
	weight, bias := name+".weight", name+".bias"
	n.tensor(weight, n.uniform(out*in*k*k, gain*math.Sqrt(6/float64(in*k*k))), out, in, k, k)
	n.tensor(bias, n.uniform(out, 0.1), out)
	p := k / 2
	return n.node("Conv", name, []string{x, weight, bias}, ints("kernel_shape", k, k), ints("strides", stride, stride),
		ints("pads", p, p, p, p), ints("dilations", 1, 1), integer("group", 1))
}

// uniform draws from [−bound, bound).
func (n *net) uniform(count int, bound float64) []float32 {
	v := make([]float32, count)
	for i := range v {
		v[i] = float32((2*n.rng.Float64() - 1) * bound)
	}
	return v
}
