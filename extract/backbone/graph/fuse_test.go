package graph_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
)

// wiring makes a model out of arbitrary bytes: each decides on a node, on what
// it reads, or on its geometry.
type wiring struct {
	choices  []byte
	pieces   [][]byte
	tensors  []string
	channels map[string]int64
	rng      *rand.Rand
}

func (w *wiring) choose(n int) int {
	if len(w.choices) == 0 {
		return 0
	}
	c := int(w.choices[0]) % n
	w.choices = w.choices[1:]
	return c
}

// recent is one of the last four tensors, so that graphs branch and join.
func (w *wiring) recent() string {
	return w.tensors[len(w.tensors)-1-w.choose(min(4, len(w.tensors)))]
}

func (w *wiring) last() string { return w.tensors[len(w.tensors)-1] }

func (w *wiring) node(kind string, channels int64, in []string, attributes ...[]byte) {
	out := fmt.Sprint("t", len(w.tensors))
	w.pieces = append(w.pieces, op(kind, in, out, attributes...))
	w.tensors = append(w.tensors, out)
	w.channels[out] = channels
}

// weight adds a random weight and returns its name.
func (w *wiring) weight(scale float32, dims ...int64) string {
	name := fmt.Sprint("w", len(w.pieces))
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = scale * (w.rng.Float32() + 0.1) * float32(1-2*w.rng.IntN(2))
	}
	w.pieces = append(w.pieces, weightOf(name, values, dims...))
	return name
}

// index adds a list of one integer and returns its name.
func (w *wiring) index(i int64) string {
	name := fmt.Sprint("w", len(w.pieces))
	w.pieces = append(w.pieces, intWeight(name, i))
	return name
}

func (w *wiring) step() {
	x := w.recent()
	c := w.channels[x]
	switch w.choose(12) {
	case 0, 1:
		k, stride, pad := int64(1+w.choose(3)), int64(1+w.choose(2)), int64(w.choose(2))
		w.node("Conv", 4, names(x, w.weight(0.3, 4, c, k, k), w.weight(0.3, 4)),
			intsAttr("strides", stride, stride), intsAttr("pads", pad, 0, 0, pad))
	case 2:
		w.node([]string{"Mul", "Add"}[w.choose(2)], c, names(x, w.weight(1, c, 1, 1)))
	case 3:
		w.node("Add", c, names(x, w.recent()))
	case 4:
		w.node([]string{"Relu", "Sigmoid", "HardSwish"}[w.choose(3)], c, names(x))
	case 5:
		w.node("Sigmoid", c, names(x))
		w.node("Mul", c, names(w.last(), x))
	case 6:
		w.node("MaxPool", c, names(x), intsAttr("kernel_shape", 2, 2), intAttr("ceil_mode", int64(w.choose(2))))
	case 7:
		w.node("Identity", c, names(x))
	case 8:
		in, channels := names(x), c
		for range w.choose(3) {
			in = append(in, w.recent())
			channels += w.channels[in[len(in)-1]]
		}
		w.node("Concat", channels, in, intAttr("axis", []int64{1, -3}[w.choose(2)]))
	case 10: // side by side
		k := int64(1 + w.choose(2))
		w.node("Conv", 4, names(x, w.weight(0.3, 4, c, k, k)))
		a := w.last()
		w.node("Conv", 3, names(x, w.weight(0.3, 3, c, k, k)))
		w.node("Concat", 7, names(a, w.last()), intAttr("axis", 1))
	case 11:
		w.node("Gather", 1, names(x, w.index(int64(w.choose(int(c))))), intAttr("axis", 1))
	case 9:
		w.node("GlobalAveragePool", c, names(x))
		w.node("Conv", c, names(w.last(), w.weight(0.3, c, c, 1, 1)))
		w.node([]string{"Sigmoid", "Relu"}[w.choose(2)], c, names(w.last()))
		w.node("Mul", c, [][]string{{x, w.last()}, {w.last(), x}}[w.choose(2)])
	}
}

// FuzzFuse checks that fusing changes no result: it compares with the same
// model a layer a node.
func FuzzFuse(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		choices := make([]byte, 10+rng.IntN(30))
		for i := range choices {
			choices[i] = byte(rng.Uint32())
		}
		f.Add(choices)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		w := &wiring{choices: choices, tensors: names("x"), channels: map[string]int64{"x": 3}, rng: rand.New(rand.NewPCG(1, 2))}
		for len(w.choices) > 0 && len(w.tensors) < 20 {
			w.step()
		}
		last := w.last()
		model := onnxModel(append(w.pieces, input("x", 1, 0, 3, 6, 7), output(last))...)
		fused, err := graph.LoadBytes(model, "", graph.Options{Feature: last})
		if err != nil {
			return // shapes that don't meet, or nothing but the image
		}
		plain, err := graph.LoadUnfused(model)
		if err != nil {
			t.Fatal(err)
		}
		if err := graphtest.Check(fused); err != nil {
			t.Fatal(err)
		}
		if len(fused.Layers) > len(plain.Layers) {
			t.Errorf("%d layers became %d", len(plain.Layers), len(fused.Layers))
		}
		image := pattern(fused.Input.Shape)
		if e := graphtest.RelativeError(graphtest.Eval(fused, image), graphtest.Eval(plain, image)); !(e <= 1e-5) {
			t.Errorf("%s: relative L2 error %.2g from %s", kinds(fused), e, kinds(plain))
		}
	})
}
