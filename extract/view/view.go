// Package view turns an image file's bytes into the numbers a backbone reads:
// encoded bytes → RGB → crop → resize → flip → normalised [3,H,W].
//
// Its pixels are those of Python's torchvision on Pillow, bit for bit on
// lossless files, so that a head trained here works on features made there and
// the other way round.
//
//   - [Decode] reads a file by its content, as Pillow's convert("RGB") does; a
//     [Decoder] reads many.
//   - [Draw] chooses the random crop and flip of a training view.
//   - [Transform] holds everything that shapes pixels, and names it.
//   - [Resampler] does the work; each worker has its own.
//
// A training view is thus
//
//	img, err := view.Decode(data, transform.Decode)
//	crop := view.Draw(seed, contentHash, k, img.Width, img.Height)
//	view.NewResampler(transform).Train(dst, img, crop)
//
// All arithmetic is on integers or on floats whose rounding is spelled out, so
// the same bits come on every machine.
package view

// Image is a decoded picture: 8-bit RGB without alpha.
type Image struct {
	Width, Height int
	Pix           []uint8 // [Height,Width,3], row-major, no padding between rows
}

// newImage returns a black image. The caller has checked the size.
func newImage(width, height int) *Image {
	return &Image{Width: width, Height: height, Pix: make([]uint8, 3*width*height)}
}

// row returns the pixels of row y, 3·Width bytes.
func (m *Image) row(y int) []uint8 {
	stride := 3 * m.Width
	return m.Pix[y*stride : (y+1)*stride : (y+1)*stride]
}
