package backbone

import (
	"fmt"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// lowerTokens makes the node of a layer of networks that attend and normalise.
func lowerTokens(n node, l graph.Layer, layout map[*graph.Value]kernel.Layout) (node, error) {
	in, out := layout[n.in[0]], layout[n.dst]
	switch l := l.(type) {
	case *graph.Norm:
		norm := kernel.NewNorm(kernel.Norm{In: in, Out: out, Groups: l.Groups, Scale: l.Scale, Shift: l.Shift, Epsilon: l.Epsilon, RMS: l.RMS})
		n.op = each(func(level simd.Level, dst []float32, in inputs, share kernel.Share) {
			norm.Run(level, dst, in[0], share)
		})
	case *graph.Softmax:
		s := kernel.Softmax{In: in, Out: out}
		n.op = each(func(_ simd.Level, dst []float32, in inputs, share kernel.Share) { s.Run(dst, in[0], share) })
	case *graph.Reduce:
		r := kernel.Reduce{In: in, Out: out, Op: reductions[l.Op]}
		n.op = each(func(_ simd.Level, dst []float32, in inputs, share kernel.Share) { r.Run(dst, in[0], share) })
	case *graph.Combine:
		c := kernel.NewCombine(operations[l.Op], kernel.Operand{Layout: in, At: l.A.At}, kernel.Operand{Layout: layout[l.B.Of], At: l.B.At}, out)
		n.op = each(func(level simd.Level, dst []float32, in inputs, share kernel.Share) {
			c.Run(level, dst, in[0], in[1], share)
		})
	case *graph.Product:
		n.op = product{kernel.NewProduct(kernel.Operand{Layout: in, At: l.A.At}, kernel.Operand{Layout: layout[l.B.Of], At: l.B.At}, out, l.Batch, l.M, l.K, l.N)}
	case *graph.Attention:
		a := kernel.NewAttention(kernel.Attention{
			Q: in, K: layout[l.K], V: layout[l.V], Out: out, D: l.D, DV: l.DV, Heads: len(l.QFrom),
			QFrom: l.QFrom, KFrom: l.KFrom, VFrom: l.VFrom, QPixels: l.QPixels, KPixels: l.KPixels, OutPixels: l.OutPixels,
			Scale: l.Scale, Bias: l.Bias, BiasAt: l.BiasAt,
		})
		n.op, n.weights = attention{a}, a.Bytes()
	default:
		return n, fmt.Errorf("no such layer as %T", l)
	}
	return n, nil
}

var (
	reductions = map[graph.ReduceOp]kernel.Reduction{
		graph.Sum: kernel.Sum, graph.Mean: kernel.Mean, graph.Largest: kernel.Largest, graph.Smallest: kernel.Smallest,
		graph.SumSquares: kernel.SumSquares, graph.Length: kernel.Length, graph.SumAbs: kernel.SumAbs,
	}
	operations = map[graph.CombineOp]kernel.Operation{
		graph.Plus: kernel.Plus, graph.Minus: kernel.Minus, graph.Times: kernel.Times, graph.Over: kernel.Over,
		graph.Minimum: kernel.Minimum, graph.Maximum: kernel.Maximum,
	}
)

// attention is a layer that needs memory of its own for each goroutine.
type attention struct{ layer *kernel.Attention }

func (o attention) bind(to binding) run {
	scratch := kernel.Alloc(o.layer.Scratch())
	at := to.at
	return func(level simd.Level, dst []float32, in inputs, n int) {
		for i := range n {
			o.layer.Run(level, dst[i*at.dst:], in[0][i*at.in[0]:], in[1][i*at.in[1]:], in[2][i*at.in[2]:], scratch, to.share)
		}
	}
}

// product is a product of two activations.
type product struct{ layer *kernel.Product }

func (o product) bind(to binding) run {
	scratch := o.layer.NewScratch()
	at := to.at
	return func(level simd.Level, dst []float32, in inputs, n int) {
		for i := range n {
			o.layer.Run(level, dst[i*at.dst:], in[0][i*at.in[0]:], in[1][i*at.in[1]:], scratch, to.share)
		}
	}
}

// gathers are the nodes of a gather, one for each of its inputs, and one for its zeros.
func gathers(l *graph.Gather, layout map[*graph.Value]kernel.Layout) []node {
	var nodes []node
	from := int32(0)
	zeros := true
	for _, v := range l.In {
		end := from + int32(v.Shape.Len())
		own := make([]int32, len(l.From))
		for i, at := range l.From {
			switch {
			case at >= from && at < end:
				own[i] = at - from
			case at < 0 && zeros:
				own[i] = kernel.Zero
			default:
				own[i] = kernel.Elsewhere
			}
		}
		from, zeros = end, false
		g := kernel.NewGather(layout[v], layout[l.Out], own)
		if g.Empty() {
			continue
		}
		name := l.Out.Name
		if len(l.In) > 1 {
			name += " from " + v.Name
		}
		run := each(func(_ simd.Level, dst []float32, in inputs, share kernel.Share) { g.Run(dst, in[0], share) })
		nodes = append(nodes, node{name: name, op: run, dst: l.Out, in: []*graph.Value{v}})
	}
	return nodes
}
