package head

import (
	"slices"

	"featurecache/head/kernel"
)

// Head is a fully connected layer of C classes on D features, or two with a
// ReLU between them.
type Head struct {
	Classes []string // [C], the classes' names in order; nil while unnamed
	In      int      // D, features
	// Weight is [C,D], row-major, or [C,H] when there is a hidden layer.
	Weight []float32
	Bias   []float32 // [C]
	Hidden *Hidden   // nil when there is none
	// Meta is kept in the head's file: whatever the caller wants to know again.
	Meta map[string]string
}

// Hidden is a layer of H units with ReLU between the features and the classes.
type Hidden struct {
	Weight []float32 // [H,D], row-major
	Bias   []float32 // [H]
}

// newHead returns a head with fresh random weights, layer by layer.
func newHead(width, hidden, classes int, seed uint64) *Head {
	h := &Head{In: width, Bias: make([]float32, classes)}
	layer := uint64(0)
	in := width
	if hidden > 0 {
		h.Hidden = &Hidden{Weight: make([]float32, hidden*width), Bias: make([]float32, hidden)}
		newStream(seed, streamInit, layer).linear(h.Hidden.Weight, h.Hidden.Bias, width)
		layer++
		in = hidden
	}
	h.Weight = make([]float32, classes*in)
	newStream(seed, streamInit, layer).linear(h.Weight, h.Bias, in)
	return h
}

// clone copies the weights; classes and metadata are left out.
func (h *Head) clone() *Head {
	c := &Head{In: h.In, Weight: slices.Clone(h.Weight), Bias: slices.Clone(h.Bias)}
	if h.Hidden != nil {
		c.Hidden = &Hidden{Weight: slices.Clone(h.Hidden.Weight), Bias: slices.Clone(h.Hidden.Bias)}
	}
	return c
}

// copyFrom overwrites the weights with those of a head of the same shape.
func (h *Head) copyFrom(src *Head) {
	copy(h.Weight, src.Weight)
	copy(h.Bias, src.Bias)
	if h.Hidden != nil {
		copy(h.Hidden.Weight, src.Hidden.Weight)
		copy(h.Hidden.Bias, src.Hidden.Bias)
	}
}

// Logits sets dst [N,C] to the logits of the features x [N,D], both row-major.
// The same features give the same bits whatever N is and on every machine.
func (h *Head) Logits(dst, x []float32) {
	k := kernel.Best()
	n := len(x) / h.In
	if h.Hidden == nil {
		linear(k, dst, x, n, h.Weight, h.Bias, h.In)
		return
	}
	units := len(h.Hidden.Bias)
	mid := make([]float32, n*units)
	linear(k, mid, x, n, h.Hidden.Weight, h.Hidden.Bias, h.In)
	for i, v := range mid {
		mid[i] = max(v, 0)
	}
	linear(k, dst, mid, n, h.Weight, h.Bias, units)
}

// linear sets dst [n,C] to x [n,width] times weight [C,width], plus bias [C].
func linear(k *kernel.Set, dst, x []float32, n int, weight, bias []float32, width int) {
	const tile = 64
	var rows [tile]int32
	for i := range rows {
		rows[i] = int32(i)
	}
	for from := 0; from < n; from += tile {
		m := min(tile, n-from)
		out := dst[from*len(bias):][:m*len(bias)]
		k.Logits(out, x[from*width:], rows[:m], weight, len(bias), width)
		addBias(out, bias)
	}
}

// addBias adds bias [C] to each row of logits [N,C].
func addBias(logits, bias []float32) {
	for len(logits) >= len(bias) {
		for c, b := range bias {
			logits[c] += b
		}
		logits = logits[len(bias):]
	}
}

// Probabilities sets dst [N,C] to the softmax of the logits of x [N,D].
func (h *Head) Probabilities(dst, x []float32) {
	h.Logits(dst, x)
	classes := len(h.Bias)
	c := newCriterion(classes, nil, 0)
	for at := 0; at+classes <= len(x)/h.In*classes; at += classes {
		row := dst[at:][:classes]
		sum, _, _ := c.softmax(row)
		for k := range row {
			row[k] = float32(c.p[k] / sum)
		}
	}
}
