package view

import (
	"slices"
	"testing"
)

// TestBGR compares the planes with those of RGB: each colour has its own mean and standard
// deviation, and only their order differs.
func TestBGR(t *testing.T) {
	img := newImage(9, 7)
	for i := range img.Pix {
		img.Pix[i] = uint8(37 * i)
	}
	const size = 8
	views := func(transform Transform) (all []float32) {
		r := NewResampler(transform)
		for _, draw := range []Crop{{Width: 9, Height: 7}, {Width: 5, Height: 6, Flip: true}} {
			dst := make([]float32, 3*size*size)
			r.Train(dst, img, draw)
			all = append(all, dst...)
		}
		return all
	}
	rgb := views(Transform{Size: size})
	bgr := views(Transform{Size: size, BGR: true})
	const plane = size * size
	for i := 0; i < len(rgb); i += 3 * plane {
		for c := range 3 {
			if want := rgb[i+c*plane:][:plane]; !slices.Equal(bgr[i+(2-c)*plane:][:plane], want) {
				t.Errorf("view %d: plane %d is not colour %d", i/(3*plane), 2-c, c)
			}
		}
	}
}
