package extract

import (
	"errors"
	"strings"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/view"
)

// network is a network that begins with y[c] = x[from[c]]·scale[c] + shift[c].
func network(from [3]int, scale, shift [3]float32) *graph.Graph {
	value := func(c int) *graph.Value { return &graph.Value{Shape: graph.Shape{C: c, H: 4, W: 4}} }
	image, swapped, scaled, out := value(3), value(3), value(3), value(5)
	swap := &graph.Conv{In: image, Out: swapped, Weight: make([]float32, 9), Bias: make([]float32, 3),
		KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1}
	for c, f := range from {
		swap.Weight[3*c+f] = 1
	}
	first := &graph.Conv{In: scaled, Out: out, Weight: make([]float32, 5*3*9), Bias: make([]float32, 5),
		KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1, Pad: graph.Pads{Top: 1, Left: 1, Bottom: 1, Right: 1}}
	return &graph.Graph{Input: image, Features: out,
		Layers: []graph.Layer{swap, &graph.Affine{In: swapped, Out: scaled, Scale: scale[:], Shift: shift[:]}, first}}
}

// normalising is a network that begins with (x − mean)/std.
func normalising(mean, std [3]float32) *graph.Graph {
	var scale, shift [3]float32
	for c := range 3 {
		scale[c], shift[c] = 1/std[c], -mean[c]/std[c]
	}
	return network([3]int{0, 1, 2}, scale, shift)
}

func all(x float32) [3]float32 { return [3]float32{x, x, x} }

func times(k float32, v [3]float32) [3]float32 { return [3]float32{k * v[0], k * v[1], k * v[2]} }

func reversed(v [3]float32) [3]float32 { return [3]float32{v[2], v[1], v[0]} }

func TestFrontTellsTheColours(t *testing.T) {
	mean, std := view.ImageNetMean, view.ImageNetStd
	half, zero, byte1 := all(0.5), all(0), all(1./255)
	var toInception, shiftInception [3]float32
	for c := range 3 {
		toInception[c], shiftInception[c] = std[c]/0.5, (mean[c]-0.5)/0.5
	}
	rgb := [3]int{0, 1, 2}
	for _, c := range []struct {
		name      string
		model     *graph.Graph
		mean, std [3]float32
		bgr       bool
	}{
		{"ImageNet's, of 0 to 1", normalising(mean, std), zero, all(1), false},
		{"ImageNet's, of 0 to 255", normalising(times(255, mean), times(255, std)), zero, byte1, false},
		{"Caffe's mean", normalising([3]float32{123.68, 116.779, 103.939}, all(1)), zero, byte1, false},
		{"Caffe's mean, blue first", normalising([3]float32{103.939, 116.779, 123.68}, all(1)), zero, byte1, true},
		{"MobileNet's of Caffe, blue first", normalising([3]float32{103.94, 116.78, 123.68}, all(1/0.017)), zero, byte1, true},
		{"ImageNet's, blue first", normalising(reversed(mean), reversed(std)), zero, all(1), true},
		{"the network swaps red and blue", network([3]int{2, 1, 0}, all(1), times(-255, reversed(mean))), zero, byte1, false},
		{"127.5", normalising(all(127.5), all(127.5)), zero, byte1, false},
		{"128", normalising(all(128), all(128)), zero, byte1, false},
		{"one half", normalising(half, half), zero, all(1), false},
		{"÷ 255", network(rgb, all(1./255), zero), zero, byte1, false},
		{"× 255", network(rgb, all(255), zero), zero, all(1), false},
		{"−1…1 to 0…1", network(rgb, half, half), half, half, false},
		{"−1…1 to 0…255", network(rgb, all(127.5), all(127.5)), half, half, false},
		{"CLIP's", normalising([3]float32{0.48145466, 0.4578275, 0.40821073}, [3]float32{0.26862954, 0.26130258, 0.27577711}), zero, all(1), false},
		{"transform_input", network(rgb, toInception, shiftInception), mean, std, false},
		{"a trained batch norm after ImageNet's", network(rgb, [3]float32{1.1, 0.9, 1.05}, [3]float32{0.1, -0.05, 0.02}), mean, std, false},
		{"a trained batch norm after 0 to 1", normalising([3]float32{0.52, 0.43, 0.44}, [3]float32{0.21, 0.24, 0.25}), zero, all(1), false},
		{"nothing", network(rgb, all(1), zero), mean, std, false},
		{"nothing but a swap", network([3]int{2, 1, 0}, all(1), zero), mean, std, false},
	} {
		got, err := ColoursOf(c.model, nil, ColourOptions{})
		if err != nil || got.Mean != c.mean || got.Std != c.std || got.BGR != c.bgr || got.Doubt != "" {
			t.Errorf("%s: %+v, %v; want mean %v std %v BGR %v", c.name, got, err, c.mean, c.std, c.bgr)
		}
	}
}

func TestFrontThatTellsNothing(t *testing.T) {
	for name, model := range map[string]*graph.Graph{
		"× 2":                   network([3]int{0, 1, 2}, all(2), all(0)),
		"dark images":           normalising(all(0.1), all(0.05)),
		"three channels of red": normalising([3]float32{9, 0.3, -4}, [3]float32{1, 20, 3}),
	} {
		_, err := ColoursOf(model, nil, ColourOptions{})
		if err == nil || !strings.Contains(err.Error(), "set --mean and --std") {
			t.Errorf("%s: %v", name, err)
		}
		if c, err := ColoursOf(model, nil, ColourOptions{Std: all(1)}); err != nil || c.Doubt == "" {
			t.Errorf("%s with --mean and --std: %+v, %v", name, c, err)
		}
	}
}

func TestFlagsAgainstTheFront(t *testing.T) {
	model := normalising(view.ImageNetMean, view.ImageNetStd)
	c, err := ColoursOf(model, nil, ColourOptions{Mean: view.ImageNetMean, Std: view.ImageNetStd})
	if err != nil || c.Mean != view.ImageNetMean || !strings.Contains(c.Doubt, "seems to want --mean 0,0,0 --std 1,1,1 --channels rgb") {
		t.Errorf("ImageNet's twice: %+v, %v", c, err)
	}
	caffe := normalising([3]float32{103.939, 116.779, 123.68}, all(1))
	if c, err = ColoursOf(caffe, nil, ColourOptions{Std: all(1. / 255)}); err != nil || c.BGR || !strings.HasSuffix(c.Doubt, "--channels bgr") {
		t.Errorf("RGB for a network with Caffe's mean, blue first: %+v, %v", c, err)
	}
	if c, err = ColoursOf(caffe, nil, ColourOptions{Std: all(1. / 255), Channels: "bgr"}); err != nil || !c.BGR || c.Doubt != "" {
		t.Errorf("BGR for it: %+v, %v", c, err)
	}
	if c, err = ColoursOf(model, nil, ColourOptions{Std: all(1)}); err != nil || c.Doubt != "" {
		t.Errorf("as the network wants it: %+v, %v", c, err)
	}
}

func TestGivenColours(t *testing.T) {
	for _, c := range []struct {
		mean, std         [3]float32
		wantMean, wantStd [3]float32
		err               error
	}{
		{view.ImageNetMean, view.ImageNetStd, view.ImageNetMean, view.ImageNetStd, nil},
		{all(0), all(1), all(0), all(1), nil},
		{all(0), all(1. / 255), all(0), all(1. / 255), nil},
		{all(127.5), all(127.5), all(0.5), all(0.5), nil},
		{all(0), all(255), all(0), all(1), nil},
		{all(51), all(1), all(0.2), all(1. / 255), nil},
		{mean: all(0.5), std: all(127.5), err: errMixed},
		{mean: all(127.5), std: all(0.5), err: errMixed},
		{mean: [3]float32{123, 116, 0.4}, std: all(58), err: errMixed},
		{mean: all(120), std: [3]float32{1, 58, 57}, err: errMixed},
	} {
		got, err := ColoursOf(network([3]int{0, 1, 2}, all(1), all(0)), nil, ColourOptions{Mean: c.mean, Std: c.std})
		if !errors.Is(err, c.err) || got.Mean != c.wantMean || got.Std != c.wantStd {
			t.Errorf("mean %v std %v: %+v, %v", c.mean, c.std, got, err)
		}
		if err == nil && strings.Contains(got.Why, "255") != (c.mean != c.wantMean || c.std != c.wantStd) {
			t.Errorf("mean %v std %v: %q", c.mean, c.std, got.Why)
		}
	}
}

func TestOrderOfBGRMetadata(t *testing.T) {
	for _, mean := range [][3]float32{view.ImageNetMean, reversed(view.ImageNetMean)} {
		c := Colours{Mean: mean, Std: [3]float32{mean[0] / 2, 1, mean[2] / 2}}
		if err := c.knowOrder(); err != nil || c.Mean != view.ImageNetMean || c.Std[0] != view.ImageNetMean[0]/2 {
			t.Errorf("%v: %+v, %v", mean, c, err)
		}
	}
	c := Colours{Mean: [3]float32{0.1, 0.2, 0.3}, Std: one}
	if err := c.knowOrder(); err == nil {
		t.Errorf("an order that nothing tells: %+v", c)
	}
}
