package view

import (
	"errors"

	"featurecache/extract/view/jpeg"
)

// decodeJPEG decodes a JPEG file into the memory of the last one.
func (d *Decoder) decodeJPEG(data []byte, maxPixels int64) (*Image, error) {
	width, height, rgb, err := d.jpeg.Decode(d.pix, data, maxPixels)
	if d.pix = rgb; err != nil || cap(rgb) > keepAtMost {
		*d = Decoder{}
	}
	if err != nil {
		return nil, jpegError(err)
	}
	return &Image{Width: width, Height: height, Pix: rgb}, nil
}

// jpegError adds this package's sentinel to the decoder's error.
func jpegError(err error) error {
	for _, s := range []struct{ theirs, ours error }{
		{jpeg.ErrUnsupported, ErrUnsupported},
		{jpeg.ErrTruncated, ErrTruncated},
		{jpeg.ErrTooLarge, ErrTooLarge},
	} {
		if errors.Is(err, s.theirs) {
			return classified{err, s.ours}
		}
	}
	return classified{err, ErrCorrupt}
}
