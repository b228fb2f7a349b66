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
	// Meta is stored in the head's file; its entries are the caller's.
	Meta map[string]string
}

// Hidden is a layer of H units with ReLU between the features and the classes.
type Hidden struct {
	Weight []float32 // [H,D], row-major
	Bias   []float32 // [H]
}

// newHead returns a head with random weights, drawn layer by layer.
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

// linear is one fully connected layer: weight [out,in], row-major, bias [out].
type linear struct{ weight, bias []float32 }

// linears returns the layers, from the features on. They share the head's memory.
func (h *Head) linears() []linear {
	top := linear{h.Weight, h.Bias}
	if h.Hidden == nil {
		return []linear{top}
	}
	return []linear{{h.Hidden.Weight, h.Hidden.Bias}, top}
}

// clone copies the weights, but not Classes and Meta.
func (h *Head) clone() *Head {
	c := &Head{In: h.In, Weight: slices.Clone(h.Weight), Bias: slices.Clone(h.Bias)}
	if h.Hidden != nil {
		c.Hidden = &Hidden{Weight: slices.Clone(h.Hidden.Weight), Bias: slices.Clone(h.Hidden.Bias)}
	}
	return c
}

// copyFrom overwrites the weights with those of a head of the same shape.
func (h *Head) copyFrom(src *Head) {
	from := src.linears()
	for i, l := range h.linears() {
		copy(l.weight, from[i].weight)
		copy(l.bias, from[i].bias)
	}
}

// Logits sets dst [N,C] to the logits of the features x [N,D], both row-major.
// The same features give the same bits whatever N is and on every machine.
func (h *Head) Logits(dst, x []float32) {
	k := kernel.Best()
	n := len(x) / h.In
	layers := h.linears()
	for i, l := range layers {
		if i == len(layers)-1 {
			l.forward(k, dst, x, n)
			return
		}
		y := make([]float32, n*len(l.bias))
		l.forward(k, y, x, n)
		relu(y)
		x = y
	}
}

// forward sets dst [n,out] to x [n,in] times the weight, plus the bias.
func (l linear) forward(k *kernel.Set, dst, x []float32, n int) {
	const tile = 64
	var rows [tile]int32
	for i := range rows {
		rows[i] = int32(i)
	}
	in, out := len(l.weight)/len(l.bias), len(l.bias)
	for from := 0; from < n; from += tile {
		m := min(tile, n-from)
		y := dst[from*out:][:m*out]
		k.Logits(y, x[from*in:], rows[:m], l.weight, out, in)
		addBias(y, l.bias)
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

// relu sets negative values to 0. NaN stays.
func relu(y []float32) {
	for i, v := range y {
		if v < 0 {
			y[i] = 0
		}
	}
}

// Probabilities sets dst [N,C] to the softmax of the logits of x [N,D].
func (h *Head) Probabilities(dst, x []float32) {
	h.Logits(dst, x)
	Softmax(dst[:len(x)/h.In*len(h.Bias)], len(h.Bias))
}

// Softmax replaces each row of logits [N,C] by its probabilities.
func Softmax(logits []float32, classes int) {
	c := newCriterion(classes, nil, 0)
	for ; len(logits) >= classes; logits = logits[classes:] {
		row := logits[:classes]
		sum, _, _ := c.softmax(row)
		for k := range row {
			row[k] = float32(c.p[k] / sum)
		}
	}
}

// Argmax returns the index of the largest value of row, the first of equals, as
// numpy.argmax does: the class that logits [C] predict. Without values it returns
// 0; a NaN is never larger.
func Argmax(row []float32) int {
	best := 0
	for i, v := range row {
		if v > row[best] {
			best = i
		}
	}
	return best
}
