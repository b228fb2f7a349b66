package graph

// The layers of networks that attend and normalise. A sequence of T tokens of D features
// is a value like any other: an image of D channels and T pixels. So a linear layer on
// tokens is a 1×1 [Conv], and what ONNX writes with Transpose and Reshape needs no layer:
// the layers below say which pixels and channels they read.

// Constant is a value that is the same for every image: a class token, a table of
// positions.
type Constant struct {
	Out  *Value
	Data []float32 // [C,H,W] row-major
}

// Gather picks, joins and reorders: element i of Out is element From[i] of its inputs, which
// are counted one after another, or 0 if From[i] is −1. Elements are those of [C,H,W],
// row-major.
type Gather struct {
	In   []*Value
	Out  *Value
	From []int32
}

// Norm is layer normalisation over the channels of each pixel:
// Out = (In − mean)/√(variance + Epsilon)·Scale + Shift.
type Norm struct {
	In, Out      *Value
	Groups       int       // the channels are normalised in so many equal parts, mostly 1
	Scale, Shift []float32 // [C]
	Epsilon      float32
	RMS          bool // divided by the root mean square, and no mean subtracted
}

// Attention is scaled dot-product attention, softmax(Scale·q·kᵀ + Bias)·v, for each head of
// each group of tokens. A group is the whole image as a rule, and a window in Swin.
type Attention struct {
	Q, K, V *Value // may be one value
	Out     *Value // head h makes the DV channels from h·DV on
	D, DV   int    // channels of a head in Q and K, and in V

	// The first channel of each head, in Q, K and V.
	QFrom, KFrom, VFrom []int

	// For each group the pixels y·W+x of its queries, of its keys and values, and of its
	// results.
	QPixels, KPixels, OutPixels [][]int32

	Scale float32
	Bias  []float32 // matrices [queries, keys], row-major; nil if there is none
	// BiasAt is where the matrix of group g and head h begins in Bias: BiasAt[g·heads + h].
	BiasAt []int
}

// Softmax is e^In divided by its sum, over the channels of each pixel.
type Softmax struct{ In, Out *Value }

// Reduce makes one number of the channels of each pixel: Out has one channel.
type Reduce struct {
	In, Out *Value
	Op      ReduceOp
}

// ReduceOp says what a [Reduce] makes of its numbers.
type ReduceOp uint8

// The reductions.
const (
	Sum        ReduceOp = iota
	Mean                // Σx / n
	Largest             // max x
	Smallest            // min x
	SumSquares          // Σx²
	Length              // √Σx², ReduceL2
	SumAbs              // Σ|x|, ReduceL1
)

// A Reading is how a layer reads a value in another order than its own: element i is the
// value's element At[i], of [C,H,W] row-major, and element i itself if At is nil.
type Reading struct {
	Of *Value
	At []int32
}

// Combine is Out = A op B, element by element of [C,H,W].
type Combine struct {
	A, B Reading
	Out  *Value
	Op   CombineOp
}

// CombineOp is the operation of a [Combine].
type CombineOp uint8

// The operations.
const (
	Plus CombineOp = iota
	Minus
	Times
	Over
	Minimum
	Maximum
)

// Product is the product of two matrices, both computed from the image, for each of a
// batch: Out's channel n at pixel b·M+m is Σ A[b,m,k]·B[b,k,n]. A reads [Batch,M,K] and B
// [Batch,K,N], row-major.
type Product struct {
	A, B           Reading
	Out            *Value // [N,1,Batch·M]
	Batch, M, K, N int
}

// Inputs implements [Layer].
func (l *Constant) Inputs() []*Value { return nil }

// Output implements [Layer].
func (l *Constant) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *Gather) Inputs() []*Value { return l.In }

// Output implements [Layer].
func (l *Gather) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *Norm) Inputs() []*Value { return []*Value{l.In} }

// Output implements [Layer].
func (l *Norm) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *Attention) Inputs() []*Value { return []*Value{l.Q, l.K, l.V} }

// Output implements [Layer].
func (l *Attention) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *Softmax) Inputs() []*Value { return []*Value{l.In} }

// Output implements [Layer].
func (l *Softmax) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *Reduce) Inputs() []*Value { return []*Value{l.In} }

// Output implements [Layer].
func (l *Reduce) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *Combine) Inputs() []*Value { return []*Value{l.A.Of, l.B.Of} }

// Output implements [Layer].
func (l *Combine) Output() *Value { return l.Out }

// Inputs implements [Layer].
func (l *Product) Inputs() []*Value { return []*Value{l.A.Of, l.B.Of} }

// Output implements [Layer].
func (l *Product) Output() *Value { return l.Out }
