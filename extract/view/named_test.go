package view

import (
	"strings"
	"testing"
)

func TestNamed(t *testing.T) {
	for _, want := range []Transform{
		{},
		{Size: 64},
		{BGR: true},
		{BGR: true, Decode: DecodeOptions{ExifOrientation: true}},
		{Decode: DecodeOptions{ExifOrientation: true}},
		{Size: 299, Mean: [3]float32{0.5, 0.25, 0}, Std: [3]float32{0.5, 1e-7, 1.0 / 3}},
		{Interpolation: Lanczos, Evaluation: Evaluation{Resize: 1000}},
		{Size: 518, Interpolation: Bicubic, Evaluation: Evaluation{Resize: 592, RoundDown: true}},
		{Size: 256, Interpolation: Bicubic, Evaluation: Evaluation{Resize: 256, Squash: true}, BGR: true},
		{Mean: [3]float32{-1, 2, 3}, Std: [3]float32{1, 1, 1}},
	} {
		const seed = 1<<64 - 1
		name := want.Name(seed)
		got, ok := Named(name, seed)
		if want = want.WithDefaults(); !ok || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", name, got, ok, want)
		}
		for _, other := range []string{
			"", strings.Replace(name, "draw 1", "draw 0", 1), name + " ", strings.Replace(name, "mean ", "mean 1,", 1),
			strings.Replace(name, "std ", "std x", 1), strings.Replace(name, "Crop(", "Crop(9", 1),
			strings.Replace(name, "CenterCrop(", "CenterCrop(9", 1), strings.Replace(name, "Pillow ", "Pillow tri", 1),
			Transform{Size: 224, Evaluation: Evaluation{Resize: 223}}.Name(seed),
		} {
			if got, ok := Named(other, seed); ok {
				t.Errorf("%q is taken for %+v", other, got)
			}
		}
		if got, ok := Named(name, 1); ok {
			t.Errorf("another seed's is taken for %+v", got)
		}
	}
}
