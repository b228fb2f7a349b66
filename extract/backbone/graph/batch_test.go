package graph_test

import (
	"strings"
	"testing"

	"featurecache/extract/backbone/graph"
)

// TestMixedImages checks that models of a fixed batch whose images meet each other are
// refused: an image's features may not depend on its neighbours.
func TestMixedImages(t *testing.T) {
	first := join(intWeight("a", 0), intWeight("b", 1), op("Slice", names("x", "a", "b"), "f"))
	for name, pieces := range map[string][]byte{
		"the first for all":     join(first, intWeight("s", 2, 3, 8, 8), op("Expand", names("f", "s"), "e"), op("Relu", names("e"), "y")),
		"the first and all":     join(first, op("Add", names("f", "x"), "y")),
		"turned round":          join(intWeight("a", -1), intWeight("b", -9), intWeight("c", 0), intWeight("d", -1), op("Slice", names("x", "a", "b", "c", "d"), "f"), op("Relu", names("f"), "y")),
		"joined":                join(op("Concat", names("x", "x"), "c", intAttr("axis", 0)), op("Relu", names("c"), "y")),
		"another axis":          join(op("Transpose", names("x"), "t", intsAttr("perm", 1, 0, 2, 3)), op("Relu", names("t"), "y")),
		"one axis fewer":        join(op("ReduceMean", names("x"), "m", intsAttr("axes", 1), intAttr("keepdims", 0)), op("Concat", names("x", "x"), "c", intAttr("axis", 1)), intWeight("i", 0, 1), op("Gather", names("c", "i"), "g", intAttr("axis", 1)), op("Add", names("g", "m"), "y")),
		"one axis more":         join(weight("w", 1, 2, 2, 3, 8, 8), op("Add", names("x", "w"), "y")),
		"constants of a batch":  join(weightOf("w", []float32{1, 2}, 2, 1, 1, 1), op("Add", names("x", "w"), "y")),
		"condition of a batch":  join(message(5, header("c", 9, 2, 1, 1, 1), message(9, []byte{0, 1})), op("Relu", names("x"), "r"), op("Where", names("c", "x", "r"), "y")),
		"mean":                  op("ReduceMean", names("x"), "y", intsAttr("axes", 0)),
		"softmax":               op("Softmax", names("x"), "y", intAttr("axis", 0)),
		"product of two ranks":  join(op("ReduceMean", names("x"), "m", intsAttr("axes", 1), intAttr("keepdims", 0)), intWeight("i", 0, 1), op("Gather", names("x", "i"), "g", intAttr("axis", 1)), op("MatMul", names("g", "m"), "y")),
		"flattened and reduced": join(intWeight("s", -1), op("Reshape", names("x", "s"), "r"), op("ReduceSum", names("r"), "y")),
	} {
		model := onnxModel(input("x", 1, 2, 3, 8, 8), output("y"), pieces)
		_, err := graph.LoadBytes(model, "", graph.Options{Feature: "y"})
		if err == nil || !strings.Contains(err.Error(), "batch") && !strings.Contains(err.Error(), "images") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
