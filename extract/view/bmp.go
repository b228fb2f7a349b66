package view

import (
	"encoding/binary"
	"fmt"
)

// This package reads BMP itself because golang.org/x/image/bmp v0.47 refuses 16 bits
// per pixel, run lengths, OS/2 headers and most bit masks, all of which Pillow reads.

const (
	bmpRaw       = 0
	bmpRLE8      = 1
	bmpRLE4      = 2
	bmpBitfields = 3
)

// bmpFile holds what the headers of a BMP file say.
type bmpFile struct {
	width, height int64
	topDown       bool
	bits          int // bits per pixel
	compression   uint32
	masks         [4]uint32 // red, green, blue, alpha; with bmpBitfields
	palette       [256][3]uint8
	pixels        []byte
}

// decodeBMP reads a Windows or OS/2 bitmap: palettes of 1, 4 and 8 bits, raw or
// as run lengths, and colour of 16, 24 and 32 bits.
func decodeBMP(data []byte, maxPixels int64) (*Image, error) {
	f, err := parseBMP(data, maxPixels)
	if err != nil {
		return nil, err
	}
	if f.compression == bmpRLE8 || f.compression == bmpRLE4 {
		return f.readRLE()
	}
	convert, err := f.converter()
	if err != nil {
		return nil, err
	}
	stride := (f.width*int64(f.bits) + 31) / 32 * 4
	used := (f.width*int64(f.bits) + 7) / 8
	if int64(len(f.pixels)) < (f.height-1)*stride+used { // the last row may lack its padding
		return nil, fmt.Errorf("%w: %d bytes can't hold %d×%d pixels", ErrTruncated, len(f.pixels), f.width, f.height)
	}
	img := newImage(int(f.width), int(f.height))
	for y := range f.height {
		convert(img.row(f.line(y)), f.pixels[y*stride:][:used])
	}
	return img, nil
}

// line returns which row of the picture stored row y is.
func (f *bmpFile) line(y int64) int {
	if f.topDown {
		return int(y)
	}
	return int(f.height - 1 - y)
}

func parseBMP(data []byte, maxPixels int64) (*bmpFile, error) {
	if len(data) < 26 {
		return nil, fmt.Errorf("%w: it ends in the header", ErrTruncated)
	}
	le := binary.LittleEndian
	offset, size := int64(le.Uint32(data[10:])), int64(le.Uint32(data[14:]))
	switch size {
	case 12, 40, 52, 56, 64, 108, 124:
	default:
		return nil, fmt.Errorf("%w: header of %d bytes", ErrUnsupported, size)
	}
	if int64(len(data)) < 14+size {
		return nil, fmt.Errorf("%w: it ends in the header", ErrTruncated)
	}
	f := &bmpFile{}
	h, rest := data[14:14+size], data[14+size:]
	entry, colours := 4, uint32(0)
	if size == 12 {
		f.width, f.height = int64(le.Uint16(h[4:])), int64(le.Uint16(h[6:]))
		f.bits, entry = int(le.Uint16(h[10:])), 3
	} else {
		f.width, f.height = int64(int32(le.Uint32(h[4:]))), int64(int32(le.Uint32(h[8:])))
		f.bits, f.compression, colours = int(le.Uint16(h[14:])), le.Uint32(h[16:]), le.Uint32(h[32:])
		if f.height < 0 {
			f.topDown, f.height = true, -f.height
		}
	}
	if err := checkSize(f.width, f.height, maxPixels); err != nil {
		return nil, err
	}
	if f.compression == bmpBitfields {
		n := 3
		source := rest // after a header of 40 bytes, in it otherwise
		if size > 40 {
			source = h[40:]
			n = min(4, len(source)/4)
		}
		if len(source) < 4*n {
			return nil, fmt.Errorf("%w: it ends in the header", ErrTruncated)
		}
		for i := range n {
			f.masks[i] = le.Uint32(source[4*i:])
		}
		if size == 40 {
			rest = rest[12:]
		}
	}
	if f.bits <= 8 {
		var err error
		if rest, err = f.readPalette(rest, colours, entry); err != nil {
			return nil, err
		}
	}
	// The offset of the pixels counts unless it is missing or points to the palette,
	// as some writers have it.
	if start := int64(len(data) - len(rest)); offset == 0 || f.bits <= 8 && offset == 14+size {
		offset = start
	}
	f.pixels = data[min(offset, int64(len(data))):]
	return f, nil
}

// readPalette reads the palette at the start of rest and returns what follows it. The
// palette has 2^bits colours unless the header gives another number; a colour has
// entry bytes, blue first.
func (f *bmpFile) readPalette(rest []byte, colours uint32, entry int) ([]byte, error) {
	if colours == 0 {
		colours = 1 << f.bits
	}
	if colours > 65536 {
		return nil, fmt.Errorf("%w: palette of %d colours", ErrCorrupt, colours)
	}
	if len(rest) < int(colours)*entry {
		return nil, fmt.Errorf("%w: it ends in the palette", ErrTruncated)
	}
	for i := range min(int(colours), 256) {
		c := rest[i*entry:]
		f.palette[i] = [3]uint8{c[2], c[1], c[0]}
	}
	return rest[int(colours)*entry:], nil
}

// bmpLayouts maps the masks that Pillow supports to the offsets of red, green and blue
// in a pixel's bytes.
var bmpLayouts = map[[4]uint32][3]int{
	{0xff0000, 0xff00, 0xff, 0}:          {2, 1, 0},
	{0xff0000, 0xff00, 0xff, 0xff000000}: {2, 1, 0},
	{0, 0, 0, 0}:                         {2, 1, 0},
	{0xff, 0xff00, 0xff0000, 0xff000000}: {0, 1, 2},
	{0xff000000, 0xff0000, 0xff00, 0}:    {3, 2, 1},
	{0xff000000, 0xff0000, 0xff00, 0xff}: {3, 2, 1},
	{0xff000000, 0xff00, 0xff, 0}:        {3, 1, 0},
	{0xff000000, 0xff00, 0xff, 0xff0000}: {3, 1, 0},
}

// converter returns the function that turns one stored row into RGB.
func (f *bmpFile) converter() (func(dst []uint8, row []byte), error) {
	if f.compression != bmpRaw && f.compression != bmpBitfields {
		return nil, fmt.Errorf("%w: compression %d", ErrUnsupported, f.compression)
	}
	fields := f.compression == bmpBitfields
	rgb := [3]uint32{f.masks[0], f.masks[1], f.masks[2]}
	switch {
	case f.bits == 1 && !fields, f.bits == 4 && !fields, f.bits == 8 && !fields:
		return f.convertIndexed, nil
	case f.bits == 16 && (!fields || rgb == [3]uint32{0x7c00, 0x3e0, 0x1f}):
		return convert16(5), nil
	case f.bits == 16 && rgb == [3]uint32{0xf800, 0x7e0, 0x1f}:
		return convert16(6), nil
	case f.bits == 24 && (!fields || rgb == [3]uint32{0xff0000, 0xff00, 0xff}):
		return convertBytes(3, [3]int{2, 1, 0}), nil
	case f.bits == 32 && !fields:
		return convertBytes(4, [3]int{2, 1, 0}), nil
	case f.bits == 32:
		if at, ok := bmpLayouts[f.masks]; ok {
			return convertBytes(4, at), nil
		}
	}
	return nil, fmt.Errorf("%w: %d bits per pixel with masks %x", ErrUnsupported, f.bits, f.masks)
}

func (f *bmpFile) convertIndexed(dst []uint8, row []byte) {
	for x := range len(dst) / 3 {
		c := &f.palette[packed(row, x, f.bits)]
		dst[3*x], dst[3*x+1], dst[3*x+2] = c[0], c[1], c[2]
	}
}

// convertBytes reads pixels of size bytes, one per channel, at the offsets in at.
func convertBytes(size int, at [3]int) func(dst []uint8, row []byte) {
	return func(dst []uint8, row []byte) {
		for i := 0; i+2 < len(dst); i += 3 {
			dst[i], dst[i+1], dst[i+2] = row[at[0]], row[at[1]], row[at[2]]
			row = row[size:]
		}
	}
}

// convert16 reads 16-bit pixels: 5 bits blue, then green bits, then 5 bits red.
func convert16(green int) func(dst []uint8, row []byte) {
	top := 1<<green - 1
	return func(dst []uint8, row []byte) {
		for i := 0; i+2 < len(dst); i += 3 {
			v := int(row[0]) | int(row[1])<<8
			dst[i] = uint8(v >> (5 + green) & 31 * 255 / 31)
			dst[i+1] = uint8(v >> 5 & top * 255 / top)
			dst[i+2] = uint8(v & 31 * 255 / 31)
			row = row[2:]
		}
	}
}
