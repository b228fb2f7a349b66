package view

// Resampler makes views of decoded images. It reuses its buffers, so that it stops
// allocating once they have grown. A Resampler is not safe for concurrent use.
type Resampler struct {
	size int
	eval Evaluation
	norm *normaliser

	columns, rows axis
	paired        []uint64 // input of the horizontal pass: a pair of rows
	half          []uint8  // output of the first pass
	view          []uint8  // the resized RGB view, size rows of stride bytes
	stride        int
}

// NewResampler returns a Resampler for the transform's views.
func NewResampler(t Transform) *Resampler {
	t = t.WithDefaults()
	r := &Resampler{size: t.Size, eval: t.Evaluation, norm: newNormaliser(t)}
	r.columns.filter, r.rows.filter = t.Interpolation, t.Interpolation
	r.stride = rowStride(r.size)
	r.view = make([]uint8, r.size*r.stride)
	return r
}

// Eval writes the evaluation view of img into dst, normalised, [3,Size,Size]
// row-major.
func (r *Resampler) Eval(dst []float32, img *Image) {
	r.evaluate(img)
	r.norm.write(dst, r.view, r.size, r.stride, false)
}

// EvalRGB writes the evaluation view of img into dst, [Size,Size,3] row-major.
func (r *Resampler) EvalRGB(dst []uint8, img *Image) {
	r.evaluate(img)
	r.copyView(dst, false)
}

// Train writes the training view that c cuts out of img into dst, normalised,
// [3,Size,Size] row-major. The crop must lie in the image, as those of [Draw] do.
func (r *Resampler) Train(dst []float32, img *Image, c Crop) {
	r.cut(img, c)
	r.norm.write(dst, r.view, r.size, r.stride, c.Flip)
}

// TrainRGB writes the training view that c cuts out of img into dst,
// [Size,Size,3] row-major. The crop must lie in the image.
func (r *Resampler) TrainRGB(dst []uint8, img *Image, c Crop) {
	r.cut(img, c)
	r.copyView(dst, c.Flip)
}

// evaluate makes the view by Resize and CenterCrop.
func (r *Resampler) evaluate(img *Image) {
	w := newEvalWindow(img.Width, img.Height, r.eval, r.size)
	r.columns.set(img.Width, w.width, w.left, r.size)
	r.rows.set(img.Height, w.height, w.top, r.size)
	src := pixels{img.Pix, 3 * img.Width}
	r.resample(src, verticalFirst(img.Width, img.Height, w.width, w.height))
}

// cut makes the view of a crop, without a look at the pixels around it.
func (r *Resampler) cut(img *Image, c Crop) {
	r.columns.set(c.Width, r.size, 0, r.size)
	r.rows.set(c.Height, r.size, 0, r.size)
	stride := 3 * img.Width
	src := pixels{img.Pix[c.Top*stride+3*c.Left:], stride}
	r.resample(src, verticalFirst(c.Width, c.Height, r.size, r.size))
}

// verticalFirst reports whether the vertical pass comes first. The order matters
// because of the rounding in between. Pillow 13 starts with the vertical pass if the
// height shrinks by more than twice as many pixels as the width; older releases always
// started with the horizontal one.
func verticalFirst(width, height, toWidth, toHeight int) bool {
	lost := height - toHeight
	return lost > 0 && lost > 2*(width-toWidth)
}

// resample runs both passes over src, computing no more than the view needs.
func (r *Resampler) resample(src pixels, verticalFirst bool) {
	view := pixels{r.view, r.stride}
	y0, y1 := r.rows.span()
	x0, x1 := r.columns.span()
	r.paired = resized(r.paired, x1-x0)
	if verticalFirst {
		stride := 3 * (x1 - x0)
		r.half = resized(r.half, r.size*stride)
		half := pixels{r.half, stride}
		r.rows.vertical(half, pixels{src.data[3*x0:], src.stride}, 0, stride)
		r.columns.horizontal(view, half, r.size, x0, r.paired)
		return
	}
	r.half = resized(r.half, (y1-y0)*r.stride)
	half := pixels{r.half, r.stride}
	r.columns.horizontal(half, pixels{src.data[y0*src.stride+3*x0:], src.stride}, y1-y0, x0, r.paired)
	r.rows.vertical(view, half, y0, 3*r.size)
}

// copyView copies the view without the ends of its rows, mirrored when flip is set.
func (r *Resampler) copyView(dst []uint8, flip bool) {
	n := 3 * r.size
	for y := range r.size {
		row := r.view[y*r.stride:][:n]
		out := dst[y*n:][:n]
		if !flip {
			copy(out, row)
			continue
		}
		for i := 0; i < n; i += 3 {
			copy(out[i:i+3], row[n-3-i:n-i])
		}
	}
}
