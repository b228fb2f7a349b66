package view

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"

	"golang.org/x/image/webp"
)

// decodeWebP decodes a lossy or lossless WebP, or the first frame of an animation,
// with golang.org/x/image/webp. Only what that package lacks is done here: it refuses
// animations, and its planes have to become RGB as in libwebp (see upsample).
func decodeWebP(data []byte, maxPixels int64) (*Image, error) {
	if !bytes.HasPrefix(data, []byte("RIFF")) {
		return nil, fmt.Errorf("%w: it lacks the RIFF header", ErrCorrupt)
	}
	if len(data) >= 30 && string(data[12:16]) == "VP8X" && data[20]&2 != 0 {
		return decodeAnimation(data, maxPixels)
	}
	return decodeStill(data, maxPixels)
}

// decodeStill reads a WebP file of one picture.
func decodeStill(data []byte, maxPixels int64) (img *Image, err error) {
	err = fenced(func() error {
		conf, err := webp.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			return webpError(err)
		}
		if err := checkSize(int64(conf.Width), int64(conf.Height), maxPixels); err != nil {
			return err
		}
		src, err := webp.Decode(bytes.NewReader(data))
		if err != nil {
			return webpError(err)
		}
		img, err = webpPixels(src)
		return err
	})
	if err != nil {
		return nil, err
	}
	return img, nil
}

// webpPixels converts the decoder's picture to RGB.
func webpPixels(src image.Image) (*Image, error) {
	img := newImage(src.Bounds().Dx(), src.Bounds().Dy())
	switch src := src.(type) {
	case *image.YCbCr:
		upsample(img, src)
	case *image.NYCbCrA:
		upsample(img, &src.YCbCr)
	case *image.NRGBA:
		convert := convertBytes(4, [3]int{0, 1, 2})
		for y := range img.Height {
			convert(img.row(y), src.Pix[y*src.Stride:])
		}
	default:
		return nil, fmt.Errorf("%w: pixels of type %T", ErrUnsupported, src)
	}
	return img, nil
}

// decodeAnimation decodes the first frame of an animation onto a black canvas. The
// frame's chunk contains chunks like those of a file; alpha is not needed.
func decodeAnimation(data []byte, maxPixels int64) (*Image, error) {
	width, height := 1+int64(uint24(data[24:])), 1+int64(uint24(data[27:]))
	if err := checkSize(width, height, maxPixels); err != nil {
		return nil, err
	}
	frame, err := riffChunk(data[12:], "ANMF")
	if err != nil {
		return nil, err
	}
	if len(frame) < 24 {
		return nil, fmt.Errorf("%w: frame of %d bytes", ErrCorrupt, len(frame))
	}
	x, y := 2*uint24(frame[8:]), 2*uint24(frame[11:])
	picture, err := riffChunk(frame[24:], "VP8 ", "VP8L")
	if err != nil {
		return nil, err
	}
	padded := len(picture) + len(picture)%2
	still := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+padded))
	still = append(append(still, "WEBP"...), picture...)
	still = append(still, make([]byte, padded-len(picture))...)
	img, err := decodeStill(still, maxPixels)
	if err != nil {
		return nil, err
	}
	if int64(x+img.Width) > width || int64(y+img.Height) > height {
		return nil, fmt.Errorf("%w: the first frame exceeds the canvas", ErrCorrupt)
	}
	canvas := newImage(int(width), int(height))
	for row := range img.Height {
		copy(canvas.row(y + row)[3*x:], img.row(row))
	}
	return canvas, nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// riffChunk returns the first chunk with one of the names, its header of 8 bytes
// included.
func riffChunk(data []byte, names ...string) ([]byte, error) {
	for len(data) >= 8 {
		size := int64(binary.LittleEndian.Uint32(data[4:]))
		end := 8 + size + size%2
		if int64(len(data)) < 8+size {
			return nil, fmt.Errorf("%w: it ends in chunk %q", ErrTruncated, data[:4])
		}
		if slices.Contains(names, string(data[:4])) {
			return data[:8+size], nil
		}
		data = data[min(end, int64(len(data))):]
	}
	return nil, fmt.Errorf("%w: it ends before chunk %q", ErrTruncated, names)
}

func webpError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return classified{err, ErrTruncated}
	}
	return classified{err, ErrCorrupt}
}
