package graph_test

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// The functions of this file write pieces of ONNX models, good and bad. The
// numbers are onnx.proto's.

func message(id protowire.Number, body ...[]byte) []byte {
	var all []byte
	for _, b := range body {
		all = append(all, b...)
	}
	return protowire.AppendBytes(protowire.AppendTag(nil, id, protowire.BytesType), all)
}

func text(id protowire.Number, s string) []byte { return message(id, []byte(s)) }

func number(id protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, id, protowire.VarintType), uint64(v))
}

func join(pieces ...[]byte) []byte {
	var all []byte
	for _, p := range pieces {
		all = append(all, p...)
	}
	return all
}

// op is a node of a graph.
func op(kind string, in []string, out string, attributes ...[]byte) []byte {
	var b []byte
	for _, name := range in {
		b = append(b, text(1, name)...)
	}
	b = append(b, text(2, out)...)
	b = append(b, text(4, kind)...)
	for _, a := range attributes {
		b = append(b, message(5, a)...)
	}
	return message(1, b)
}

func names(s ...string) []string { return s }

func intAttr(name string, v int64) []byte { return join(text(1, name), number(3, v), number(20, 2)) }

func intsAttr(name string, values ...int64) []byte {
	b := text(1, name)
	for _, v := range values {
		b = append(b, number(8, v)...)
	}
	return append(b, number(20, 7)...)
}

func stringAttr(name, v string) []byte { return join(text(1, name), text(4, v), number(20, 3)) }

// header is the part of a TensorProto before its data.
func header(name string, typ int64, dims ...int64) []byte {
	var b []byte
	for _, d := range dims {
		b = append(b, number(1, d)...)
	}
	return join(b, number(2, typ), text(8, name))
}

// weight is an initializer of float32, filled with v.
func weight(name string, v float32, dims ...int64) []byte {
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	return weightOf(name, slices.Repeat([]float32{v}, int(n)), dims...)
}

func weightOf(name string, values []float32, dims ...int64) []byte {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return message(5, header(name, 1, dims...), message(9, raw))
}

func intWeight(name string, values ...int64) []byte {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return message(5, header(name, 7, int64(len(values))), message(9, raw))
}

// outside is an initializer whose data lies in another file.
func outside(name, file, offset, length string, dims ...int64) []byte {
	b := header(name, 1, dims...)
	for _, kv := range [][2]string{{"location", file}, {"offset", offset}, {"length", length}} {
		if kv[1] != "" {
			b = append(b, message(13, text(1, kv[0]), text(2, kv[1]))...)
		}
	}
	return message(5, b, number(14, 1))
}

// input declares a graph's input; a dimension of 0 is symbolic.
func input(name string, typ int64, dims ...int64) []byte {
	var shape []byte
	for _, d := range dims {
		if d == 0 {
			shape = append(shape, message(1, text(2, "N"))...)
		} else {
			shape = append(shape, message(1, number(1, d))...)
		}
	}
	return message(11, text(1, name), message(2, message(1, number(1, typ), message(2, shape))))
}

func output(name string) []byte { return message(12, text(1, name)) }

// onnxModel is a model of the pieces of a graph, of opset 13.
func onnxModel(pieces ...[]byte) []byte {
	return join(number(1, 7), message(7, pieces...), message(8, number(2, 13)))
}

// small is a model that takes x [N,3,8,8] and gives y.
func small(pieces ...[]byte) []byte {
	return onnxModel(append([][]byte{input("x", 1, 0, 3, 8, 8), output("y")}, pieces...)...)
}

// conv is a 1×1 convolution from in to out of four channels, with its weight.
func conv(in, out string, channels int64) []byte {
	return join(op("Conv", names(in, out+".w"), out), weight(out+".w", 0.5, 4, channels, 1, 1))
}

func writeModel(t *testing.T, data []byte) string {
	t.Helper()
	return writeFile(t, t.TempDir(), "model.onnx", data)
}

func writeFile(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func sha256File(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(data)
}
