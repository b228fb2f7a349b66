package graph_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"

	"featurecache/extract/backbone/graph"
)

// TestRefused checks that each fault of a model has its own message.
func TestRefused(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		name string
		data []byte
		kind error
		text string
	}{
		{"archive", []byte("PK\x03\x04…"), graph.ErrNotModel, "zip archive"},
		{"prose", []byte("Dear reader, this is no model."), graph.ErrNotModel, "not an ONNX model"},
		{"no graph", number(1, 7), graph.ErrNotModel, "no graph"},
		{"two graphs", join(small(conv("x", "y", 3)), message(7)), graph.ErrNotModel, "no graph"},
		{"no nodes", small(), graph.ErrInvalid, "computes nothing"},
		{"old opset", join(number(1, 3), message(7), message(8, number(2, 6))), graph.ErrUnsupported, "operator set 6"},
		{"cut inside the graph", onnxModel(conv("x", "y", 3), []byte{0x0a, 0x7f}), graph.ErrInvalid, "graph is damaged"},

		{"input of no shape", onnxModel(message(11, text(1, "x")), output("y"), conv("x", "y", 3)), graph.ErrUnsupported, "only float images"},
		{"integer input", onnxModel(input("x", 7, 0, 3, 8, 8), output("y"), conv("x", "y", 3)), graph.ErrUnsupported, "x int64 [N,3,8,8]"},
		{"huge input", onnxModel(input("x", 1, 0, 3, 1<<30, 1<<30), output("y"), conv("x", "y", 3)), graph.ErrInvalid, "absurdly large"},
		{"many channels", onnxModel(input("x", 1, 0, 2000, 8, 8), output("y"), op("Relu", names("x"), "y")), graph.ErrInvalid, "absurdly large"},
		{"two inputs", small(input("z", 1, 0, 3, 8, 8), conv("x", "y", 3)), graph.ErrUnsupported, "2 inputs"},
		{"output from nowhere", onnxModel(input("x", 1, 0, 3, 8, 8), output("z"), conv("x", "y", 3)), graph.ErrInvalid, `nothing makes the model's output "z"`},
		{"features not from the image", small(op("Identity", names("w"), "y"), weight("w", 1, 1)), graph.ErrUnsupported, "not computed from the image"},

		{"weight twice", small(conv("x", "y", 3), weight("y.w", 1, 1)), graph.ErrInvalid, `weight "y.w" appears twice`},
		{"tensor twice", small(conv("x", "y", 3), op("Relu", names("x"), "y")), graph.ErrInvalid, `"y" is made twice`},
		{"no name", small(conv("x", "y", 3), weight("", 1, 1)), graph.ErrInvalid, "has no name"},
		{"short weight", small(op("Relu", names("x"), "y"), message(5, header("w", 1, 2, 2), message(9, make([]byte, 12)))), graph.ErrInvalid, "should have 4 elements, but the file holds 3"},
		{"ragged weight", small(op("Relu", names("x"), "y"), message(5, header("w", 1, 3), message(9, make([]byte, 13)))), graph.ErrInvalid, "should have 3 elements"},
		{"negative shape", small(op("Relu", names("x"), "y"), message(5, header("w", 1, -1))), graph.ErrInvalid, "absurd shape"},
		{"shape of many", small(op("Relu", names("x"), "y"), message(5, header("w", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))), graph.ErrInvalid, "too many"},
		{"segment", small(op("Relu", names("x"), "y"), message(5, header("w", 1, 1), message(3))), graph.ErrUnsupported, "segments"},
		{"NaN", small(op("Conv", names("x", "w"), "y"), weight("w", nan, 4, 3, 1, 1)), graph.ErrInvalid, "NaN"},
		{"integer weight", small(op("Conv", names("x", "w"), "y"), intWeight("w", 1)), graph.ErrInvalid, "types disagree"},
		{"batch norm out of range", small(conv("x", "a", 3), op("Mul", names("a", "s"), "b"), op("Mul", names("b", "s"), "y"), weight("s", 3e38)), graph.ErrInvalid, "beyond float32"},

		{"foreign operator", small(message(1, text(1, "x"), text(2, "y"), text(4, "FusedConv"), text(7, "com.microsoft"))), graph.ErrUnsupported, "com.microsoft::FusedConv"},
		{"quantised", small(op("QuantizeLinear", names("x"), "y")), graph.ErrUnsupported, "quantised"},
		{"several operators", small(op("If", names("x"), "a"), op("LSTM", names("a"), "y")), graph.ErrUnsupported, "control flow can't run; export the model with a fixed input size (and 1 more"},
		{"wrong channels", small(conv("x", "y", 5)), graph.ErrInvalid, "don't fit its input of 3 channels"},
		{"no groups", small(op("Conv", names("x", "w"), "y", intAttr("group", 0)), weight("w", 1, 4, 3, 1, 1)), graph.ErrInvalid, "group 0"},
		{"groups of outputs", small(op("Conv", names("x", "w"), "y", intAttr("group", 3)), weight("w", 1, 4, 1, 1, 1)), graph.ErrInvalid, "group 3"},
		{"weight not constant", small(op("Conv", names("x", "x"), "y")), graph.ErrUnsupported, "not a constant"},
		{"three dimensions", small(op("Conv", names("x", "w"), "y"), weight("w", 1, 4, 3, 1, 1, 1)), graph.ErrUnsupported, "two-dimensional"},
		{"large window", small(op("Conv", names("x", "w"), "y"), weight("w", 1, 4, 3, 9, 1)), graph.ErrUnsupported, "wants a larger image"},
		{"huge padding", small(op("Conv", names("x", "w"), "y", intsAttr("pads", 60000, 60000, 60000, 60000)), weight("w", 1, 4, 3, 1, 1)), graph.ErrUnsupported, "its result would have the shape"},
		{"negative padding", small(op("Conv", names("x", "w"), "y", intsAttr("pads", -1, 0, 0, 0)), weight("w", 1, 4, 3, 1, 1)), graph.ErrUnsupported, `"pads" is -1`},
		{"attribute of another type", small(op("Conv", names("x", "w"), "y", stringAttr("group", "1")), weight("w", 1, 4, 3, 1, 1)), graph.ErrInvalid, `"group" has the wrong type`},
		{"pool in padding", small(op("MaxPool", names("x"), "y", intsAttr("kernel_shape", 2, 2), intsAttr("pads", 2, 0, 0, 0))), graph.ErrUnsupported, "in the padding altogether"},
		{"pool behind", small(op("MaxPool", names("x"), "y", intsAttr("kernel_shape", 2, 2), intsAttr("pads", 0, 0, 0, 3))), graph.ErrUnsupported, "in the padding altogether"},
		{"pool between", small(op("MaxPool", names("x"), "y", intsAttr("kernel_shape", 2, 2), intsAttr("dilations", 9, 9), intsAttr("pads", 1, 1, 1, 1))), graph.ErrUnsupported, "in the padding altogether"},
		{"gain of other channels", small(conv("x", "a", 3), op("GlobalAveragePool", names("x"), "b"), op("Mul", names("a", "b"), "y")), graph.ErrInvalid, "the shapes [1 4 8 8] and [1 3 1 1]"},
		{"gain without height", small(conv("x", "a", 3), op("ReduceMean", names("a"), "b", intsAttr("axes", 2, 3), intAttr("keepdims", 0)), op("Mul", names("a", "b"), "y")), graph.ErrInvalid, "[1 4 8 8] and [1 4]"},
		{"attention", small(conv("x", "a", 3), op("Flatten", names("a"), "b"), op("MatMul", names("b", "b"), "y")), graph.ErrInvalid, "it multiplies the shapes [1 256] and [1 256]"},
		{"expanded rows", small(conv("x", "a", 3), op("Expand", names("a", "s"), "y"), intWeight("s", 1, 4, 8, 16)), graph.ErrInvalid, "the shapes [1 4 8 8] and [1 4 8 16]"},
		{"expanded without end", small(op("GlobalAveragePool", names("x"), "a"), op("Expand", names("a", "s"), "y"), intWeight("s", 1, 3, 1<<40, 1<<40)), graph.ErrUnsupported, "its result would have"},
		{"joined sizes", small(conv("x", "a", 3), op("GlobalAveragePool", names("a"), "b"), op("Concat", names("a", "b"), "y", intAttr("axis", 1))), graph.ErrUnsupported, "[1 4 8 8] (float32) and [1 4 1 1] (float32), which differ in more than axis 1"},
		{"picked by an activation", small(op("Gather", names("x", "x"), "y", intAttr("axis", 1))), graph.ErrUnsupported, "its indices are not constants"},
		{"picked from outside", small(op("Gather", names("x", "i"), "y", intAttr("axis", 1)), intWeight("i", 1, -4)), graph.ErrInvalid, "index -4 is outside 3 elements"},
		{"picked nothing", small(op("Gather", names("x", "i"), "y", intAttr("axis", 1)), intWeight("i")), graph.ErrUnsupported, "only 1 to"},
		{"constant that can't be folded", small(op("Det", names("w"), "d"), op("Mul", names("x", "d"), "a"), conv("a", "y", 3), weight("w", 1, 2, 2)), graph.ErrUnsupported, "onnxslim, onnxsim"},
		{"huge constant", small(op("ConstantOfShape", names("s"), "d"), intWeight("s", 1<<20, 1<<12), op("ReduceSum", names("d"), "e"), op("Mul", names("x", "e"), "a"), conv("a", "y", 3)), graph.ErrUnsupported, "a constant of the shape [1048576 4096]"},
		{"shape that doesn't fit", small(op("Reshape", names("x", "s"), "y"), intWeight("s", 1, 100)), graph.ErrInvalid, "not as many elements"},
		{"training", small(op("BatchNormalization", names("x", "w", "w", "w", "w"), "y", intAttr("training_mode", 1)), weight("w", 1, 3)), graph.ErrUnsupported, "model.eval()"},
		{"training before opset 14", small(message(1, text(1, "x"), text(1, "w"), text(1, "w"), text(1, "w"), text(1, "w"), text(2, "y"), text(2, "mean"), text(4, "BatchNormalization")), weight("w", 1, 3)), graph.ErrUnsupported, "model.eval()"},
		{"bias of another shape", small(op("Flatten", names("x"), "a"), op("Gemm", names("a", "w", "b"), "c"), weight("w", 1, 192, 5), weight("b", 1, 5, 1), op("Relu", names("c"), "d"), conv("d", "y", 5)), graph.ErrUnsupported, "not one number an output"},
		{"bias not constant", small(op("Flatten", names("x"), "a"), op("Gemm", names("a", "w", "a"), "c"), weight("w", 1, 192, 192), op("Relu", names("c"), "d"), conv("d", "y", 5)), graph.ErrUnsupported, "input 2 is not a constant"},
		{"overhang that counts", small(op("AveragePool", names("x"), "y", intsAttr("kernel_shape", 2, 2), intsAttr("strides", 2, 2), intsAttr("pads", 1, 1, 0, 0), intAttr("ceil_mode", 1), intAttr("count_include_pad", 1))), graph.ErrUnsupported, "ceil_mode can't run"},
		{"mask", small(message(1, text(1, "x"), text(2, "a"), text(2, "m"), text(4, "Dropout")), op("Relu", names("m"), "y")), graph.ErrUnsupported, "secondary result"},
		{"names that steer a terminal", small(op("\x1b[31m\n", names("x"), "y")), graph.ErrUnsupported, "the operator ?[31m? is not"},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkRefused(t, writeModel(t, c.data), c.kind, c.text)
		})
	}
}

// TestAmplified checks that small files that describe huge models are refused before
// memory is allocated for them.
func TestAmplified(t *testing.T) {
	pieces := [][]byte{conv("x", "c0", 3), weight("large", 0.5, 512, 4, 1, 1), weight("square", 0.5, 512, 512, 1, 1), op("Conv", names("c0", "large"), "d0")}
	for i := range 100 {
		pieces = append(pieces, op("Conv", names(fmt.Sprint("d", i), "square"), fmt.Sprint("d", i+1)))
	}
	pieces = append(pieces, op("Relu", names("d100"), "y"), message(5, header("claim", 8, 1<<40))) // strings, which nobody reads
	checkRefused(t, writeModel(t, small(pieces...)), graph.ErrUnsupported, "the same weights too often")

	// Values that double: many elements out of nothing, but no memory before they are refused.
	joined := [][]byte{op("Concat", names("x", "x"), "j1", intAttr("axis", 1))}
	for i := 1; i < 40; i++ {
		joined = append(joined, op("Concat", names(fmt.Sprint("j", i), fmt.Sprint("j", i)), fmt.Sprint("j", i+1), intAttr("axis", 1)))
	}
	joined = append(joined, op("Relu", names("j40"), "y"))
	checkRefused(t, writeModel(t, small(joined...)), graph.ErrUnsupported, "only 1 to 134217728 elements")

	var wide []byte
	for range 3000 {
		wide = append(wide, text(1, "x")...)
		wide = append(wide, text(2, "")...)
	}
	checkRefused(t, writeModel(t, small(message(1, wide, text(4, "Split")), conv("x", "y", 3))), graph.ErrUnsupported, "3000 inputs and 3000 outputs")
}

// TestPaths checks what is not even a file.
func TestPaths(t *testing.T) {
	checkRefused(t, t.TempDir(), graph.ErrNotModel, "not a regular file")
	large := writeModel(t, nil)
	if err := os.Truncate(large, 1<<40); err != nil {
		t.Log(err) // no sparse files here
	} else {
		checkRefused(t, large, graph.ErrNotModel, "larger than 2 GiB")
	}
	_, err := graph.Load(filepath.Join(t.TempDir(), "absent.onnx"), graph.Options{})
	if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, graph.ErrInvalid) {
		t.Errorf("a missing file: %v", err)
	}
}
