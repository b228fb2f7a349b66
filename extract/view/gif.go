package view

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"io"
	"strings"
)

// decodeGIF decodes the first frame of a GIF with image/gif. The part of the screen
// that the frame does not cover gets the transparent colour if there is one, and the
// first colour otherwise, as in Pillow.
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
		opaque, background := withoutTransparency(data)
		first, err := gif.Decode(bytes.NewReader(opaque))
		if err != nil {
			return gifError(err)
		}
		src, ok := first.(*image.Paletted)
		if !ok || background >= len(src.Palette) {
			return fmt.Errorf("%w: its palette has no colour %d", ErrCorrupt, background)
		}
		img = newImage(conf.Width, conf.Height)
		drawFrame(img, src, background)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return img, nil
}

// withoutTransparency returns the file with the first frame's transparency switched
// off, and the index of its transparent colour, 0 if there is none. The standard
// library makes that colour black, whereas Pillow keeps the palette's.
func withoutTransparency(data []byte) (opaque []byte, index int) {
	const header = 13
	if len(data) < header {
		return data, 0
	}
	pos := header
	if data[10]&0x80 != 0 {
		pos += 3 << (data[10]&7 + 1) // the global palette
	}
	for pos+6 < len(data) && data[pos] == 0x21 { // an extension
		if data[pos+1] == 0xf9 && data[pos+3]&1 != 0 { // a graphic control with transparency
			opaque = bytes.Clone(data)
			opaque[pos+3] &^= 1
			return opaque, int(data[pos+6])
		}
		for pos += 2; pos < len(data) && data[pos] != 0; {
			pos += 1 + int(data[pos]) // a block of the extension
		}
		pos++
	}
	return data, 0
}

func drawFrame(dst *Image, src *image.Paletted, background int) {
	colours := make([][3]uint8, len(src.Palette))
	for i, c := range src.Palette {
		r, g, b, _ := c.RGBA()
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

// gifError recognises truncation by the text, because image/gif does not wrap its
// reader's error.
func gifError(err error) error {
	if strings.HasSuffix(err.Error(), io.ErrUnexpectedEOF.Error()) {
		return classified{err, ErrTruncated}
	}
	return classified{err, ErrCorrupt}
}
