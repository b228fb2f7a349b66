// Package graph reads an ONNX model into the short list of layers that a backbone is made
// of.
//
// [Load] reads a model in two parts. The package parses the file's outer structure
// itself, with protowire, and keeps the weights as slices of the file. The nodes
// alone go to onnx-go, which decodes their attributes and wires them up; decode.go
// says why it does not see the rest. Then, node by node in order:
//
//   - What depends on constants only is computed (fold.go): exporters compute shapes,
//     paddings, weights and tables of positions with some sixty operators.
//   - What only moves elements (Transpose, Reshape, Slice, Split, Gather, Expand, Pad, a
//     roll, windows) becomes a view of the value that holds them (view.go), and no layer.
//     A layer that wants tokens of D features finds them wherever D is the channels of a
//     value and the other axes are its pixels, in any order; only else it asks for a
//     [Gather].
//   - What computes becomes a layer. Views make the ways alike in which exporters write
//     attention, LayerNorm, GELU and their like in many nodes, so that a pattern is
//     recognised by what computes a value from what (patterns.go, lower_attention.go).
//     What is not recognised runs by general, slower layers.
//
// At last, batch norm and scales are folded into convolutions and norms, residual additions
// and activations are fused into the layers that feed them (fuse.go), the classifier is
// cut off, and tokens that no feature depends on are not computed (narrow.go). The result, a
// [Graph], says what to compute. How to compute it is up to package backbone.
//
// The rules are in rules.go, by operator. They cover convolutional networks of all ages;
// ViT, DeiT, DINOv2, CLIP, SigLIP, BEiT, EVA-02, DINOv3, Swin, ConvNeXt, MLP-Mixer and
// their many relatives; from PyTorch's two exporters, timm, torchvision, transformers,
// Keras and TensorFlow. Recurrent networks, detectors' operators and control flow that
// depends on the image are refused, and so is a batch that is fixed to several images
// where a network moves it inwards. The error names the operator and says what to do.
//
// The files follow the data: load, sniff, model (protobuf), tensor, external, decode and
// record (onnx-go), order, feature, lower with its folds, views, rules and patterns, fuse,
// narrow.
package graph

// Shape is the shape of one image's activations, [C,H,W] without the batch
// dimension. A vector has H = W = 1.
type Shape struct{ C, H, W int }

// Len is the number of elements, C·H·W.
func (s Shape) Len() int { return s.C * s.H * s.W }

// A Value is a tensor that flows between layers. Values are compared by pointer.
type Value struct {
	Name  string // the ONNX tensor's name, for messages
	Shape Shape
}

// A Graph is a backbone from the image to the features.
type Graph struct {
	Input    *Value   // the normalised image, usually [3,224,224]
	Features *Value   // what enters the classifier; row-major [C,H,W] when H·W > 1
	Layers   []Layer  // every layer stands after the layers that make its inputs
	Logits   string   // the name of the classifier's output; "" when the model has no classifier
	Hash     [32]byte // SHA-256 of the model file, and of its external data files in name order
	Params   int      // number of weights and biases, classifier included
	Note     string   // what speaks against the choice of features; "" if nothing does

	colours colourMetadata
	framing framingMetadata
}

// MACs counts the multiply-adds of one forward pass, as direct convolution.
func (g *Graph) MACs() int64 {
	var n int64
	for _, l := range g.Layers {
		n += MACs(l)
	}
	return n
}

// A Layer makes one value out of others. It is one of *Conv, *Affine, *Add,
// *Scale, *Concat, *Activate, *LRN, *MaxPool, *AvgPool, or of those in tokens.go:
// *Constant, *Gather, *Norm, *Attention, *Softmax, *Reduce, *Combine, *Product.
type Layer interface {
	// Inputs are the values that the layer reads, in order.
	Inputs() []*Value
	// Output is the value that the layer makes.
	Output() *Value
}

// Pads are the zero (or, for max pooling, −∞) rows and columns around an input.
type Pads struct{ Top, Left, Bottom, Right int }

// Conv is a two-dimensional convolution (a cross-correlation, as in ONNX) with
// its epilogue: Out = Act(In ∗ Weight + Bias + Residual). A linear layer before
// the features is a 1×1 convolution of a [C,1,1] input.
type Conv struct {
	In, Out              *Value
	Residual             *Value    // of Out's shape; nil when there is none
	Weight               []float32 // [Out.C, In.C/Groups, KH, KW]
	Bias                 []float32 // [Out.C]
	KH, KW               int
	StrideH, StrideW     int
	DilationH, DilationW int
	Groups               int
	Pad                  Pads
	Act                  Activation
}

// Affine is Out = Act(In·Scale + Shift), per channel: a batch norm that
// no convolution could absorb.
type Affine struct {
	In, Out      *Value
	Scale, Shift []float32 // [C]
	Act          Activation
}

// Add is Out = Act(A + B), where no convolution could absorb the sum.
type Add struct {
	A, B, Out *Value
	Act       Activation
}

// Scale is Out = Act(In·Gain), where each channel of In is multiplied by its element
// of Gain: the end of squeeze-and-excitation, whose gain is computed from In.
type Scale struct {
	In, Out *Value
	Gain    *Value // [C,1,1]
	Act     Activation
}

// Concat is Out = In[0], In[1], … one after another: their channels, at the same
// height and width. A value may be among them more than once.
type Concat struct {
	In  []*Value // at least one
	Out *Value
}

// Activate is Out = Act(In), where no layer before it could absorb the activation.
type Activate struct {
	In, Out *Value
	Act     Activation
}

// LRN is local response normalisation across channels, as AlexNet and GoogLeNet have it:
// Out[c] = In[c] / (Bias + Alpha/Size·Σ In[k]²)^Beta, where k runs over the Size channels
// around c that there are; of an even Size, one more lies behind c than before it.
type LRN struct {
	In, Out           *Value
	Size              int
	Alpha, Beta, Bias float32 // Beta is 1, 1/2 or 3/4
}

// MaxPool takes the largest element of each window; padding never wins.
type MaxPool struct {
	In, Out              *Value
	KH, KW               int
	StrideH, StrideW     int
	DilationH, DilationW int
	Pad                  Pads
}

// AvgPool takes the mean of each window. A global average pool is one whose
// window is the whole input.
type AvgPool struct {
	In, Out          *Value
	KH, KW           int
	StrideH, StrideW int
	Pad              Pads
	CountPad         bool // the divisor counts padding too (ONNX count_include_pad)
}

// ActKind names an activation function.
type ActKind uint8

// The activation functions, with their ONNX definitions.
const (
	None        ActKind = iota // x
	Relu                       // max(x, 0)
	Clip                       // min(max(x, Lo), Hi)
	Sigmoid                    // 1/(1+e^−x)
	SiLU                       // x·sigmoid(x)
	HardSigmoid                // min(max(A·x+B, 0), 1), A in Lo and B in Hi
	HardSwish                  // x·hardsigmoid(x) with A = 1/6, B = 1/2
	GELU                       // x/2·(1+erf(x/√2))
	GELUTanh                   // x/2·(1+tanh(√(2/π)·(x+0.044715·x³)))
	Swish                      // x·sigmoid(A·x), A in Lo; SiLU where A is 1
	Erf                        // the error function
	Exp                        // e^x
	Tanh                       //
	Sqrt                       // √x
	Abs                        // |x|
	Reciprocal                 // 1/x
	Power                      // x^A for the A in Lo that are ±1/2 or an integer from −8 to 8
	LeakyRelu                  // x where it is above 0, else A·x, A in Lo
	Elu                        // x where it is above 0, else A·(e^x−1), A in Lo
	NaNTo                      // x where it is a number, else A, A in Lo
)

// Activation is an activation function and its two parameters, where it has any.
type Activation struct {
	Kind   ActKind
	Lo, Hi float32
}

// Inputs implements [Layer].
func (l *Conv) Inputs() []*Value {
	if l.Residual != nil {
		return []*Value{l.In, l.Residual}
	}
	return []*Value{l.In}
}

// Output implements [Layer].
func (l *Conv) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *Affine) Inputs() []*Value { return []*Value{l.In} }

// Output implements [Layer].
func (l *Affine) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *Add) Inputs() []*Value { return []*Value{l.A, l.B} }

// Output implements [Layer].
func (l *Add) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *Scale) Inputs() []*Value { return []*Value{l.In, l.Gain} }

// Output implements [Layer].
func (l *Scale) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *Concat) Inputs() []*Value { return l.In }

// Output implements [Layer].
func (l *Concat) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *Activate) Inputs() []*Value { return []*Value{l.In} }

// Output implements [Layer].
func (l *Activate) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *LRN) Inputs() []*Value { return []*Value{l.In} }

// Output implements [Layer].
func (l *LRN) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *MaxPool) Inputs() []*Value { return []*Value{l.In} }

// Output implements [Layer].
func (l *MaxPool) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *AvgPool) Inputs() []*Value { return []*Value{l.In} }

// Output implements [Layer].
func (l *AvgPool) Output() *Value { return l.Out }
