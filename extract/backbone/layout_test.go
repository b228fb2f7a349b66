package backbone

import (
	"testing"

	"featurecache/extract/backbone/graph"
)

// TestPlanar checks when the input may stay planar: while all its readers can read it so.
func TestPlanar(t *testing.T) {
	image := &graph.Value{Name: "image", Shape: graph.Shape{C: 3, H: 16, W: 16}}
	value := func(c int) *graph.Value { return &graph.Value{Shape: graph.Shape{C: c, H: 16, W: 16}} }
	conv := func(out int) *graph.Conv {
		return &graph.Conv{In: image, Out: value(out), KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1,
			Pad: graph.Pads{Top: 1, Left: 1, Bottom: 1, Right: 1}}
	}
	depthwise, residual, later := conv(3), conv(3), conv(8)
	depthwise.Groups = 3
	residual.Residual = image
	later.In = conv(3).Out
	for name, test := range map[string]struct {
		layers []graph.Layer
		want   bool
	}{
		"convolutions": {[]graph.Layer{conv(8), conv(32), later}, true},
		"depthwise":    {[]graph.Layer{conv(8), depthwise}, false},
		"residual":     {[]graph.Layer{residual}, false},
		"activation":   {[]graph.Layer{conv(8), &graph.Activate{In: image, Out: value(3)}}, false},
		"concat":       {[]graph.Layer{conv(8), &graph.Concat{In: []*graph.Value{image}, Out: value(3)}}, false},
	} {
		g := &graph.Graph{Input: image, Layers: test.layers, Features: test.layers[len(test.layers)-1].Output()}
		if got := planar(g); got != test.want {
			t.Errorf("%s: planar %v, want %v", name, got, test.want)
		}
	}
}
