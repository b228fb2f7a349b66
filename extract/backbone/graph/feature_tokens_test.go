package graph_test

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/testdata"
)

// tokenModel makes four tokens of four features of an image, after a class token if there is
// one.
func tokenModel(class bool) []byte { return small(tokens(class, "y")...) }

func tokens(class bool, out string) [][]byte {
	pieces := [][]byte{
		op("Conv", names("x", "w"), "a", intsAttr("strides", 4, 4)), weight("w", 0.5, 4, 3, 4, 4),
		op("Reshape", names("a", "s"), "b"), intWeight("s", 0, 4, 4), op("Transpose", names("b"), "c", intsAttr("perm", 0, 2, 1)),
	}
	if class {
		return append(pieces, op("Concat", names("class", "c"), "d", intAttr("axis", 1)), weight("class", 3, 1, 1, 4), op("Relu", names("d"), out))
	}
	return append(pieces, op("Relu", names("c"), out))
}

// TestTokenFeatures checks which of a model's tokens become features, by default and by name.
func TestTokenFeatures(t *testing.T) {
	for _, c := range []struct {
		model         []byte
		feature, name string
		why           string
		tokens        func(all [][]float64) []float64
	}{
		{tokenModel(true), "", "y[cls]", "its class token is taken", first},
		{tokenModel(false), "", "y[mean]", "no class token, so the mean", mean},
		{tokenModel(true), "y[mean]", "y[mean]", "by name", mean},
		{tokenModel(false), "y[cls]", "y[cls]", "by name", first},
		{tokenModel(true), "y", "y", "by name", all},
		{tokenModel(true), "a[mean]", "a[mean]", "by name", func(all [][]float64) []float64 { return mean(all[1:]) }},
	} {
		path := writeModel(t, c.model)
		info, err := graph.Inspect(path, graph.Options{Feature: c.feature})
		if err != nil {
			t.Errorf("%q: %v", c.feature, err)
			continue
		}
		if g := info.Graph; g.Features.Name != c.name || !strings.Contains(info.Why, c.why) {
			t.Errorf("%q: features %q because %s", c.feature, g.Features.Name, info.Why)
		}
		image := pattern(info.Graph.Input.Shape)
		got, want := graphtest.Eval(info.Graph, image), c.tokens(tokensOf(t, path, "y", image))
		if c.name == "a[mean]" { // before the ReLU
			want = mean(tokensOf(t, path, "c", image))
		}
		if e := graphtest.RelativeError(got, want); !(e <= 1e-12) {
			t.Errorf("%q: %v, want %v", c.feature, got, want)
		}
	}
	_, err := graph.Load(writeModel(t, tokenModel(true)), graph.Options{Feature: "a[cls]"})
	if !errors.Is(err, graph.ErrUnsupported) || !strings.Contains(err.Error(), "take [mean]") {
		t.Errorf("the class token of an image: %v", err)
	}
	_, err = graph.Load(writeModel(t, tokenModel(true)), graph.Options{Feature: "z[cls]"})
	if err == nil || !strings.Contains(err.Error(), `no node makes a tensor named "z"`) {
		t.Errorf("a token of nothing: %v", err)
	}
}

// TestFirstTokenOfScores takes the first token where the model takes that of its scores, and
// the mean where it takes others.
func TestFirstTokenOfScores(t *testing.T) {
	for _, c := range []struct {
		name, feature string
		cut           [][]byte
	}{
		{"scores[:, 0]", "t[cls]", [][]byte{op("Gather", names("l", "0"), "y", intAttr("axis", 1))}},
		{"scores[:, 1]", "t[mean]", [][]byte{op("Gather", names("l", "1"), "y", intAttr("axis", 1))}},
		{"scores[0]", "t[mean]", [][]byte{op("Gather", names("l", "0"), "y")}},
		{"scores[:, 0:1]", "t[cls]", [][]byte{op("Slice", names("l", "0", "1", "1"), "y")}},
		{"scores[:, 1:]", "t[mean]", [][]byte{op("Slice", names("l", "1", "many", "1"), "y")}},
		{"scores[:][:, 0]", "t[cls]", [][]byte{op("Slice", names("l", "0", "many", "0"), "m"), op("Gather", names("m", "0"), "y", intAttr("axis", 1))}},
		{"scores[:, 0] and all", "t[mean]", [][]byte{op("Gather", names("l", "0"), "g", intAttr("axis", 1)), op("ReduceSum", names("l", "1"), "m"), op("Add", names("g", "m"), "y")}},
	} {
		pieces := append(tokens(false, "t"), op("MatMul", names("t", "k"), "l"), weight("k", 0.5, 4, 5),
			intWeight("0", 0), intWeight("1", 1), intWeight("many", math.MaxInt64))
		info, err := graph.Inspect(writeModel(t, small(append(pieces, c.cut...)...)), graph.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if info.Graph.Features.Name != c.feature {
			t.Errorf("%s: features %q because %s", c.name, info.Graph.Features.Name, info.Why)
		}
	}
}

// tokensOf are the tokens of a tensor.
func tokensOf(t *testing.T, path, tensor string, image []float32) [][]float64 {
	t.Helper()
	g, err := graph.Load(path, graph.Options{Feature: tensor})
	if err != nil {
		t.Fatal(err)
	}
	flat := graphtest.Eval(g, image)
	var tokens [][]float64
	for i := 0; i < len(flat); i += 4 {
		tokens = append(tokens, flat[i:i+4])
	}
	return tokens
}

func first(all [][]float64) []float64 { return all[0] }

func all(tokens [][]float64) []float64 {
	var flat []float64
	for _, t := range tokens {
		flat = append(flat, t...)
	}
	return flat
}

func mean(all [][]float64) []float64 {
	sum := make([]float64, len(all[0]))
	for _, t := range all {
		for i, x := range t {
			sum[i] += x / float64(len(all))
		}
	}
	return sum
}

// TestPooledOutput checks that the output that transformers calls pooled is taken, wherever
// it stands among the outputs.
func TestPooledOutput(t *testing.T) {
	for name, want := range map[string]string{"hf_dinov2": "pooler_output", "hf_clip_vision_dynamo": "image_embeds"} {
		info, err := graph.Inspect(filepath.Join(testdata.Shared(t, "golden", "transformers"), name+".onnx"), graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if info.Feature != want || !strings.Contains(info.Why, "pooled output by its name") {
			t.Errorf("%s: %q because %s", name, info.Feature, info.Why)
		}
	}
}

// TestSeveralClassifiers takes what the classifiers of a distilled network read.
func TestSeveralClassifiers(t *testing.T) {
	pieces := [][]byte{conv("x", "a", 3), op("GlobalAveragePool", names("a"), "b"), op("Flatten", names("b"), "f"), weight("k", 0.5, 4, 5)}
	for _, head := range []string{"p", "q"} {
		pieces = append(pieces, op("Gemm", names("f", "k"), head))
	}
	pieces = append(pieces, op("Add", names("p", "q"), "r"), op("Div", names("r", "two"), "y"), weight("two", 2))
	info, err := graph.Inspect(writeModel(t, small(pieces...)), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if info.Feature != "f" || info.Graph.Logits != "y" || !strings.Contains(info.Why, "several fully connected layers") {
		t.Errorf("features %q, logits %q, because %s", info.Feature, info.Graph.Logits, info.Why)
	}
}

// TestSpliceTokens gives a classifier to one token, and to the mean of all, in the operator
// sets that write a mean differently.
func TestSpliceTokens(t *testing.T) {
	for _, c := range []struct{ model, feature string }{
		{"hf_dinov2", "last_hidden_state[cls]"}, {"hf_dinov2", "last_hidden_state[mean]"},
		{"vit_dinov2_opset17", "/norm/LayerNormalization_output_0[mean]"}, {"convnext_opset14", "/stages/stages.2/downsample/downsample.1/Conv_output_0[mean]"},
	} {
		path := filepath.Join(testdata.Shared(t, "golden", "transformers"), c.model+".onnx")
		s, err := graph.OpenSplicer(path, graph.Options{Feature: c.feature})
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		image := pattern(s.Graph.Input.Shape)
		features := graphtest.Eval(s.Graph, image)
		weight, want := make([]float32, len(features)), 0.25
		for i := range weight {
			weight[i] = float32(i%5) - 2
			want += float64(weight[i]) * features[i]
		}
		out := splicedFrom(t, s, graph.Head{Layers: []graph.Linear{{Weight: weight, Bias: []float32{0.25}}}})
		g, err := graph.Load(out, graph.Options{Feature: graph.LogitsName})
		if err != nil {
			t.Errorf("%s: %v", c.feature, err)
			continue
		}
		if got := graphtest.Eval(g, image); len(got) != 1 || !(math.Abs(got[0]-want) <= 1e-6*max(1, math.Abs(want))) {
			t.Errorf("%s: logit %v, want %v", c.feature, got, want)
		}
	}
}
