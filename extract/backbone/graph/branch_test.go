package graph_test

import (
	"bytes"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
)

// graphAttr is an attribute that holds a graph of these pieces.
func graphAttr(name string, pieces ...[]byte) []byte {
	return join(text(1, name), message(6, append([][]byte{text(2, name)}, pieces...)...), number(20, 5))
}

// branching is a model that multiplies its image's channels with a number that depends on
// the image's height: 3 below 20 rows, 5 from 20 and 7 from 30. The branches name their
// tensors alike, read tensors of the graphs around them, and one can't run.
func branching(nodes ...[]byte) []byte {
	times := func(in, constant string) []byte {
		return join(op("Mul", names(in, constant), "scaled"), output("scaled"))
	}
	inner := op("If", names("large"), "inner",
		graphAttr("then_branch", times("logits", "seven")),
		graphAttr("else_branch", times("shifted", "five")))
	return join(
		op("Identity", names("x"), "logits"),
		op("Shape", names("x"), "shape"), op("Gather", names("shape", "two"), "height"),
		op("Less", names("height", "twenty"), "small"), op("Less", names("thirty", "height"), "large"),
		op("Det", names("seven"), "never"), // no rule, and only for a branch that is not taken
		intWeight("two", 2), intWeight("twenty", 20), intWeight("thirty", 29),
		weight("seven", 7, 1, 1), weight("five", 5, 1, 1), weight("zero", 0, 1),
		op("If", names("small"), "chosen",
			graphAttr("then_branch", weight("three", 3, 1), times("logits", "three")),
			graphAttr("else_branch", op("Add", names("logits", "zero"), "shifted"), inner, op("Identity", names("inner"), "scaled"), output("scaled"))),
		op("If", names("small"), "flag",
			graphAttr("then_branch", op("Identity", names("two"), "scaled"), output("scaled")),
			graphAttr("else_branch", op("Cast", names("never"), "scaled", intAttr("to", 7)), output("scaled"))),
		op("GlobalAveragePool", names("chosen"), "pooled"),
		op("Flatten", names("pooled"), "y"), join(nodes...))
}

func branchingModel(nodes ...[]byte) []byte {
	return onnxModel(input("x", 1, 0, 3, 0, 0), output("y"), branching(nodes...))
}

// TestBranches takes the branch of an If that the image's size decides.
func TestBranches(t *testing.T) {
	for height, want := range map[int]float64{16: 3, 24: 5, 32: 7} {
		g, err := graph.LoadBytes(branchingModel(), "", graph.Options{Height: height, Width: 4})
		if err != nil {
			t.Errorf("%d rows: %v", height, err)
			continue
		}
		checkTimes(t, g, want)
	}
	// An output that is a constant, in one branch made of a node that can't run.
	tail := func(nodes ...[]byte) []byte {
		return onnxModel(input("x", 1, 0, 3, 0, 0), output("z"), branching(), op("Gather", names("y", "flag"), "z", intAttr("axis", 1)))
	}
	if g, err := graph.LoadBytes(tail(), "", graph.Options{Height: 16, Width: 4}); err != nil || g.Features.Shape.Len() != 1 {
		t.Errorf("the small image: %v", err)
	}
	if _, err := graph.LoadBytes(tail(), "", graph.Options{Height: 24, Width: 4}); err == nil || !strings.Contains(err.Error(), "Det (never)") {
		t.Errorf("the large image: %v", err)
	}
}

// checkTimes checks that the features are the means of the channels times a factor.
func checkTimes(t *testing.T, g *graph.Graph, factor float64) {
	t.Helper()
	s := g.Input.Shape
	image := make([]float32, s.Len())
	for i := range image {
		image[i] = float32(1 + i/(s.H*s.W)) // 1, 2, 3
	}
	if got := graphtest.Eval(g, image); len(got) != 3 || math.Abs(got[0]-factor) > 1e-5 || math.Abs(got[2]-3*factor) > 1e-5 {
		t.Errorf("the features of %v are %v, want %v times 1, 2, 3", s, got, factor)
	}
}

// TestBranchesRefused checks the Ifs that can't run.
func TestBranchesRefused(t *testing.T) {
	way := func(name string) []byte {
		return graphAttr(name, op("Relu", names("x"), "r"), output("r"))
	}
	two := graphAttr("then_branch", op("Relu", names("x"), "r"), output("r"), output("r"))
	given := graphAttr("then_branch", input("r", 1, 1), output("r"))
	deep := graphAttr("then_branch", op("Relu", names("x"), "r"), output("r"))
	for range 9 {
		deep = graphAttr("then_branch", op("If", names("c"), "r", deep, way("else_branch")), output("r"))
	}
	yes := join(op("Cast", names("one"), "c", intAttr("to", 9)), intWeight("one", 1))
	for name, c := range map[string]struct {
		model []byte
		kind  error
		text  string
	}{
		"decided by the image": {small(op("IsNaN", names("x"), "c"), op("If", names("c"), "y", way("then_branch"), way("else_branch"))), graph.ErrUnsupported, "control flow can't run"},
		"one branch":           {small(yes, op("If", names("c"), "y", way("then_branch"))), graph.ErrUnsupported, "control flow can't run"},
		"too many outputs":     {small(yes, op("If", names("c"), "y", two, way("else_branch"))), graph.ErrInvalid, "has 1 outputs, but a branch of it has 2"},
		"a branch's inputs":    {small(yes, op("If", names("c"), "y", given, way("else_branch"))), graph.ErrInvalid, "branch of an If has inputs"},
		"missing name":         {small(yes, op("If", names("c"), "y", graphAttr("then_branch", output("r")), way("else_branch"))), graph.ErrInvalid, `needs "r"`},
		"too deep":             {small(yes, op("If", names("c"), "y", deep, way("else_branch"))), graph.ErrUnsupported, "Ifs within each other"},
		"twice in a branch":    {small(yes, op("If", names("c"), "y", graphAttr("then_branch", op("Relu", names("x"), "r"), op("Abs", names("x"), "r"), output("r")), way("else_branch"))), graph.ErrInvalid, "made twice"},
		"in a circle":          {small(op("If", names("c"), "c", way("then_branch"), way("else_branch")), op("Relu", names("c"), "y")), graph.ErrInvalid, "cycle"},
	} {
		t.Run(name, func(t *testing.T) { checkRefused(t, writeModel(t, c.model), c.kind, c.text) })
	}
}

// TestSpliceBranches puts a classifier after an If. The branches' tensors stay, and the name
// "logits" makes room in them too.
func TestSpliceBranches(t *testing.T) {
	path := writeModel(t, branchingModel())
	opt := graph.Options{Height: 24, Width: 4}
	s, err := graph.OpenSplicer(path, opt)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Write(&b, graph.Head{Layers: []graph.Linear{{Weight: []float32{1, 2, 3}, Bias: []float32{4}}}}); err != nil {
		t.Fatal(err)
	}
	for height, want := range map[int]float64{16: 3, 24: 5, 32: 7} {
		g, err := graph.LoadBytes(b.Bytes(), "", graph.Options{Height: height, Width: 4})
		if err != nil {
			t.Fatal(err)
		}
		checkTimes(t, g, want)
	}
	if _, err := graph.OpenSplicer(path, graph.Options{Height: 16, Width: 4, Feature: "if1.then/scaled"}); err == nil || !strings.Contains(err.Error(), "in a branch of an If") {
		t.Errorf("a feature in a branch: %v", err)
	}
	info, err := graph.Inspect(path, opt)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(info.Tensors, func(name string) bool { return strings.HasPrefix(name, "if") }) {
		t.Errorf("tensors of branches are listed: %q", info.Tensors)
	}
	// A weight of a branch in another file.
	far := graphAttr("then_branch", outside("w", "data", "0", "4", 1), op("Mul", names("x", "w"), "r"), output("r"))
	path = writeModel(t, small(intWeight("one", 1), op("Cast", names("one"), "c", intAttr("to", 9)),
		op("If", names("c"), "y", far, graphAttr("else_branch", op("Relu", names("x"), "r"), output("r")))))
	if err := os.WriteFile(strings.TrimSuffix(path, "model.onnx")+"data", make([]byte, 4), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err = graph.OpenSplicer(path, graph.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(&b, graph.Head{Layers: []graph.Linear{{Weight: make([]float32, 192), Bias: []float32{4}}}}); err == nil || !strings.Contains(err.Error(), "of a branch is in another file") {
		t.Errorf("weight elsewhere: %v", err)
	}
}
