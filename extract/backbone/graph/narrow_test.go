package graph_test

import (
	"path/filepath"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/testdata"
)

// TestNarrow checks that the last block of a network whose features are its class token
// computes that token alone: the projection, both layers of its perceptron, and one row of
// scores. The numbers stay those of all tokens.
func TestNarrow(t *testing.T) {
	for name, norm := range map[string]string{"vit_timm_dynamo": "", "hf_dinov2": "last_hidden_state"} {
		path := filepath.Join(testdata.Shared(t, "golden", "transformers"), name+".onnx")
		one, err := graph.Load(path, graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		single, queries := 0, 0
		for _, l := range one.Layers {
			switch l := l.(type) {
			case *graph.Conv:
				if l.Out.Shape.H*l.Out.Shape.W == 1 {
					single++
				}
			case *graph.Attention:
				queries = len(l.QPixels[0])
			}
		}
		if single != 3 || queries != 1 {
			t.Errorf("%s: %d linear layers of one token, and %d queries in the last attention", name, single, queries)
		}
		if norm == "" {
			continue
		}
		whole, err := graph.Load(path, graph.Options{Feature: norm})
		if err != nil {
			t.Fatal(err)
		}
		image := pattern(one.Input.Shape)
		got, want := graphtest.Eval(one, image), graphtest.Eval(whole, image)
		if e := graphtest.RelativeError(got, want[:len(got)]); !(e <= 1e-12) {
			t.Errorf("%s: relative L2 error %.2g", name, e)
		}
		if m, all := one.MACs(), whole.MACs(); m >= all {
			t.Errorf("%s: %d multiply-adds of %d", name, m, all)
		}
	}
}

// TestJoinHeads checks that transformers' queries, keys and values are one linear layer.
func TestJoinHeads(t *testing.T) {
	g, err := graph.Load(filepath.Join(testdata.Shared(t, "golden", "transformers"), "hf_clip_vision.onnx"), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, l := range g.Layers {
		if a, ok := l.(*graph.Attention); ok {
			found++
			if a.Q != a.K || a.K != a.V || a.KFrom[0] != a.Q.Shape.C/3 {
				t.Errorf("queries of %v, keys of %v from channel %d", a.Q.Shape, a.K.Shape, a.KFrom[0])
			}
		}
	}
	if found != 2 {
		t.Errorf("%d attentions", found)
	}
}
