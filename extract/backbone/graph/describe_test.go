package graph_test

import (
	"testing"

	"featurecache/extract/backbone/graph"
)

// TestDescribe checks the words and the multiply-adds of the layers that networks with
// attention have.
func TestDescribe(t *testing.T) {
	value := func(c, w int) *graph.Value { return &graph.Value{Shape: graph.Shape{C: c, H: 1, W: w}} }
	x := value(96, 10)
	windows := [][]int32{{0, 1, 2, 3}, {4, 5, 6, 7, 8, 9}}
	for _, test := range []struct {
		layer graph.Layer
		want  string
		macs  int64
	}{
		{&graph.Constant{}, "constant", 0},
		{&graph.Gather{In: []*graph.Value{x}}, "gather", 0},
		{&graph.Gather{In: []*graph.Value{x, x}}, "gather from 2", 0},
		{&graph.Norm{Groups: 1}, "layer norm", 0},
		{&graph.Norm{Groups: 4, RMS: true}, "RMS norm of 4 groups of channels", 0},
		{&graph.Attention{QFrom: make([]int, 12), D: 64, DV: 64, QPixels: make([][]int32, 1), KPixels: make([][]int32, 1)}, "attention 12 heads of 64", 0},
		{&graph.Attention{QFrom: make([]int, 3), D: 16, DV: 32, QPixels: windows, KPixels: windows, Bias: []float32{1}},
			"attention 3 heads of 16 and 32 in 2 windows + bias", (4*4 + 6*6) * (16 + 32) * 3},
		{&graph.Softmax{}, "softmax", 0},
		{&graph.Reduce{Op: graph.Length}, "length over the channels", 0},
		{&graph.Combine{Op: graph.Times}, "multiply", 0},
		{&graph.Product{Batch: 1, M: 5, K: 6, N: 7}, "matrix product 5×6×7", 210},
		{&graph.Product{Batch: 3, M: 5, K: 6, N: 7}, "matrix product 5×6×7, 3 times", 630},
		{&graph.Activate{Act: graph.Activation{Kind: graph.GELU}}, "gelu", 0},
		{&graph.Add{Act: graph.Activation{Kind: graph.Tanh}}, "add, tanh", 0},
	} {
		if got, macs := graph.Describe(test.layer), graph.MACs(test.layer); got != test.want || macs != test.macs {
			t.Errorf("%T: %q, %d multiply-adds, want %q, %d", test.layer, got, macs, test.want, test.macs)
		}
	}
}
