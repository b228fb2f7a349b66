package backbone

import (
	"math/rand/v2"

	"featurecache/extract/backbone/graph"
)

// tokenGraph draws a network of the layers that attend, normalise and reorder, in odd
// sizes: patches, class tokens, attention over everything and in windows, attention that
// nobody recognised, gates, and gathers of every kind.
func tokenGraph(seed uint64) *graph.Graph {
	r := &grapher{rng: rand.New(rand.NewPCG(seed, 94))}
	r.g = &graph.Graph{Input: &graph.Value{Name: "image", Shape: graph.Shape{C: 3, H: 8 + r.rng.IntN(10), W: 8 + r.rng.IntN(10)}}}
	x := r.patches([]int{16, 24, 32, 48, 21}[r.rng.IntN(5)])
	steps := []func(*graph.Value) *graph.Value{
		r.normBlock, r.attentionBlock, r.attentionBlock, r.perceptron, r.unrecognised, r.pooledBy, r.gated,
		r.classToken, r.reordered, r.reordered, r.turned, r.combined, r.combined, r.functions, r.withConstants, r.picked, r.reducedBy,
	}
	for range 4 + r.rng.IntN(5) {
		x = steps[r.rng.IntN(len(steps))](x)
		if s := x.Shape; s.H*s.W > 200 || s.C > 100 {
			x = r.picked(x)
		}
	}
	x = r.norm(x, 1)
	switch r.rng.IntN(3) {
	case 0:
		x = r.global(x)
	case 1:
		x = r.picked(x)
	}
	r.g.Features = x
	return r.g
}

func (r *grapher) of(s graph.Shape) *graph.Value { return r.value(s.C, s.H, s.W) }

// patches is the convolution that makes tokens of the image.
func (r *grapher) patches(c int) *graph.Value {
	s, k := r.g.Input.Shape, 2+r.rng.IntN(2)
	return r.weights(&graph.Conv{In: r.g.Input, Out: r.value(c, s.H/k, s.W/k), KH: k, KW: k, StrideH: k, StrideW: k,
		DilationH: 1, DilationW: 1, Groups: 1})
}

func (r *grapher) linear(x *graph.Value, out int, residual *graph.Value) *graph.Value {
	s := x.Shape
	return r.weights(&graph.Conv{In: x, Residual: residual, Out: r.value(out, s.H, s.W), KH: 1, KW: 1, StrideH: 1, StrideW: 1,
		DilationH: 1, DilationW: 1, Groups: 1})
}

func (r *grapher) norm(x *graph.Value, groups int) *graph.Value {
	l := &graph.Norm{In: x, Out: r.of(x.Shape), Groups: groups, Epsilon: 1e-5, RMS: r.rng.IntN(3) == 0}
	if r.rng.IntN(4) > 0 {
		l.Scale, l.Shift = r.draw(x.Shape.C, 1), r.draw(x.Shape.C, 0.3)
	}
	return r.put(l)
}

func (r *grapher) normBlock(x *graph.Value) *graph.Value {
	groups := []int{1, 1, 2, 3, 4}[r.rng.IntN(5)]
	if x.Shape.C%groups != 0 || x.Shape.C/groups < 4 {
		groups = 1
	}
	return r.norm(x, groups)
}

func (r *grapher) activated(x *graph.Value, act graph.Activation) *graph.Value {
	return r.put(&graph.Activate{In: x, Out: r.of(x.Shape), Act: act})
}

func (r *grapher) clipped(x *graph.Value, lo, hi float32) *graph.Value {
	return r.activated(x, graph.Activation{Kind: graph.Clip, Lo: lo, Hi: hi})
}

// attentionBlock is attention of x to itself, over all of it or in windows of its pixels in
// any order, which may differ in size.
func (r *grapher) attentionBlock(x *graph.Value) *graph.Value {
	heads, d, dv := 1+r.rng.IntN(3), []int{4, 8, 16, 7}[r.rng.IntN(4)], []int{4, 16, 32, 5}[r.rng.IntN(4)]
	qkv := r.linear(r.norm(x, 1), heads*(2*d+dv), nil)
	l := &graph.Attention{Q: qkv, K: qkv, V: qkv, D: d, DV: dv, Scale: 0.5}
	for h := range heads { // one head after another, or queries, keys and values of all
		if r.rng.IntN(2) == 0 && h == 0 || h > 0 && l.KFrom[0] == d {
			l.QFrom, l.KFrom, l.VFrom = append(l.QFrom, h*(2*d+dv)), append(l.KFrom, h*(2*d+dv)+d), append(l.VFrom, h*(2*d+dv)+2*d)
			continue
		}
		l.QFrom, l.KFrom, l.VFrom = append(l.QFrom, h*d), append(l.KFrom, (heads+h)*d), append(l.VFrom, 2*heads*d+h*dv)
	}
	pixels := r.pixels(x)
	for groups := 1 + r.rng.IntN(3)*r.rng.IntN(2); len(pixels) > 0; groups-- {
		n := len(pixels)
		if groups > 1 {
			n = 1 + r.rng.IntN(n)
		}
		l.QPixels, l.KPixels, l.OutPixels = append(l.QPixels, pixels[:n]), append(l.KPixels, pixels[:n]), append(l.OutPixels, pixels[:n])
		pixels = pixels[n:]
	}
	r.bias(l)
	l.Out = r.value(heads*dv, x.Shape.H, x.Shape.W)
	return r.linear(r.put(l), x.Shape.C, x)
}

// pixels are all pixels of a value, in any order.
func (r *grapher) pixels(x *graph.Value) []int32 {
	var all []int32
	for _, p := range r.rng.Perm(x.Shape.H * x.Shape.W) {
		all = append(all, int32(p))
	}
	return all
}

// bias gives an attention a bias, which some groups and heads share, or none.
func (r *grapher) bias(l *graph.Attention) {
	if r.rng.IntN(2) == 0 {
		return
	}
	size := 0
	for g := range l.QPixels {
		n := len(l.QPixels[g]) * len(l.KPixels[g])
		size = max(size, n)
		for range l.QFrom {
			l.BiasAt = append(l.BiasAt, n*r.rng.IntN(2))
		}
	}
	l.Bias = r.draw(2*size, 1)
}

// pooledBy is attention of a few learned queries to x.
func (r *grapher) pooledBy(x *graph.Value) *graph.Value {
	n, d, heads := 1+r.rng.IntN(3), 8, 2
	q := r.constant(graph.Shape{C: heads * d, H: 1, W: n})
	kv := r.linear(x, 2*heads*d, nil)
	l := &graph.Attention{Q: q, K: kv, V: kv, D: d, DV: d, Scale: 0.35, Out: r.value(heads*d, 1, n),
		QFrom: []int{0, d}, KFrom: []int{0, d}, VFrom: []int{2 * d, 3 * d},
		QPixels: [][]int32{r.pixels(q)}, KPixels: [][]int32{r.pixels(kv)}, OutPixels: [][]int32{r.pixels(q)}}
	pooled := r.linear(r.put(l), x.Shape.C, nil)
	return r.joinPixels(x, pooled)
}

func (r *grapher) constant(s graph.Shape) *graph.Value {
	return r.put(&graph.Constant{Out: r.of(s), Data: r.draw(s.Len(), 1)})
}

func (r *grapher) perceptron(x *graph.Value) *graph.Value {
	y := r.linear(r.norm(x, 1), 2*x.Shape.C, nil)
	act := []graph.Activation{{Kind: graph.GELU}, {Kind: graph.GELUTanh}, {Kind: graph.Swish, Lo: 1.702}}[r.rng.IntN(3)]
	r.g.Layers[len(r.g.Layers)-1].(*graph.Conv).Act = act
	return r.linear(y, x.Shape.C, x)
}

// gated is a multi-layer perceptron whose two halves are multiplied.
func (r *grapher) gated(x *graph.Value) *graph.Value {
	a, b := r.linear(x, 40, nil), r.linear(x, 40, nil)
	y := r.put(&graph.Combine{A: graph.Reading{Of: a}, B: graph.Reading{Of: b}, Out: r.of(a.Shape), Op: graph.Times})
	return r.linear(y, x.Shape.C, x)
}

// unrecognised is attention as products and a softmax.
func (r *grapher) unrecognised(x *graph.Value) *graph.Value {
	const heads, d = 2, 6
	qkv := r.linear(x, 3*heads*d, nil)
	t := x.Shape.H * x.Shape.W
	at := func(first int, transposed bool) []int32 {
		var list []int32
		for h := range heads {
			for i := range t * d {
				token, c := i/d, i%d
				if transposed {
					token, c = i%t, i/t
				}
				list = append(list, int32((first+h*d+c)*t+token))
			}
		}
		return list
	}
	scores := r.put(&graph.Product{A: graph.Reading{Of: qkv, At: at(0, false)}, B: graph.Reading{Of: qkv, At: at(heads*d, true)},
		Out: r.value(t, 1, heads*t), Batch: heads, M: t, K: d, N: t})
	soft := r.put(&graph.Softmax{In: scores, Out: r.of(scores.Shape)})
	var rows []int32 // [heads, t, t], from [t, heads·t]
	for i := range heads * t {
		for k := range t {
			rows = append(rows, int32(k*heads*t+i))
		}
	}
	y := r.put(&graph.Product{A: graph.Reading{Of: soft, At: rows}, B: graph.Reading{Of: qkv, At: at(2*heads*d, false)},
		Out: r.value(d, 1, heads*t), Batch: heads, M: t, K: t, N: d})
	var from []int32
	for i := range heads * d * t {
		h, c, token := i/(d*t), i/t%d, i%t
		from = append(from, int32(c*heads*t+h*t+token))
	}
	return r.linear(r.gather(graph.Shape{C: heads * d, H: x.Shape.H, W: x.Shape.W}, from, y), x.Shape.C, x)
}

func (r *grapher) gather(s graph.Shape, from []int32, in ...*graph.Value) *graph.Value {
	return r.put(&graph.Gather{In: in, Out: r.of(s), From: from})
}

// joinPixels puts the pixels of two values one after another.
func (r *grapher) joinPixels(a, b *graph.Value) *graph.Value {
	p, q := a.Shape.H*a.Shape.W, b.Shape.H*b.Shape.W
	var from []int32
	for c := range a.Shape.C {
		for i := range p + q {
			if i < p {
				from = append(from, int32(c*p+i))
			} else {
				from = append(from, int32(a.Shape.C*p+c*q+i-p))
			}
		}
	}
	return r.gather(graph.Shape{C: a.Shape.C, H: 1, W: p + q}, from, a, b)
}

// classToken is x behind a learned token, with learned positions.
func (r *grapher) classToken(x *graph.Value) *graph.Value {
	y := r.joinPixels(r.constant(graph.Shape{C: x.Shape.C, H: 1, W: 1}), x)
	return r.put(&graph.Add{A: y, B: r.constant(y.Shape), Out: r.of(y.Shape)})
}

// reordered is x with its pixels or blocks of channels in another order, partly as zeros,
// repeated or without any order.
func (r *grapher) reordered(x *graph.Value) *graph.Value {
	s := x.Shape
	plane := s.H * s.W
	order := r.rng.Perm(plane)
	switch r.rng.IntN(6) {
	case 0: // only the height and width are others
		s.H, s.W = 1, plane
		order = nil
	case 1: // a roll
		for i := range order {
			order[i] = (i + 3) % plane
		}
	case 2: // a border of zeros
		s.W += 2
		order = nil
		for i := range s.H * s.W {
			at := -1
			if x := i % s.W; x > 0 && x < s.W-1 {
				at = i/s.W*(s.W-2) + x - 1
			}
			order = append(order, at)
		}
	}
	var from []int32
	channels := r.rng.Perm(s.C)
	if r.rng.IntN(3) > 0 {
		channels = r.blocks(s.C)
	}
	for _, c := range channels {
		for i := range s.H * s.W {
			switch {
			case order == nil:
				from = append(from, int32(c*plane+i))
			case order[i] < 0:
				from = append(from, -1)
			default:
				from = append(from, int32(c*plane+order[i]))
			}
		}
	}
	return r.gather(s, from, x)
}

// blocks are n channels, whole blocks of 16 in any order.
func (r *grapher) blocks(n int) []int {
	var all []int
	for _, b := range r.rng.Perm(n / 16) {
		for c := range 16 {
			all = append(all, b*16+c)
		}
	}
	for c := len(all); c < n; c++ {
		all = append(all, c)
	}
	return all
}

// turned is x with channels as pixels and pixels as channels, and a layer on these.
func (r *grapher) turned(x *graph.Value) *graph.Value {
	turn := func(x *graph.Value, s graph.Shape) *graph.Value {
		var from []int32
		n, m := x.Shape.C, x.Shape.H*x.Shape.W
		for i := range n * m {
			from = append(from, int32(i%n*m+i/n))
		}
		return r.gather(s, from, x)
	}
	s := x.Shape
	y := turn(x, graph.Shape{C: s.H * s.W, H: 1, W: s.C})
	return turn(r.linear(y, y.Shape.C, y), s)
}

// combined is x and something computed from it, element by element, in some order of
// reading.
func (r *grapher) combined(x *graph.Value) *graph.Value {
	s := x.Shape
	plane := s.H * s.W
	b := r.linear(x, s.C, nil)
	op := graph.CombineOp(r.rng.IntN(int(graph.Maximum) + 1))
	if op == graph.Over {
		b = r.clipped(b, 0.5, 2)
	}
	l := &graph.Combine{A: graph.Reading{Of: x}, B: graph.Reading{Of: b}, Out: r.of(s), Op: op}
	switch r.rng.IntN(5) {
	case 1: // the channels of one pixel for all pixels
		l.B.At = make([]int32, s.Len())
		for i := range l.B.At {
			l.B.At[i] = int32(i / plane * plane)
		}
	case 2: // one channel for all channels
		for i := range s.Len() {
			l.B.At = append(l.B.At, int32(i%plane))
		}
	case 3: // without order
		for _, p := range r.rng.Perm(s.Len()) {
			l.B.At = append(l.B.At, int32(p))
		}
	case 4: // both
		for i := range s.Len() {
			l.A.At = append(l.A.At, int32(i/plane*plane+(i+1)%plane))
			l.B.At = append(l.B.At, int32(i/plane*plane))
		}
	}
	if op != graph.Over && r.rng.IntN(2) == 0 {
		l.A, l.B = l.B, l.A
	}
	return r.norm(r.put(l), 1)
}

// functions applies one of the activation functions, where it is tame.
func (r *grapher) functions(x *graph.Value) *graph.Value {
	all := []graph.Activation{{Kind: graph.GELU}, {Kind: graph.GELUTanh}, {Kind: graph.Swish, Lo: 1.3}, {Kind: graph.Erf}, {Kind: graph.Exp},
		{Kind: graph.Tanh}, {Kind: graph.Sqrt}, {Kind: graph.Abs}, {Kind: graph.Reciprocal}, {Kind: graph.Power, Lo: -2}, {Kind: graph.Power, Lo: 3},
		{Kind: graph.Power, Lo: -0.5}, {Kind: graph.LeakyRelu, Lo: 0.1}, {Kind: graph.Elu, Lo: 1.5}, {Kind: graph.NaNTo, Lo: 2}}
	act := all[r.rng.IntN(len(all))]
	switch act.Kind {
	case graph.Sqrt, graph.Reciprocal, graph.Power, graph.Exp:
		x = r.clipped(x, 0.25, 3)
	}
	return r.norm(r.activated(x, act), 1)
}

// withConstants uses constants wherever a value may stand.
func (r *grapher) withConstants(x *graph.Value) *graph.Value {
	s := x.Shape
	switch r.rng.IntN(4) {
	case 0: // as residual
		return r.linear(x, s.C, r.constant(s))
	case 1: // joined, and so copied
		return r.linear(r.concat(r.constant(graph.Shape{C: 16, H: s.H, W: s.W}), x), s.C, x)
	case 2: // read by a convolution that needs a border
		return r.put(&graph.Add{A: r.residual3(r.constant(s), nil), B: x, Out: r.of(s)})
	default:
		return r.put(&graph.Combine{A: graph.Reading{Of: r.constant(s)}, B: graph.Reading{Of: x}, Out: r.of(s), Op: graph.Times})
	}
}

// picked keeps some of the channels and pixels.
func (r *grapher) picked(x *graph.Value) *graph.Value {
	plane := x.Shape.H * x.Shape.W
	c, n := min(x.Shape.C, 20+r.rng.IntN(30)), min(plane, 5+r.rng.IntN(30))
	first := r.rng.IntN(x.Shape.C - c + 1)
	pixels := r.rng.Perm(plane)[:n]
	var from []int32
	for i := range c * n {
		from = append(from, int32((first+i/n)*plane+pixels[i%n]))
	}
	return r.gather(graph.Shape{C: c, H: 1, W: n}, from, x)
}

// reducedBy divides x by a norm of its channels, or adds another reduction of them.
func (r *grapher) reducedBy(x *graph.Value) *graph.Value {
	s := x.Shape
	op := graph.ReduceOp(r.rng.IntN(int(graph.SumAbs) + 1))
	y := r.put(&graph.Reduce{In: x, Out: r.value(1, s.H, s.W), Op: op})
	l := &graph.Combine{A: graph.Reading{Of: x}, B: graph.Reading{Of: y}, Out: r.of(s), Op: graph.Minus}
	for i := range s.Len() {
		l.B.At = append(l.B.At, int32(i%(s.H*s.W)))
	}
	if op == graph.Length {
		l.Op = graph.Over
	}
	return r.norm(r.put(l), 1)
}
