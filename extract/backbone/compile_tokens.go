package backbone

import (
	"fmt"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// gathers are the nodes of a gather: one for each input that it reads. They write into one
// value, as the copies of a concatenation do.
func gathers(l *graph.Gather, layout map[*graph.Value]kernel.Layout) []node {
	in := make([]kernel.Layout, len(l.In))
	for i, v := range l.In {
		in[i] = layout[v]
	}
	var nodes []node
	for i, m := range kernel.NewMoves(layout[l.Out], in, l.From) {
		if m == nil {
			continue
		}
		n := node{name: l.Out.Name, dst: l.Out, in: []*graph.Value{l.In[i]}}
		if len(l.In) > 1 {
			n.name += " from " + l.In[i].Name
		}
		n.op = elementwise(func(_ simd.Level, dst []float32, in inputs, share kernel.Share) { m.Run(dst, in[0], share) })
		nodes = append(nodes, n)
	}
	return nodes
}

// lowerTokens completes the node of a layer of networks that attend and normalise.
func lowerTokens(n node, l graph.Layer, layout map[*graph.Value]kernel.Layout) (node, error) {
	in, out := layout[n.in[0]], layout[n.dst]
	switch l := l.(type) {
	case *graph.Norm:
		norm := &kernel.Norm{In: in, Out: out, Groups: l.Groups, Scale: l.Scale, Shift: l.Shift, Epsilon: l.Epsilon, RMS: l.RMS}
		n.op = elementwise(func(level simd.Level, dst []float32, in inputs, share kernel.Share) {
			norm.Run(level, dst, in[0], share)
		})
	case *graph.Attention:
		n.op = attention{kernel.NewAttention(kernel.Attention{
			Q: in, K: layout[l.K], V: layout[l.V], Out: out, D: l.D, DV: l.DV, Heads: len(l.QFrom),
			QFrom: l.QFrom, KFrom: l.KFrom, VFrom: l.VFrom, QPixels: l.QPixels, KPixels: l.KPixels, OutPixels: l.OutPixels,
			Scale: l.Scale, Bias: l.Bias, BiasAt: l.BiasAt,
		})}
	case *graph.Softmax:
		s := kernel.Softmax{In: in, Out: out}
		n.op = elementwise(func(level simd.Level, dst []float32, in inputs, share kernel.Share) { s.Run(level, dst, in[0], share) })
	case *graph.Reduce:
		r := kernel.Reduce{In: in, Out: out, Op: reductions[l.Op]}
		n.op = elementwise(func(_ simd.Level, dst []float32, in inputs, share kernel.Share) { r.Run(dst, in[0], share) })
	case *graph.Combine:
		c := &kernel.Combine{A: in, B: layout[n.in[1]], Out: out, Op: combinations[l.Op]}
		c.AMoves, c.BMoves = moves(l.A, layout, out), moves(l.B, layout, out)
		n.op = general{work: c.Work(), run: func(level simd.Level, dst []float32, in inputs, work []float32, share kernel.Share) {
			c.Run(level, dst, in[0], in[1], work, share)
		}}
	case *graph.Product:
		f := kernel.Factors{Batch: l.Batch, M: l.M, K: l.K, N: l.N, AFrom: l.A.At, BFrom: l.B.At}
		p := kernel.NewProduct(f, in, layout[n.in[1]], out)
		n.op = general{work: p.Work(), run: func(level simd.Level, dst []float32, in inputs, work []float32, share kernel.Share) {
			p.Run(level, dst, in[0], in[1], work, share)
		}}
	default:
		return n, fmt.Errorf("no such layer as %T", l)
	}
	return n, nil
}

// moves are those of a reading into the layout out; nil if it is read as it is.
func moves(r graph.Reading, layout map[*graph.Value]kernel.Layout, out kernel.Layout) *kernel.Moves {
	in, from := layout[r.Of], r.At
	if from == nil && in.C == out.C && in.H == out.H && in.W == out.W {
		return nil
	}
	for i := 0; r.At == nil && i < r.Of.Shape.Len(); i++ {
		from = append(from, int32(i))
	}
	return kernel.NewReading(out, in, from)
}

var reductions = map[graph.ReduceOp]kernel.Reduction{
	graph.Sum: kernel.Sum, graph.Mean: kernel.Mean, graph.Largest: kernel.Largest, graph.Smallest: kernel.Smallest,
	graph.SumSquares: kernel.SumSquares, graph.Length: kernel.Length, graph.SumAbs: kernel.SumAbs,
}

var combinations = map[graph.CombineOp]kernel.Combination{
	graph.Plus: kernel.Plus, graph.Minus: kernel.Minus, graph.Times: kernel.Times, graph.Over: kernel.Over,
	graph.Minimum: kernel.Minimum, graph.Maximum: kernel.Maximum,
}

// attention is a layer that needs memory of its own for each goroutine.
type attention struct{ layer *kernel.Attention }

func (o attention) floats(int) int { return o.layer.Scratch() }

func (o attention) bind(to binding) run {
	scratch := to.scratch.floats
	return func(level simd.Level, dst []float32, in inputs, n int) {
		for i := range n {
			x := in.image(i, to.at)
			o.layer.Run(level, dst[i*to.at.dst:], x[0], x[1], x[2], scratch, to.share)
		}
	}
}
