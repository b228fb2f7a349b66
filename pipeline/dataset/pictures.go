package dataset

import (
	"bytes"
	"image"

	"featurecache/cache/folder"
	"featurecache/extract"
	"featurecache/extract/view"
)

// Pictures makes the views of the data set's images again, for people to look at: the
// pixels that the backbone saw, before normalisation.
type Pictures struct {
	root      string
	seed      uint64
	transform view.Transform
	resampler *view.Resampler
}

// Pictures returns an error if another version of the program made the views.
func (d *Dataset) Pictures() (*Pictures, error) {
	transform, err := d.Provenance.ViewTransform()
	if err != nil {
		return nil, err
	}
	return &Pictures{root: d.Scan.Root, seed: d.Scan.Seed, transform: transform, resampler: view.NewResampler(transform)}, nil
}

// Size is the width and height of a view in pixels.
func (p *Pictures) Size() int { return p.transform.Size }

// Decode reads an image file. It is an error if the file has changed since its features
// were computed.
func (p *Pictures) Decode(img *folder.Image) (*view.Image, error) {
	return extract.ReadImage(p.root, img, p.transform.Decode)
}

// Eval returns the evaluation view.
func (p *Pictures) Eval(picture *view.Image) *image.RGBA {
	rgb := p.buffer()
	p.resampler.EvalRGB(rgb, picture)
	return p.opaque(rgb)
}

// Train returns training view k, counted from 1, and its crop.
func (p *Pictures) Train(picture *view.Image, content folder.Content, k int) (*image.RGBA, view.Crop) {
	crop := view.Draw(p.seed, content, k, picture.Width, picture.Height)
	rgb := p.buffer()
	p.resampler.TrainRGB(rgb, picture, crop)
	return p.opaque(rgb), crop
}

func (p *Pictures) buffer() []uint8 { return make([]uint8, 3*p.transform.Size*p.transform.Size) }

// opaque converts RGB [Size,Size,3] to an opaque image.
func (p *Pictures) opaque(rgb []uint8) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, p.transform.Size, p.transform.Size))
	copy(img.Pix, bytes.Repeat([]byte{255}, len(img.Pix)))
	for i := range len(rgb) / 3 {
		copy(img.Pix[4*i:4*i+3], rgb[3*i:3*i+3])
	}
	return img
}
