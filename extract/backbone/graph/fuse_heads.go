package graph

import "slices"

// joinHeads merges the three linear layers that make an attention's queries, keys and
// values of the same tokens into one, as transformers writes them apart: the tokens are
// read once.
func joinHeads(layers []Layer) []Layer {
	uses := make(map[*Value]int)
	maker := make(map[*Value]*Conv)
	for _, l := range layers {
		if c, ok := l.(*Conv); ok {
			maker[c.Out] = c
		}
		for _, v := range l.Inputs() {
			uses[v]++
		}
	}
	gone := make(map[Layer]bool)
	for i, l := range layers {
		a, ok := l.(*Attention)
		if !ok {
			continue
		}
		var convs []*Conv
		for _, v := range a.Inputs() {
			if c := maker[v]; c != nil && !slices.Contains(convs, c) {
				convs = append(convs, c)
			}
		}
		if len(convs) < 2 || !joinable(convs, a, uses) {
			continue
		}
		from, outs := make(map[*Value]int), 0
		for _, c := range convs {
			from[c.Out] = outs
			outs += len(c.Bias)
			gone[c] = true
		}
		s := convs[0].Out.Shape
		joined := oneConv(convs, &Value{Name: a.Q.Name + " with keys and values", Shape: Shape{outs, s.H, s.W}})
		b := *a
		b.Q, b.K, b.V = joined.Out, joined.Out, joined.Out
		b.QFrom, b.KFrom, b.VFrom = later(a.QFrom, from[a.Q]), later(a.KFrom, from[a.K]), later(a.VFrom, from[a.V])
		layers[i] = &b
		layers[slices.Index(layers, Layer(lastOf(layers, convs)))] = joined
		for _, c := range convs {
			delete(maker, c.Out)
		}
	}
	return slices.DeleteFunc(layers, func(l Layer) bool { return gone[l] })
}

// joinable reports whether convolutions make all that an attention reads, nothing else
// reads it, and they differ only in their weights.
func joinable(convs []*Conv, a *Attention, uses map[*Value]int) bool {
	reads := 0
	for _, c := range convs {
		if c.KH*c.KW != 1 || c.Groups != 1 || c.Residual != nil || !sameWindow(c, convs[0]) || c.Out.Shape.C%16 != 0 {
			return false
		}
		reads += uses[c.Out]
	}
	return reads == len(a.Inputs())
}

// lastOf is the convolution that stands last.
func lastOf(layers []Layer, convs []*Conv) *Conv {
	var last *Conv
	for _, l := range layers {
		if c, ok := l.(*Conv); ok && slices.Contains(convs, c) {
			last = c
		}
	}
	return last
}

// later adds by to a list of channels.
func later(list []int, by int) []int {
	out := make([]int, len(list))
	for i, c := range list {
		out[i] = c + by
	}
	return out
}
