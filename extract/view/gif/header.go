package gif

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// frame is what stands before the data of the first frame.
type frame struct {
	screenWidth, screenHeight int
	left, top, width, height  int
	interlaced                bool
	palette                   []byte // of 3 bytes a colour; nil if an index is its own grey
	background                uint8  // the index where the frame is not
	codeSize                  int
	data                      []byte // from the first block of codes to the end of the file
}

const (
	headerSize     = 13
	descriptorSize = 9

	flagPalette     = 0x80
	flagInterlaced  = 0x40
	flagTransparent = 1 // in a graphic control extension

	labelGraphicControl = 0xf9
	labelComment        = 0xfe
	labelApplication    = 0xff
)

// readHeader reads a file up to the codes of its first frame.
func readHeader(data []byte) (*frame, error) {
	if !bytes.HasPrefix(data, []byte("GIF87a")) && !bytes.HasPrefix(data, []byte("GIF89a")) {
		return nil, ErrFormat
	}
	r := &reader{data: data}
	screen, ok := r.next(headerSize)
	if !ok {
		return nil, ErrTruncated
	}
	f := &frame{
		screenWidth:  int(binary.LittleEndian.Uint16(screen[6:])),
		screenHeight: int(binary.LittleEndian.Uint16(screen[8:])),
	}
	global, ok := r.palette(screen[10])
	if !ok {
		return nil, ErrTruncated
	}
	if err := f.readBlocks(r); err != nil {
		return nil, err
	}
	if err := f.readDescriptor(r, global); err != nil {
		return nil, err
	}
	return f, nil
}

// readBlocks reads up to the first frame's separator. It skips bytes that are nothing.
func (f *frame) readBlocks(r *reader) error {
	for {
		b, ok := r.next(1)
		if !ok {
			return fmt.Errorf("%w: it ends before a picture", ErrTruncated)
		}
		switch b[0] {
		case ',':
			return nil
		case ';':
			return fmt.Errorf("%w: no picture in it", ErrCorrupt)
		case '!':
			if err := f.readExtension(r); err != nil {
				return err
			}
		}
	}
}

// readExtension reads an extension and keeps the transparent index.
func (f *frame) readExtension(r *reader) error {
	label, ok := r.next(1)
	if !ok {
		return fmt.Errorf("%w: it ends in an extension", ErrTruncated)
	}
	block := r.block()
	switch {
	case label[0] == labelGraphicControl && block != nil:
		if len(block) < 3 || block[0]&flagTransparent != 0 && len(block) < 4 {
			if len(r.data) == 0 {
				return fmt.Errorf("%w: it ends in a graphic control extension", ErrTruncated)
			}
			return fmt.Errorf("%w: graphic control extension of %d bytes", ErrCorrupt, len(block))
		}
		if block[0]&flagTransparent != 0 {
			f.background = block[3]
		}
	case label[0] == labelComment && block == nil:
		return nil // other extensions go on after an empty first block
	case label[0] == labelApplication && bytes.HasPrefix(block, []byte("NETSCAPE2.0")):
		r.block()
	}
	for r.block() != nil {
	}
	return nil
}

// readDescriptor reads what stands between a frame's separator and its codes.
func (f *frame) readDescriptor(r *reader, global []byte) error {
	descriptor, ok := r.next(descriptorSize)
	if !ok {
		return fmt.Errorf("%w: it ends in the picture's descriptor", ErrTruncated)
	}
	for i, to := range []*int{&f.left, &f.top, &f.width, &f.height} {
		*to = int(binary.LittleEndian.Uint16(descriptor[2*i:]))
	}
	if f.width == 0 || f.height == 0 {
		return fmt.Errorf("%w: frame of %d×%d pixels", ErrCorrupt, f.width, f.height)
	}
	f.interlaced = descriptor[8]&flagInterlaced != 0
	local, ok := r.palette(descriptor[8])
	if !ok {
		return fmt.Errorf("%w: it ends in the local palette", ErrTruncated)
	}
	if f.palette = local; local == nil {
		f.palette = global
	}
	codeSize, ok := r.next(1)
	if !ok {
		return fmt.Errorf("%w: it ends before the picture's codes", ErrTruncated)
	}
	f.codeSize, f.data = int(codeSize[0]), r.data
	return nil
}

// colours returns the colour of each index, red in the low byte.
func (f *frame) colours() (c [256]uint32) {
	if f.palette == nil {
		for i := range c {
			c[i] = uint32(i) * 0x010101
		}
		return c
	}
	for i := range len(f.palette) / 3 {
		p := f.palette[3*i:]
		c[i] = uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16
	}
	return c
}
