package gif

import (
	"encoding/binary"
	"fmt"
)

// Decode decodes the first frame of a GIF file to RGB, [height,width,3], row-major. The
// picture is as large as the screen, or larger if the frame exceeds the screen. One of more
// than maxPixels pixels is refused before memory is allocated for it.
//
// The error wraps one of [ErrFormat], [ErrTruncated], [ErrCorrupt] and [ErrTooLarge].
func Decode(data []byte, maxPixels int64) (width, height int, rgb []uint8, err error) {
	f, err := readHeader(data)
	if err != nil {
		return 0, 0, nil, fmt.Errorf("reading a GIF header: %w", err)
	}
	width, height = f.size()
	if int64(width)*int64(height) > maxPixels {
		return 0, 0, nil, fmt.Errorf("%w: %d×%d, limit %d", ErrTooLarge, width, height, maxPixels)
	}
	indices, err := unpack(f.data, f.codeSize, f.width*f.height)
	if err != nil {
		return 0, 0, nil, fmt.Errorf("decoding a GIF frame of %d×%d: %w", f.width, f.height, err)
	}
	rgb = make([]uint8, 3*width*height)
	f.draw(rgb, indices)
	return width, height, rgb, nil
}

// size is the size of the picture: the screen, enlarged to hold the frame.
func (f *frame) size() (width, height int) {
	return max(f.screenWidth, f.left+f.width), max(f.screenHeight, f.top+f.height)
}

// draw writes the background and the frame's pixels, whose rows come in file order.
func (f *frame) draw(rgb, indices []uint8) {
	colours := f.colours()
	width, height := f.size()
	if f.width < width || f.height < height {
		fill(rgb, colours[f.background])
	}
	passes := [][2]int{{0, 1}} // first row, distance of rows
	if f.interlaced {
		passes = [][2]int{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
	}
	for _, pass := range passes {
		for y := pass[0]; y < f.height; y += pass[1] {
			at := 3 * ((f.top+y)*width + f.left)
			drawRow(rgb[at:at+3*f.width], indices[:f.width], &colours)
			indices = indices[f.width:]
		}
	}
}

// drawRow looks up the colours of a row. It stores 4 bytes at once; the next pixel
// overwrites the fourth.
func drawRow(row, indices []uint8, colours *[256]uint32) {
	last := len(indices) - 1
	for _, index := range indices[:last] {
		binary.LittleEndian.PutUint32(row, colours[index])
		row = row[3:]
	}
	put(row, colours[indices[last]])
}

// fill sets all pixels to one colour.
func fill(rgb []uint8, colour uint32) {
	if colour == 0 {
		return // new memory is black
	}
	put(rgb, colour)
	for done := 3; done < len(rgb); done *= 2 {
		copy(rgb[done:], rgb[:done])
	}
}

func put(pixel []uint8, colour uint32) {
	pixel[0], pixel[1], pixel[2] = uint8(colour), uint8(colour>>8), uint8(colour>>16)
}
