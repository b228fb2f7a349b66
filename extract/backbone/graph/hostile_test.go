package graph_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"featurecache/extract/backbone/graph"
)

// TestHostileShapes loads small files whose shapes are absurd: none may panic, nor take
// much memory and with it time.
func TestHostileShapes(t *testing.T) {
	const huge = 1 << 27
	wide := func(pieces ...[]byte) []byte { // an image of 2^26 pixels
		return onnxModel(append([][]byte{input("x", 1, 1, 1, 1<<13, 1<<13), output("y")}, pieces...)...)
	}
	pair := func(pieces ...[]byte) []byte { // a batch of two
		return onnxModel(append([][]byte{input("x", 1, 2, 3, 8, 8), output("y")}, pieces...)...)
	}
	chain := func(kind string, n int, more []string, attributes ...[]byte) []byte {
		var b []byte
		last := "x"
		for i := range n {
			next := "y"
			if i < n-1 {
				next = "t" + strings.Repeat("t", i)
			}
			b = append(b, op(kind, append(names(last), more...), next, attributes...)...)
			last = next
		}
		return b
	}
	turned := op("Transpose", names("x"), "z", intsAttr("perm", 0, 1, 3, 2))
	for name, model := range map[string][]byte{
		"expanded":               small(op("ReduceMean", names("x"), "m", intsAttr("axes", 1)), op("Unsqueeze", names("m"), "u", intsAttr("axes", 4)), intWeight("s", 1, 1, 1, 1, huge/64), op("Expand", names("u", "s"), "e"), op("Relu", names("e"), "y")),
		"expanded by several":    small(op("ReduceMean", names("x"), "m"), intWeight("s", 1, 1<<9, 1<<9, 1<<9), op("Expand", names("m", "s"), "e"), op("Relu", names("e"), "y")),
		"expanded often":         small(op("ReduceMean", names("x"), "m"), intWeight("s", 1, 1, 1, huge), op("Expand", names("m", "s"), "e"), chain("Tanh", 30, nil), op("Add", names("e", "y"), "z")),
		"expanded to nothing":    small(op("ReduceMean", names("x"), "m"), intWeight("s", 1, 0, 1, 1), op("Expand", names("m", "s"), "e"), op("Relu", names("e"), "y")),
		"plus nothing":           small(op("ReduceMean", names("x"), "m"), weight("w", 1, 0), op("Add", names("m", "w"), "y")),
		"nothing by nothing":     small(weight("w", 1, 8, 0), op("MatMul", names("x", "w"), "y")),
		"product with nothing":   small(weight("w", 1, 1, 3, 8, 0), op("MatMul", names("x", "w"), "m"), op("Relu", names("m"), "y")),
		"chosen from nothing":    small(op("ReduceMean", names("x"), "m"), message(5, header("c", 9, 0), message(9)), op("Where", names("c", "m", "m"), "y")),
		"cut to nothing":         small(intWeight("a", 3), intWeight("b", 3), op("Slice", names("x", "a", "b"), "s"), op("Relu", names("s"), "y")),
		"nothing is joined":      small(intWeight("a", 3), intWeight("b", 3), op("Slice", names("x", "a", "b"), "s"), op("Concat", names("s", "s"), "y", intAttr("axis", 1))),
		"padded to nothing":      small(intWeight("p", 0, 0, -8, 0, 0, 0, 0, 0), op("Pad", names("x", "p"), "e"), op("Relu", names("e"), "y")),
		"padded to less":         small(intWeight("p", 0, 0, -20, 0, 0, 0, 3, 0), op("Pad", names("x", "p"), "e"), op("Relu", names("e"), "y")),
		"padded absurdly":        small(intWeight("p", 0, 0, 60000, 60000, 0, 0, 60000, 60000), op("Pad", names("x", "p"), "e"), op("Relu", names("e"), "f"), op("Add", names("e", "f"), "y")),
		"padded along channels":  small(intWeight("p", 0, 60000, 0, 0, 0, 60000, 0, 0), chain("Pad", 30, names("p"), stringAttr("mode", "edge"))),
		"reflected beyond":       small(intWeight("p", 0, 0, 9, 0, 0, 0, 0, 0), op("Pad", names("x", "p"), "y", stringAttr("mode", "reflect"))),
		"tiled":                  small(intWeight("r", 1, 1, 1<<13, 1<<13), op("Tile", names("x", "r"), "e"), op("Relu", names("e"), "y")),
		"tiled in one":           small(intWeight("r", 1, 1, 1, huge/8), chain("Tile", 3, names("r"))),
		"gathered in eight axes": small(message(5, header("i", 7, 1, 1, 1, 1, 1, 1), message(9, make([]byte, 8))), op("Gather", names("x", "i"), "y", intAttr("axis", 1))),
		"turned often":           wide(chain("Transpose", 30, nil, intsAttr("perm", 0, 1, 3, 2))),
		"turned and computed":    wide(turned, functions("z", 30)),
		"flattened and cut":      wide(op("Flatten", names("x"), "f"), intWeight("a", 0), intWeight("b", 1<<25), intWeight("c", 1), cuts("f", 30)),
		"turned and joined":      wide(turned, op("Concat", slices.Repeat(names("z"), 2), "y", intAttr("axis", 2))),
		"turned and added":       wide(turned, op("Add", names("x", "z"), "a"), op("Add", names("a", "z"), "b"), op("Add", names("b", "z"), "c"), op("Add", names("c", "z"), "y")),
		"turned and flattened":   wide(turned, op("Flatten", names("z"), "f"), op("Flatten", names("f"), "y")),
		"large attention":        wide(intWeight("s", 1, 1<<13, 1<<13), op("Reshape", names("x", "s"), "r"), op("Softmax", names("r"), "p", intAttr("axis", 2)), op("MatMul", names("p", "r"), "a"), op("MatMul", names("a", "r"), "y")),
		"scalar":                 small(op("ReduceMean", names("x"), "m", intAttr("keepdims", 0)), op("Transpose", names("m"), "t"), op("Relu", names("t"), "r"), op("Softmax", names("r"), "y", intAttr("axis", 0))),
		"scalars multiplied":     small(op("ReduceMean", names("x"), "m", intAttr("keepdims", 0)), op("MatMul", names("m", "m"), "y")),
		"rank of eight":          small(op("Unsqueeze", names("x"), "u", intsAttr("axes", 0, 1, 2, 3)), op("ReduceSum", names("u"), "s"), op("Add", names("u", "s"), "y")),
		"rank of nine":           small(op("Unsqueeze", names("x"), "y", intsAttr("axes", 0, 1, 2, 3, 4))),
		"huge batch":             onnxModel(input("x", 1, 1<<20, 3, 8, 8), output("y"), intWeight("s", -1), op("Reshape", names("x", "s"), "r"), op("Relu", names("r"), "y")),
		"huge batch, large":      onnxModel(input("x", 1, 1<<20, 3, 80, 80), output("y"), op("Relu", names("x"), "y")),
		"batch and scalar":       pair(op("ReduceMean", names("x"), "m", intAttr("keepdims", 0)), op("Relu", names("m"), "y")),
		"norm of one number":     wide(op("Flatten", names("x"), "f"), weight("w", 1, 1), op("LayerNormalization", names("f", "w"), "y")),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := graph.LoadBytes(model, "", graph.Options{Feature: "y"})
			runtime.ReadMemStats(&after)
			size := after.TotalAlloc - before.TotalAlloc
			t.Logf("%d KiB: %v", size>>10, err)
			if size > 1<<30 {
				t.Errorf("%d MiB were allocated", size>>20)
			}
		})
	}
}

// functions chains n functions from a tensor to y.
func functions(from string, n int) []byte {
	var b []byte
	for i := range n {
		to := "y"
		if i < n-1 {
			to = from + "r"
		}
		b = append(b, op([]string{"Relu", "Tanh"}[i%2], names(from), to)...)
		from = to
	}
	return b
}

// cuts chains n slices, from a to b of axis c, from a tensor to y.
func cuts(from string, n int) []byte {
	var b []byte
	for i := range n {
		to := "y"
		if i < n-1 {
			to = from + "c"
		}
		b = append(b, op("Slice", names(from, "a", "b", "c"), to)...)
		from = to
	}
	return b
}
