package view

import (
	"errors"
	"fmt"

	"featurecache/extract/view/jpeg"
)

// Reasons for which [Decoder.Decode] refuses a file; test with [errors.Is].
var (
	// ErrFormat is returned when the bytes are not an image: an empty file, a web
	// page, text, or an unknown format.
	ErrFormat = errors.New("not an image")
	// ErrUnsupported is returned when the format, or a variant of it, is recognised
	// but not supported.
	ErrUnsupported = errors.New("image format is not supported")
	// ErrCorrupt is returned when the bytes violate the format or a checksum.
	ErrCorrupt = errors.New("image is damaged")
	// ErrTruncated is returned when the file ends before the picture does.
	ErrTruncated = errors.New("image is truncated")
	// ErrTooLarge is returned when the header announces more than 178956970
	// pixels, before memory is allocated for them. In a GIF the first frame counts
	// too, because it may exceed the screen.
	ErrTooLarge = errors.New("image has too many pixels")
)

// maxPixels is the most pixels, width × height, that an image may have. It is
// Pillow's own limit, beyond which Pillow raises DecompressionBombError.
const maxPixels = 178956970

// DecodeOptions holds options of [Decoder.Decode]. The zero value is what torchvision does.
type DecodeOptions struct {
	// ExifOrientation rotates and mirrors the picture as its EXIF data or its XMP say,
	// like Pillow's ImageOps.exif_transpose. torchvision ignores the orientation.
	ExifOrientation bool
	// MaxSide is the longest side that an image may have; 0 means any.
	MaxSide int
}

// A Decoder decodes one file after another into the same memory, which saves a tenth
// or more of the time for JPEG. The zero value is ready to use. A Decoder is not safe
// for concurrent use.
type Decoder struct {
	jpeg jpeg.Decoder
	pix  []uint8 // of the last JPEG image
}

// keepAtMost is the size, in bytes of pixels, of the largest image whose memory a
// Decoder keeps. One panorama must not hold a worker's memory for the whole run.
const keepAtMost = 48 << 20

// Decode reads an encoded image and converts it to RGB as Pillow's
// convert("RGB") does: palettes are looked up, alpha is dropped, 16-bit grey is
// clipped at 255 and 16-bit colour keeps its high byte. It recognises the format by
// content, never by name: JPEG, PNG, BMP, PNM (P1 to P6), WebP and GIF. Of an
// animation it decodes the first frame.
//
// The error wraps one of [ErrFormat], [ErrUnsupported], [ErrCorrupt],
// [ErrTruncated] and [ErrTooLarge]. Decode is stricter than Pillow where
// pixels would be a guess: it refuses a PNG that has a wrong checksum, whose data end
// early, or that lacks its palette. In the last two cases Pillow shows black.
//
// The image is valid until the next call.
func (d *Decoder) Decode(data []byte, opt DecodeOptions) (*Image, error) {
	return d.decode(data, opt, maxPixels)
}

func (d *Decoder) decode(data []byte, opt DecodeOptions, maxPixels int64) (*Image, error) {
	f := sniff(data)
	decode, ok := decoders[f]
	if !ok {
		return nil, refusal(f, data)
	}
	img, err := decode(d, data, maxPixels)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f, err)
	}
	if opt.MaxSide > 0 && max(img.Width, img.Height) > opt.MaxSide {
		return nil, fmt.Errorf("%w: %d×%d, limit %d along a side for an image to be squashed", ErrTooLarge, img.Width, img.Height, opt.MaxSide)
	}
	if opt.ExifOrientation {
		img = orient(img, orientation(f, data))
	}
	return img, nil
}

// decoders holds the supported formats. Each decoder compares the size in the header
// with maxPixels before it allocates.
var decoders = map[format]func(d *Decoder, data []byte, maxPixels int64) (*Image, error){
	formatJPEG: (*Decoder).decodeJPEG,
	formatPNG:  anew(decodePNG),
	formatBMP:  anew(decodeBMP),
	formatPNM:  anew(decodePNM),
	formatWebP: anew(decodeWebP),
	formatGIF:  anew(decodeGIF),
}

// anew adapts a decoder that allocates every image anew.
func anew(decode func([]byte, int64) (*Image, error)) func(*Decoder, []byte, int64) (*Image, error) {
	return func(_ *Decoder, data []byte, maxPixels int64) (*Image, error) { return decode(data, maxPixels) }
}

// refusal returns the error for a file whose format has no decoder.
func refusal(f format, data []byte) error {
	if f != formatUnknown {
		return fmt.Errorf("%s: %w", f, ErrUnsupported)
	}
	return fmt.Errorf("%w: %s", ErrFormat, describe(data))
}

// checkSize refuses empty pictures and those of more than maxPixels pixels.
func checkSize(width, height, maxPixels int64) error {
	if width <= 0 || height <= 0 {
		return fmt.Errorf("%w: its size is %d×%d", ErrCorrupt, width, height)
	}
	if width > maxPixels/height {
		return fmt.Errorf("%w: %d×%d, limit %d", ErrTooLarge, width, height, maxPixels)
	}
	return nil
}

// classified is an error of another package's decoder that also wraps a sentinel of
// this package. The text stays that of the decoder.
type classified struct{ err, sentinel error }

func (c classified) Error() string   { return c.err.Error() }
func (c classified) Unwrap() []error { return []error{c.err, c.sentinel} }

// fenced calls another package's decoder and turns a panic into an error: a hostile
// file must not end the run.
func fenced(decode func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: decoder panicked: %v", ErrCorrupt, r)
		}
	}()
	return decode()
}
