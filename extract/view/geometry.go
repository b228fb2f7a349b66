package view

import "math"

// evalWindow is the part of an image that its evaluation view shows. torchvision
// resizes the image so that its shorter side is resize and crops the middle
// crop × crop of that. The window describes both steps, so that only the crop has to be
// computed: its size is bounded however long the longer side is.
type evalWindow struct {
	width, height int // of the whole resized image
	left, top     int // of the crop in it
}

// newEvalWindow follows torchvision's Resize(resize) and CenterCrop(crop), with
// crop ≤ resize: the longer side is truncated to an integer, the crop's offset
// rounded, halves to even.
func newEvalWindow(width, height, resize, crop int) evalWindow {
	w := evalWindow{width: resize, height: resize}
	if width <= height {
		w.height = int(int64(resize) * int64(height) / int64(width))
	} else {
		w.width = int(int64(resize) * int64(width) / int64(height))
	}
	w.left = int(math.RoundToEven(float64(w.width-crop) / 2))
	w.top = int(math.RoundToEven(float64(w.height-crop) / 2))
	return w
}
