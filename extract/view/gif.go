package view

import (
	"errors"

	"featurecache/extract/view/gif"
)

// decodeGIF decodes the first frame of a GIF file.
func decodeGIF(data []byte, maxPixels int64) (*Image, error) {
	width, height, rgb, err := gif.Decode(data, maxPixels)
	if err != nil {
		return nil, gifError(err)
	}
	return &Image{Width: width, Height: height, Pix: rgb}, nil
}

// gifError adds this package's sentinel to the decoder's error.
func gifError(err error) error {
	switch {
	case errors.Is(err, gif.ErrTruncated):
		return classified{err, ErrTruncated}
	case errors.Is(err, gif.ErrTooLarge):
		return classified{err, ErrTooLarge}
	}
	return classified{err, ErrCorrupt}
}
