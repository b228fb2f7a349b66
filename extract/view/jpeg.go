package view

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
)

// decodeJPEG reads a JPEG file.
func decodeJPEG(data []byte, maxPixels int64) (*Image, error) {
	conf, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, jpegError(err)
	}
	if err := checkSize(int64(conf.Width), int64(conf.Height), maxPixels); err != nil {
		return nil, err
	}
	src, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, jpegError(err)
	}
	img := newImage(conf.Width, conf.Height)
	for y := range img.Height {
		row := img.row(y)
		for x := range img.Width {
			r, g, b, _ := src.At(x, y).RGBA()
			row[3*x], row[3*x+1], row[3*x+2] = uint8(r>>8), uint8(g>>8), uint8(b>>8)
		}
	}
	return img, nil
}

func jpegError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return ErrTruncated
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}
