package graph

import "slices"

// Constants are folded before operators are judged: a node whose inputs are all constants
// is computed here and now, whatever operator it is, and leaves no layer. Exporters compute
// shapes, paddings and standardised weights this way.
//
// Floats are float32, and each operation rounds once, so that folded weights have the same
// bits on every machine. Sums are in float64, in order.

// maxFilled bounds the elements that ConstantOfShape makes in one model. The weights of
// onnx's own test models are made so, 143 million of them in its VGG. Fuzzing lowers it.
var maxFilled int64 = 1 << 28

// A folder computes a node's outputs. x is the first input, which every folder needs.
type folder func(f *folding, x *tensor) ([]*tensor, error)

// folding is a node that is being folded.
type folding struct {
	*node
	l    *lowering
	in   []*tensor // decoded; nil where absent
	fill *tensor   // ConstantOfShape's value
}

// folderFor finds the folder of an operator; nil if there is none. The rules of those that
// only reshape, or need the shape only, take constants too.
func folderFor(op string) folder {
	if _, ok := unary[op]; ok {
		return foldUnary
	}
	if _, ok := pairs[op]; ok {
		return foldBinary
	}
	if _, ok := reductions[op]; ok {
		return foldReduction
	}
	switch op {
	case "ArgMax", "ArgMin":
		return foldArgMax
	case "BatchNormalization":
		return foldBatchNorm
	case "Cast":
		return foldCast
	case "CastLike":
		return foldCastLike
	case "Clip":
		return foldClip
	case "Concat":
		return foldConcat
	case "Conv":
		return foldConv
	case "ConstantOfShape":
		return foldFill
	case "CumSum":
		return foldCumSum
	case "Einsum":
		return foldEinsum
	case "Elu", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Swish":
		return foldActivation
	case "Expand":
		return foldExpand
	case "EyeLike":
		return foldEye
	case "Gather":
		return foldGather
	case "GatherElements":
		return foldGatherElements
	case "GatherND":
		return foldGatherND
	case "Gemm":
		return foldGemm
	case "IsInf", "IsNaN":
		return foldTest
	case "LayerNormalization", "RMSNormalization":
		return foldLayerNorm
	case "MatMul":
		return foldMatMul
	case "NonZero":
		return foldNonZero
	case "OneHot":
		return foldOneHot
	case "Pad":
		return foldPad
	case "Range":
		return foldRange
	case "Resize":
		return foldResize
	case "ScatterElements":
		return foldScatterElements
	case "ScatterND":
		return foldScatterND
	case "Slice":
		return foldSlice
	case "Softmax", "LogSoftmax":
		return foldSoftmax
	case "Split":
		return foldSplit
	case "Tile":
		return foldTile
	case "Transpose":
		return foldTranspose
	case "Trilu":
		return foldTrilu
	case "Where":
		return foldWhere
	}
	return nil
}

// fold computes a node that depends on constants only. It reports false if the node
// depends on more, or if there is no folder for it.
func (l *lowering) fold(n *node, in []operand) (bool, error) {
	compute := folderFor(n.op)
	some := false
	for _, x := range in {
		some = some || x.konst != nil
		if x.val != nil {
			return false, nil
		}
	}
	if compute == nil || !some {
		return false, nil
	}
	f := &folding{node: n, l: l, in: make([]*tensor, len(in)), fill: l.fills[n.out[0]]}
	for i, x := range in {
		if x.konst == nil {
			continue
		}
		var err error
		if f.in[i], err = l.decoded(x); err != nil {
			return true, err
		}
	}
	x, err := f.required(0)
	if err != nil {
		return true, err
	}
	out, err := compute(f, x)
	if err == nil {
		err = n.attrs.err
	}
	if err != nil {
		return true, err
	}
	for i, t := range out {
		if i < len(n.out) {
			t.name = n.out[i]
			l.known[n.out[i]] = operand{konst: t, dims: t.dims, typ: t.typ}
		}
	}
	return true, nil
}

// decoded is a constant whose elements are in reals or, if they are integers, in ints.
func (l *lowering) decoded(x operand) (*tensor, error) {
	t := x.konst.withDims(x.dims)
	own := t.typ
	if err := l.spendFolded(t.dims); err != nil {
		return nil, err
	}
	ok := true
	if own.isFloat() {
		if t.reals == nil {
			t.reals, ok = t.float32s()
		}
	} else {
		t.ints, ok = t.integers(t.len())
	}
	t.typ = x.typ
	if !ok || own.isFloat() != t.typ.isFloat() {
		return nil, cannotFold("it computes with constant %q of type %s", t.name, t.typ)
	}
	return t, nil
}

// spend accounts for the memory of a folded constant, before it is allocated. There is room
// for many times the weights.
func (f *folding) spend(dims []int64) error { return f.l.spendFolded(dims) }

func (l *lowering) spendFolded(dims []int64) error {
	n, ok := count(dims)
	if !ok || n > l.folded || len(dims) > maxRank {
		return cannotFold("the constants that it computes are too large, with the shape %v", dims)
	}
	l.folded -= n
	return nil
}

// cannotFold is the error for a constant that stays unknown.
func cannotFold(format string, args ...any) error {
	return unsupported(format+": simplify the model (onnxslim, onnxsim)", args...)
}

// take makes a constant of dims from elements of t: element i is t's element at[i].
func take(t *tensor, dims []int64, at []int) *tensor {
	out := &tensor{typ: t.typ, dims: dims}
	if t.typ.isFloat() {
		out.reals = pickAll(t.reals, at)
	} else {
		out.ints = pickAll(t.ints, at)
	}
	return out
}

func pickAll[T any](from []T, at []int) []T {
	out := make([]T, len(at))
	for i, k := range at {
		out[i] = from[k]
	}
	return out
}

// steps are the distances in row-major memory between neighbours along each axis.
func steps(dims []int64) []int {
	s := make([]int, len(dims))
	step := 1
	for i := len(dims) - 1; i >= 0; i-- {
		s[i] = step
		step *= int(dims[i])
	}
	return s
}

// walk lists the positions start + Σ index·step over all indices of dims, the last fastest.
func walk(dims []int64, step []int, start int) []int {
	n, _ := count(dims)
	at := make([]int, 0, n)
	if n == 0 {
		return at
	}
	index := make([]int64, len(dims))
	for pos := start; ; {
		at = append(at, pos)
		axis := len(dims) - 1
		for ; axis >= 0; axis-- {
			pos += step[axis]
			if index[axis]++; index[axis] < dims[axis] {
				break
			}
			pos -= step[axis] * int(dims[axis])
			index[axis] = 0
		}
		if axis < 0 {
			return at
		}
	}
}

// view makes a constant of dims from the elements of t that walk lists.
func (f *folding) view(t *tensor, dims []int64, step []int, start int) (*tensor, error) {
	if err := f.spend(dims); err != nil {
		return nil, err
	}
	return take(t, dims, walk(dims, step, start)), nil
}

// spread broadcasts t to dims.
func (f *folding) spread(t *tensor, dims []int64) (*tensor, error) {
	if slices.Equal(t.dims, dims) {
		return t, nil
	}
	return f.view(t, dims, spreadSteps(t.dims, steps(t.dims), len(dims)), 0)
}

// spreadSteps are the distances along the axes of a constant that is broadcast to rank
// axes: 0 along those where it has one element.
func spreadSteps(dims []int64, own []int, rank int) []int {
	step := make([]int, rank)
	for i, d := range dims {
		if d > 1 {
			step[rank-len(dims)+i] = own[i]
		}
	}
	return step
}

// broadcast is the common shape of two constants.
func broadcast(a, b []int64) ([]int64, error) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := slices.Clone(a)
	skip := len(a) - len(b)
	for i, d := range b {
		switch {
		case out[skip+i] == d || d == 1:
		case out[skip+i] == 1:
			out[skip+i] = d
		default:
			return nil, invalid("it combines the shapes %v and %v: export the model again", a, b)
		}
	}
	return out, nil
}

// required returns input i, which must be there.
func (f *folding) required(i int) (*tensor, error) {
	if i >= len(f.in) || f.in[i] == nil {
		return nil, invalid("input %d is absent: export the model again", i)
	}
	return f.in[i], nil
}

// list returns the integers of an attribute or, in newer operator sets, of input i; nil if
// there is neither.
func (f *folding) list(name string, i int) ([]int64, error) {
	if i < len(f.in) && f.in[i] != nil {
		if f.in[i].typ.isFloat() {
			return nil, invalid("its %s are no integers: export the model again", name)
		}
		return f.in[i].ints, nil
	}
	return attribute[[]int64](&f.attrs, name, nil), nil
}
