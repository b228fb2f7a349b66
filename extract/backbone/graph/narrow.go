package graph

import "slices"

// narrow computes no more tokens than are read. Where only the class token becomes the
// features, the last block's queries, its projection and its multi-layer perceptron are
// needed for one token of all: a twelfth of a ViT-B, of which the other backbones' runtimes
// compute all.
func narrow(layers []Layer, features *Value) []Layer {
	for {
		more, ok := narrowed(layers, features)
		if !ok {
			return layers
		}
		layers = more
	}
}

// narrowed moves one pick of pixels before the layer that makes them.
func narrowed(layers []Layer, features *Value) ([]Layer, bool) {
	uses := map[*Value]int{features: 1}
	at := make(map[*Value]int) // the layer that makes a value
	for i, l := range layers {
		at[l.Output()] = i
		for _, v := range l.Inputs() {
			uses[v]++
		}
	}
	for i, l := range slices.Backward(layers) {
		g, ok := l.(*Gather)
		if !ok || len(g.In) != 1 || uses[g.In[0]] != 1 {
			continue
		}
		pixels := g.pixels()
		from, made := at[g.In[0]]
		if pixels == nil || !made || 2*len(pixels) > g.In[0].Shape.H*g.In[0].Shape.W {
			continue
		}
		n := &narrower{layers: layers, pixels: pixels, out: g.Out}
		maker := n.remake(layers[from])
		if maker == nil {
			continue
		}
		out := append(slices.Clone(layers[:from]), n.before...)
		out = append(append(out, maker), layers[from+1:i]...)
		return hoist(append(out, layers[i+1:]...)), true
	}
	return nil, false
}

// hoist puts every gather as early as it can stand, so that all that could read it may.
func hoist(layers []Layer) []Layer {
	made := make(map[*Value]bool)
	makes := make(map[*Value]bool)
	for _, l := range layers {
		makes[l.Output()] = true
	}
	var waiting, out []Layer
	for _, l := range layers {
		if _, ok := l.(*Gather); ok {
			waiting = append(waiting, l)
		}
	}
	ready := func() {
		waiting = slices.DeleteFunc(waiting, func(l Layer) bool {
			for _, v := range l.Inputs() {
				if makes[v] && !made[v] {
					return false
				}
			}
			made[l.Output()] = true
			out = append(out, l)
			return true
		})
	}
	ready()
	for _, l := range layers {
		if _, ok := l.(*Gather); ok {
			continue
		}
		out = append(out, l)
		made[l.Output()] = true
		ready()
	}
	return out
}

// pixels are those of its input that a gather picks, with all channels; nil if it does more.
func (l *Gather) pixels() []int32 {
	in, out := l.In[0].Shape, l.Out.Shape
	p, q := in.H*in.W, out.H*out.W
	if in.C != out.C {
		return nil
	}
	for i, at := range l.From {
		if first := l.From[i%q]; first < 0 || int(first) >= p || int(at) != i/q*p+int(first) {
			return nil
		}
	}
	return l.From[:q]
}

// narrower makes one layer again, for some of its pixels.
type narrower struct {
	layers []Layer
	pixels []int32
	out    *Value
	before []Layer // what the layer needs
}

// remake is l for the pixels; nil if they don't depend on the same pixels of its inputs.
func (n *narrower) remake(l Layer) Layer {
	switch l := l.(type) {
	case *Conv:
		if l.KH*l.KW*l.StrideH*l.StrideW != 1 || l.Pad != (Pads{}) {
			return nil
		}
		c := *l
		c.In, c.Out = n.of(l.In), n.out
		if l.Residual != nil {
			c.Residual = n.of(l.Residual)
		}
		return &c
	case *Affine:
		return &Affine{In: n.of(l.In), Out: n.out, Scale: l.Scale, Shift: l.Shift, Act: l.Act}
	case *Activate:
		return &Activate{In: n.of(l.In), Out: n.out, Act: l.Act}
	case *Norm:
		m := *l
		m.In, m.Out = n.of(l.In), n.out
		return &m
	case *Add:
		return &Add{A: n.of(l.A), B: n.of(l.B), Out: n.out, Act: l.Act}
	case *Combine:
		if l.A.At != nil || l.B.At != nil {
			return nil
		}
		return &Combine{A: Reading{Of: n.of(l.A.Of)}, B: Reading{Of: n.of(l.B.Of)}, Out: n.out, Op: l.Op}
	case *Attention:
		return n.attention(l)
	}
	return nil
}

// of is an input's pixels.
func (n *narrower) of(v *Value) *Value {
	for _, l := range n.layers {
		if l.Output() != v {
			continue
		}
		if c, ok := l.(*Constant); ok {
			return n.constant(c)
		}
	}
	out := &Value{Name: v.Name + " narrowed", Shape: Shape{v.Shape.C, n.out.Shape.H, n.out.Shape.W}}
	from := make([]int32, 0, out.Shape.Len())
	plane := int32(v.Shape.H * v.Shape.W)
	for c := range v.Shape.C {
		for _, p := range n.pixels {
			from = append(from, int32(c)*plane+p)
		}
	}
	for _, l := range slices.Concat(n.layers, n.before) {
		if g, ok := l.(*Gather); ok && len(g.In) == 1 && g.In[0] == v && g.Out.Shape == out.Shape && slices.Equal(g.From, from) {
			return g.Out
		}
	}
	n.before = append(n.before, &Gather{In: []*Value{v}, Out: out, From: from})
	return out
}

func (n *narrower) constant(c *Constant) *Value {
	s := c.Out.Shape
	out := &Constant{Out: &Value{Name: c.Out.Name + " narrowed", Shape: Shape{s.C, n.out.Shape.H, n.out.Shape.W}}}
	for i := range s.C {
		for _, p := range n.pixels {
			out.Data = append(out.Data, c.Data[i*s.H*s.W+int(p)])
		}
	}
	n.before = append(n.before, out)
	return out.Out
}

// attention keeps the queries whose results are read. Keys and values stay.
func (n *narrower) attention(l *Attention) Layer {
	a := *l
	a.Out, a.QPixels, a.OutPixels, a.KPixels, a.Bias, a.BiasAt = n.out, nil, nil, nil, nil, nil
	heads := len(l.QFrom)
	for g, out := range l.OutPixels {
		var queries, results []int32
		var rows []int
		for i, p := range out {
			if to := slices.Index(n.pixels, p); to >= 0 {
				queries, results, rows = append(queries, l.QPixels[g][i]), append(results, int32(to)), append(rows, i)
			}
		}
		if rows == nil {
			continue
		}
		a.QPixels, a.OutPixels, a.KPixels = append(a.QPixels, queries), append(a.OutPixels, results), append(a.KPixels, l.KPixels[g])
		for h := range heads {
			if l.Bias == nil {
				break
			}
			keys := len(l.KPixels[g])
			a.BiasAt = append(a.BiasAt, len(a.Bias))
			for _, i := range rows {
				at := l.BiasAt[g*heads+h] + i*keys
				a.Bias = append(a.Bias, l.Bias[at:at+keys]...)
			}
		}
	}
	return &a
}
