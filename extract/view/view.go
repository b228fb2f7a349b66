// Package view turns an image file into the input of a backbone. Call [Decoder.Decode], then
// [Resampler.Eval] for the evaluation view or [Resampler.Train] for a training view:
//
//	encoded bytes → RGB → crop → resize → flip → normalised [3,Size,Size]
//
// The pixels are those of Python's torchvision with Pillow, bit for bit. So a head
// trained here works on features made there, and the other way round.
//
//   - [Decoder.Decode] decodes a file as Pillow's convert("RGB") does; a [Decoder] decodes
//     many.
//   - [Draw] chooses the random crop and flip of a training view.
//   - [Transform] holds every setting that affects pixels, such as the [Interpolation] and
//     the [Evaluation]; [Transform.Name] describes it.
//   - [Resampler] makes the views; each worker needs its own.
//
// This makes training view k:
//
//	img, err := new(view.Decoder).Decode(data, transform.Decode)
//	crop := view.Draw(seed, contentHash, k, img.Width, img.Height)
//	view.NewResampler(transform).Train(dst, img, crop)
//
// All arithmetic uses integers, or floats whose rounding is fixed. So every machine
// computes the same bits.
package view

// Image is a decoded picture in 8-bit RGB, without alpha.
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
