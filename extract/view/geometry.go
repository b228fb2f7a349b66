package view

import "math"

// evalWindow is the part of an image that its evaluation view shows. The image is resized
// as [Evaluation] says, and the middle crop × crop of that is the view. The window
// describes both steps, so that only the crop has to be computed: unless the image is
// squashed, its size is bounded however long the longer side is.
type evalWindow struct {
	width, height int // of the whole resized image
	left, top     int // of the crop in it
}

// newEvalWindow follows torchvision's or transformers' resize and crop, with
// crop ≤ e.Resize: the longer side is truncated to an integer.
func newEvalWindow(width, height int, e Evaluation, crop int) evalWindow {
	w := evalWindow{width: e.Resize, height: e.Resize}
	switch {
	case e.Squash:
	case width <= height:
		w.height = int(int64(e.Resize) * int64(height) / int64(width))
	default:
		w.width = int(int64(e.Resize) * int64(width) / int64(height))
	}
	w.left, w.top = e.offset(w.width-crop), e.offset(w.height-crop)
	return w
}

// offset is where the crop begins, of as many pixels as are not in it.
func (e Evaluation) offset(rest int) int {
	if e.RoundDown {
		return rest / 2
	}
	return int(math.RoundToEven(float64(rest) / 2))
}
