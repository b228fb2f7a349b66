package view

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"io"
)

// decodeGIF reads the first frame of a GIF. What the frame leaves of the screen
// has the transparent colour if there is one, and the first colour otherwise, as
// in Pillow.
func decodeGIF(data []byte, maxPixels int64) (*Image, error) {
	var img *Image
	err := fenced(func() error {
		conf, err := gif.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			return gifError(err)
		}
		if err := checkSize(int64(conf.Width), int64(conf.Height), maxPixels); err != nil {
			return err
		}
		first, err := gif.Decode(bytes.NewReader(data))
		if err != nil {
			return gifError(err)
		}
		src, ok := first.(*image.Paletted)
		if !ok || len(src.Palette) == 0 {
			return fmt.Errorf("%w: it has no palette", ErrCorrupt)
		}
		img = newImage(conf.Width, conf.Height)
		drawFrame(img, src)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return img, nil
}

func drawFrame(dst *Image, src *image.Paletted) {
	colours := make([][3]uint8, len(src.Palette))
	background := 0
	for i, c := range src.Palette {
		r, g, b, a := c.RGBA()
		if a == 0 {
			background = i
		}
		colours[i] = [3]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}
	}
	for y := range dst.Height {
		row := dst.row(y)
		for x := range dst.Width {
			index := background
			if (image.Point{X: x, Y: y}).In(src.Rect) {
				index = int(src.ColorIndexAt(x, y))
			}
			copy(row[3*x:3*x+3], colours[index][:])
		}
	}
}

func gifError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return ErrTruncated
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}
