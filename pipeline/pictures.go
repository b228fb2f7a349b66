package pipeline

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"

	"featurecache/cache/folder"
	"featurecache/extract"
	"featurecache/extract/view"
)

// pictures makes the views of a data set's images again, to be looked at: the same
// pixels that the backbone read, before they were normalised.
type pictures struct {
	scan      *folder.Scan
	transform view.Transform
	resampler *view.Resampler
}

func newPictures(set *dataset) (*pictures, error) {
	transform, ok := view.Named(set.space.Transform, set.scan.Seed)
	if !ok {
		return nil, errors.New("another version of this program made the features; run extract again")
	}
	return &pictures{scan: set.scan, transform: transform, resampler: view.NewResampler(transform)}, nil
}

// decode reads an image, if it still is what it was.
func (p *pictures) decode(img *folder.Image) (*view.Image, error) {
	data, err := os.ReadFile(filepath.Join(p.scan.Root, filepath.FromSlash(img.Path)))
	if err != nil {
		return nil, err
	}
	if sha256.Sum256(data) != img.Content {
		return nil, fmt.Errorf("%s: %w", img.Path, extract.ErrChanged)
	}
	picture, err := view.Decode(data, p.transform.Decode)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", img.Path, err)
	}
	return picture, nil
}

// eval is the evaluation view.
func (p *pictures) eval(picture *view.Image) *image.RGBA {
	rgb := p.buffer()
	p.resampler.EvalRGB(rgb, picture)
	return p.opaque(rgb)
}

// train is training view k, counted from 1, and the crop it was cut by.
func (p *pictures) train(picture *view.Image, content folder.Content, k int) (*image.RGBA, view.Crop) {
	crop := view.Draw(p.scan.Seed, content, k, picture.Width, picture.Height)
	rgb := p.buffer()
	p.resampler.TrainRGB(rgb, picture, crop)
	return p.opaque(rgb), crop
}

func (p *pictures) buffer() []uint8 { return make([]uint8, 3*p.transform.Size*p.transform.Size) }

// opaque makes RGB [Size,Size,3] an image of package image.
func (p *pictures) opaque(rgb []uint8) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, p.transform.Size, p.transform.Size))
	copy(img.Pix, bytes.Repeat([]byte{255}, len(img.Pix)))
	for i := range len(rgb) / 3 {
		copy(img.Pix[4*i:4*i+3], rgb[3*i:3*i+3])
	}
	return img
}
