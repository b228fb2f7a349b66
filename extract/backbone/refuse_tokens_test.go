package backbone

import (
	"errors"
	"math"
	"testing"

	"featurecache/extract/backbone/graph"
)

// TestTokensRefused spoils each layer of networks that attend and normalise in each way
// that its kernel could not survive.
func TestTokensRefused(t *testing.T) {
	for name, spoil := range map[string]func(l *spoilt){
		"constant too short":           func(l *spoilt) { l.constant.Data = l.constant.Data[1:] },
		"constant of another shape":    func(l *spoilt) { l.constant.Out.Shape.W++ },
		"gather of too few":            func(l *spoilt) { l.gather.From = l.gather.From[1:] },
		"gather beyond the end":        func(l *spoilt) { l.gather.From[3] = 2 * 32 * 4 },
		"gather before the start":      func(l *spoilt) { l.gather.From[3] = -2 },
		"gather of nothing":            func(l *spoilt) { l.gather.In = nil },
		"gather of a missing value":    func(l *spoilt) { l.gather.In[1] = nil },
		"gather of what is not made":   func(l *spoilt) { l.gather.In[1] = l.reduce.Out },
		"norm of another shape":        func(l *spoilt) { l.norm.Out.Shape = graph.Shape{C: 32, H: 1, W: 4} },
		"norm of no group":             func(l *spoilt) { l.norm.Groups = 0 },
		"norm of uneven groups":        func(l *spoilt) { l.norm.Groups = 5 },
		"norm with few scales":         func(l *spoilt) { l.norm.Scale = l.norm.Scale[1:] },
		"norm with few shifts":         func(l *spoilt) { l.norm.Shift = l.norm.Shift[:1] },
		"norm without scales":          func(l *spoilt) { l.norm.Scale = nil },
		"norm of NaN":                  func(l *spoilt) { l.norm.Epsilon = float32(math.NaN()) },
		"norm of a negative epsilon":   func(l *spoilt) { l.norm.Epsilon = -1 },
		"softmax of another shape":     func(l *spoilt) { l.softmax.Out.Shape.C++ },
		"reduce to two":                func(l *spoilt) { l.reduce.Out.Shape.C = 2 },
		"reduce to another size":       func(l *spoilt) { l.reduce.Out.Shape.H++ },
		"no such reduction":            func(l *spoilt) { l.reduce.Op = 99 },
		"combine of few":               func(l *spoilt) { l.combine.B.At = l.combine.B.At[1:] },
		"combine beyond the end":       func(l *spoilt) { l.combine.B.At[0] = 4 },
		"combine before the start":     func(l *spoilt) { l.combine.B.At[0] = -1 },
		"combine of another size":      func(l *spoilt) { l.combine.B.At = nil },
		"combine to another size":      func(l *spoilt) { l.combine.Out.Shape.W++ },
		"combine with nothing":         func(l *spoilt) { l.combine.A.Of = nil },
		"no such operation":            func(l *spoilt) { l.combine.Op = 6 },
		"product of none":              func(l *spoilt) { l.product.Batch = 0 },
		"product of no inner size":     func(l *spoilt) { l.product.K = 0 },
		"product of negative size":     func(l *spoilt) { l.product.M, l.product.Batch = -2, -2 },
		"product of huge size":         func(l *spoilt) { l.product.K = 1 << 40 },
		"product of other channels":    func(l *spoilt) { l.product.Out.Shape.C++ },
		"product of other pixels":      func(l *spoilt) { l.product.Out.Shape.W++ },
		"product with few rows":        func(l *spoilt) { l.product.A.At = l.product.A.At[1:] },
		"product with few columns":     func(l *spoilt) { l.product.B.At = l.product.B.At[1:] },
		"product beyond the end":       func(l *spoilt) { l.product.B.At[9] = 4 * 32 },
		"attention without heads":      func(l *spoilt) { l.attention.QFrom = nil },
		"attention with few keys":      func(l *spoilt) { l.attention.KFrom = l.attention.KFrom[1:] },
		"attention with few values":    func(l *spoilt) { l.attention.VFrom = l.attention.VFrom[1:] },
		"attention without groups":     func(l *spoilt) { l.attention.QPixels = nil },
		"attention without key pixels": func(l *spoilt) { l.attention.KPixels = l.attention.KPixels[1:] },
		"attention of few results":     func(l *spoilt) { l.attention.OutPixels[0] = l.attention.OutPixels[0][1:] },
		"attention of no queries":      func(l *spoilt) { l.attention.QPixels[0], l.attention.OutPixels[0] = nil, nil },
		"attention of no keys":         func(l *spoilt) { l.attention.KPixels[0] = nil },
		"attention of no size":         func(l *spoilt) { l.attention.D = 0 },
		"attention of a huge size":     func(l *spoilt) { l.attention.D = 1 << 62 },
		"attention of other channels":  func(l *spoilt) { l.attention.DV = 7 },
		"query channels beyond":        func(l *spoilt) { l.attention.QFrom[1] = 25 },
		"key channels before":          func(l *spoilt) { l.attention.KFrom[0] = -1 },
		"value channels beyond":        func(l *spoilt) { l.attention.VFrom[1] = 1 << 62 },
		"query pixel beyond":           func(l *spoilt) { l.attention.QPixels[1][0] = 4 },
		"key pixel before":             func(l *spoilt) { l.attention.KPixels[1][1] = -1 },
		"value pixel beyond":           func(l *spoilt) { l.attention.V = l.reduce.In; l.attention.KPixels[0][0] = 4 },
		"result beyond":                func(l *spoilt) { l.attention.OutPixels[1][1] = 4 },
		"result made twice":            func(l *spoilt) { l.attention.OutPixels[1][1] = 0 },
		"result not made":              func(l *spoilt) { l.attention.Out.Shape.W = 3 },
		"bias beyond":                  func(l *spoilt) { l.attention.BiasAt[3] = len(l.attention.Bias) - 3 },
		"bias before":                  func(l *spoilt) { l.attention.BiasAt[2] = -1 },
		"few places of biases":         func(l *spoilt) { l.attention.BiasAt = l.attention.BiasAt[1:] },
		"no such activation":           func(l *spoilt) { l.activate.Act.Kind = graph.NaNTo + 1 },
		"no such power":                func(l *spoilt) { l.activate.Act = graph.Activation{Kind: graph.Power, Lo: 1.5} },
		"enormous power":               func(l *spoilt) { l.activate.Act = graph.Activation{Kind: graph.Power, Lo: 1e30} },
		"power of NaN":                 func(l *spoilt) { l.activate.Act = graph.Activation{Kind: graph.Power, Lo: float32(math.NaN())} },
	} {
		l := newSpoilt()
		if _, err := Compile(l.g); err != nil {
			t.Fatalf("before anything is spoilt: %v", err)
		}
		spoil(l)
		if _, err := Compile(l.g); !errors.Is(err, errGraph) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// spoilt is a small network of all the new layers, to be spoilt.
type spoilt struct {
	g         *graph.Graph
	constant  *graph.Constant
	gather    *graph.Gather
	norm      *graph.Norm
	attention *graph.Attention
	softmax   *graph.Softmax
	combine   *graph.Combine
	product   *graph.Product
	activate  *graph.Activate
	reduce    *graph.Reduce
}

func newSpoilt() *spoilt {
	s := graph.Shape{C: 32, H: 2, W: 2}
	n := 0
	value := func(s graph.Shape) *graph.Value { n++; return &graph.Value{Name: string(rune('a' + n)), Shape: s} }
	count := func(n int) []int32 {
		list := make([]int32, n)
		for i := range list {
			list[i] = int32(i)
		}
		return list
	}
	pairs := func() [][]int32 { return [][]int32{{0, 3}, {1, 2}} }
	l := &spoilt{g: &graph.Graph{Input: value(s)}}
	l.constant = &graph.Constant{Out: value(s), Data: make([]float32, s.Len())}
	l.gather = &graph.Gather{In: []*graph.Value{l.g.Input, l.constant.Out}, Out: value(s), From: count(s.Len())}
	l.norm = &graph.Norm{In: l.gather.Out, Out: value(s), Groups: 2, Scale: make([]float32, 32), Shift: make([]float32, 32)}
	x := l.norm.Out
	l.attention = &graph.Attention{Q: x, K: x, V: x, Out: value(s), D: 8, DV: 16, QFrom: []int{0, 8}, KFrom: []int{16, 24}, VFrom: []int{0, 16},
		QPixels: pairs(), KPixels: pairs(), OutPixels: pairs(), Bias: make([]float32, 8), BiasAt: []int{0, 4, 0, 4}}
	l.softmax = &graph.Softmax{In: l.attention.Out, Out: value(s)}
	l.reduce = &graph.Reduce{In: l.softmax.Out, Out: value(graph.Shape{C: 1, H: 2, W: 2})}
	l.combine = &graph.Combine{A: graph.Reading{Of: l.softmax.Out}, B: graph.Reading{Of: l.reduce.Out, At: make([]int32, s.Len())}, Out: value(s)}
	l.product = &graph.Product{A: graph.Reading{Of: l.combine.Out, At: count(2 * 2 * 8)}, B: graph.Reading{Of: l.combine.Out, At: count(2 * 8 * 3)},
		Out: value(graph.Shape{C: 3, H: 1, W: 4}), Batch: 2, M: 2, K: 8, N: 3}
	l.activate = &graph.Activate{In: l.product.Out, Out: value(l.product.Out.Shape)}
	l.g.Layers = []graph.Layer{l.constant, l.gather, l.norm, l.attention, l.softmax, l.reduce, l.combine, l.product, l.activate}
	l.g.Features = l.activate.Out
	return l
}
