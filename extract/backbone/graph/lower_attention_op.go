package graph

import (
	"math"
	"slices"
)

// attentionOp lowers Attention, which exporters write from opset 23 on.
func attentionOp(l *lowering, n *node, in []operand) (operand, error) {
	if len(in) < 3 || in[1].val == nil || in[2].val == nil || in[0].val == nil && in[0].konst == nil {
		return operand{}, unsupported("its keys and values are not computed from the image")
	}
	if in[0].val == nil { // a query that was learnt, as an attention pooling has
		q, err := l.constant(n, in[0], in[1].typ)
		if err != nil {
			return operand{}, err
		}
		in[0] = l.all(q)
	}
	for i, x := range in {
		if i > 3 && (x.val != nil || x.konst != nil) {
			return operand{}, unsupported("it has an input %d: only queries, keys, values and a mask can run", i)
		}
	}
	if n.attrs.float("softcap", 0) != 0 {
		return operand{}, unsupported("it caps its scores (softcap)")
	}
	var h [3]operand
	var counts [3]int64
	for i := range h {
		name := "kv_num_heads"
		if i == 0 {
			name = "q_num_heads"
		}
		var err error
		if h[i], err = l.headsOf(in[i], n.attrs.integer(name, 0)); err != nil {
			return operand{}, err
		}
		counts[i] = h[i].dims[1]
	}
	batch, rows, size := h[0].dims[0], h[0].dims[2], h[0].dims[3]
	keys := h[1].dims[2]
	if counts[1] != counts[2] || counts[0]%counts[1] != 0 || h[1].dims[3] != size || h[2].dims[2] != keys || h[1].dims[0] != batch || h[2].dims[0] != batch {
		return operand{}, invalid("its queries %v, keys %v and values %v don't fit: export the model again", in[0].dims, in[1].dims, in[2].dims)
	}
	count := counts[0]
	for i := 1; i < 3; i++ { // several heads may share their keys and values
		list := make([]int, count)
		for k := range list {
			list[k] = k / int(count/counts[1])
		}
		var err error
		if h[i], err = l.picked(h[i], 1, list); err != nil {
			return operand{}, err
		}
	}
	scale := float64(n.attrs.float("scale", 0))
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(size))
	}
	a := heads{scale: scale}
	stacked := batch * count
	for i, x := range []*operand{&a.q, &a.k, &a.v} {
		var err error
		if *x, err = l.reshaped(h[i], []int64{stacked, h[i].dims[2], h[i].dims[3]}); err != nil {
			return operand{}, err
		}
	}
	var err error
	mask := operand{}
	if len(in) > 3 {
		mask = in[3]
	}
	if a.bias, err = l.maskOf(n, mask, []int64{batch, count, rows, keys}); err != nil {
		return operand{}, err
	}
	y, err := l.attend(n, a)
	if err != nil {
		return operand{}, err
	}
	dims := []int64{batch, count, rows, h[2].dims[3]}
	y = y.seen(y.viewed().reshape(y.dims, dims), dims, 1)
	if len(in[0].dims) == 4 {
		return l.all(y), nil
	}
	y = l.turn(y, []int64{0, 2, 1, 3})
	if y, err = l.reshaped(y, []int64{batch, rows, count * dims[3]}); err != nil {
		return operand{}, err
	}
	return l.all(y), nil
}

// headsOf makes [N,heads,T,d] of one image of an operand of that shape, or of [N,T,heads·d].
func (l *lowering) headsOf(x operand, count int64) (operand, error) {
	x, err := l.one(x)
	if err != nil || len(x.dims) == 4 {
		return x, err
	}
	if len(x.dims) != 3 || count < 1 || x.dims[2]%count != 0 {
		return operand{}, invalid("its input of shape %v has no %d heads: export the model again", x.dims, count)
	}
	if x, err = l.reshaped(x, []int64{x.dims[0], x.dims[1], count, x.dims[2] / count}); err != nil {
		return operand{}, err
	}
	return l.turn(x, []int64{0, 2, 1, 3}), nil
}

// maskOf is an attention's mask, and that of a causal one, as scores have it; nil if there
// is none. dims are those of all scores.
func (l *lowering) maskOf(n *node, mask operand, dims []int64) ([]float64, error) {
	causal := n.attrs.integer("is_causal", 0) != 0
	if mask.val != nil {
		return nil, unsupported("its mask is computed from the image")
	}
	if mask.konst == nil && !causal {
		return nil, nil
	}
	total, ok := count(dims)
	if !ok || total > maxElements {
		return nil, unsupported("its scores have the shape %v", dims)
	}
	if err := l.spendTable(2 * total); err != nil {
		return nil, err
	}
	bias := make([]float64, total)
	rows, keys := int(dims[2]), int(dims[3])
	all := int(dims[0]*dims[1]) * rows
	put := func(i int, x float64) { bias[i%keys*all+i/keys] += x }
	if mask.konst != nil {
		values, err := l.maskValues(mask)
		if err != nil {
			return nil, err
		}
		to, err := broadcast(mask.dims, dims)
		if err != nil || !slices.Equal(to, dims) {
			return nil, unsupported("its mask has the shape %v, and its scores %v", mask.dims, dims)
		}
		for i, at := range walk(dims, spreadSteps(mask.dims, steps(mask.dims), len(dims)), 0) {
			put(i, values[at])
		}
	}
	if causal {
		for i := range bias {
			if i%keys > i/keys%rows {
				put(i, -math.MaxFloat32/2)
			}
		}
	}
	return bias, nil
}

// maskValues are a mask's numbers: what is added to a score, or whether a key may be seen.
func (l *lowering) maskValues(mask operand) ([]float64, error) {
	t := mask.konst
	values := make([]float64, t.len())
	if mask.typ.isFloat() {
		w, ok := t.float32s()
		if !ok {
			return nil, unsupported("its mask is %s", mask.typ)
		}
		for i, x := range w {
			values[i] = max(float64(x), -math.MaxFloat32/2)
			if x != x || x > math.MaxFloat32 {
				return nil, invalid("its mask holds NaN or infinity: the file is damaged")
			}
		}
		return values, nil
	}
	seen, ok := t.integers(t.len())
	if !ok {
		return nil, unsupported("its mask is %s", mask.typ)
	}
	for i, s := range seen {
		if s == 0 {
			values[i] = -math.MaxFloat32 / 2
		}
	}
	return values, nil
}
