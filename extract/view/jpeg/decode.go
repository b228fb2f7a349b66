package jpeg

import (
	"errors"
	"fmt"
)

// Decoder decodes JPEG files one after another and reuses its memory: once the
// largest file has been decoded, it allocates no more. The zero value is ready to
// use. A Decoder is not safe for concurrent use.
type Decoder struct {
	data    []byte
	pos     int
	pending byte // the marker that ended the entropy-coded data, not yet handled; 0 if none

	maxPixels       int64
	quant           [4][64]uint16 // natural order
	haveQuant       [4]bool
	huffman         [2][4]huffmanTable // DC, AC
	restartInterval int
	jfif, adobe     bool
	adobeTransform  byte

	frame      frame
	components [4]component
	scan       scan
	scans      int   // scans begun
	visits     int64 // blocks they visit

	bits         bitReader
	dcPred       [4]int32 // by component of the scan
	eobRun       int
	untilRestart int
	nextRestart  byte
	lastGood     int // the last strip for which the last scan had data

	space   colourSpace
	rows    [4][]uint8 // upsampled rows
	neutral []uint8    // samples of 128
	nextRow int        // first pixel row not yet written
	rgb     []uint8

	arithmetic arithmetic
}

// Decode decodes a JPEG file to RGB, [height,width,3], row-major. It writes the
// pixels to dst if the capacity of dst is large enough, and to new memory otherwise.
// If maxPixels is above 0, an image of more pixels is refused from its header.
//
// The error wraps one of [ErrFormat], [ErrUnsupported], [ErrTruncated],
// [ErrCorrupt] and [ErrTooLarge].
func (d *Decoder) Decode(dst []uint8, data []byte, maxPixels int64) (width, height int, rgb []uint8, err error) {
	defer func() { d.data, d.rgb = nil, nil }()
	if err := d.readHeader(data, maxPixels); err != nil {
		return 0, 0, nil, fmt.Errorf("reading a JPEG header: %w", err)
	}
	f := &d.frame
	decode := d.decodeOneScan
	switch {
	case f.lossless:
		decode = d.decodeLossless
	case f.progressive || len(d.scan.components) < len(f.components):
		decode = d.decodeScans
	}
	if err := decode(dst); err != nil {
		return 0, 0, nil, fmt.Errorf("decoding a JPEG file: %w", err)
	}
	return f.width, f.height, d.rgb, nil
}

// readHeader reads a file up to its first scan.
func (d *Decoder) readHeader(data []byte, maxPixels int64) error {
	d.reset(data, maxPixels)
	if len(data) < 3 || data[0] != 0xFF || data[1] != markerSOI || data[2] != 0xFF {
		return ErrFormat
	}
	d.pos = 2
	m, err := d.readMarkers()
	if err == nil && m == markerEOI {
		return fmt.Errorf("no image in it: %w", ErrCorrupt)
	}
	return err
}

// reset forgets the last file but keeps its memory.
func (d *Decoder) reset(data []byte, maxPixels int64) {
	d.data, d.pos, d.pending, d.maxPixels = data, 0, 0, maxPixels
	d.haveQuant = [4]bool{}
	for class := range d.huffman {
		for slot := range d.huffman[class] {
			d.huffman[class][slot].defined = false
		}
	}
	d.arithmetic.resetConditioning()
	d.restartInterval = 0
	d.jfif, d.adobe = false, false
	d.frame = frame{}
	d.scans, d.visits, d.lastGood = 0, 0, 0
}

// decodeOneScan decodes a file whose single scan holds every component, strip by
// strip without keeping coefficients.
func (d *Decoder) decodeOneScan(dst []uint8) error {
	f := &d.frame
	if err := d.beginScan(); err != nil {
		return err
	}
	d.beginOutput(dst)
	for my := range f.mcusHigh {
		for i := range f.components {
			f.components[i].beginStrip(my)
		}
		for mx := range f.mcusWide {
			if err := d.decodeMCU(mx, my); err != nil {
				return err
			}
		}
		d.emitStrip(my)
	}
	return d.readTrailer()
}

// decodeMCU decodes an MCU of all components straight into samples.
func (d *Decoder) decodeMCU(mx, my int) error {
	some, err := d.beginMCU()
	if err != nil {
		return err
	}
	var blk block
	f := &d.frame
	for i, c := range d.scan.components {
		dc, ac := d.sequentialTables(c)
		for y := range c.v {
			for x := range c.h {
				blk = block{}
				hasAC := false
				switch {
				case !some:
				case f.arithmetic:
					hasAC = d.arithmeticBlock(i, c, &blk)
				default:
					d.dcPred[i], hasAC = d.bits.sequentialBlock(dc, ac, d.dcPred[i], &blk)
				}
				c.storeBlock(c.h*mx+x, c.v*my+y, &blk, hasAC)
			}
		}
	}
	if !some {
		return nil
	}
	return d.endMCU()
}

// sequentialTables returns a component's Huffman tables. Slots above 3 are refused, unless
// there are no Huffman tables.
func (d *Decoder) sequentialTables(c *component) (dc, ac *huffmanTable) {
	return &d.huffman[0][c.dcSlot&3], &d.huffman[1][c.acSlot&3]
}

// pillowChunk is how many bytes Pillow hands to libjpeg at a time.
const pillowChunk = 65536

// readTrailer reads the markers from the end of a single scan to the end of the image,
// because libjpeg returns errors for them. A file may end without an end of image, but
// not inside a table. Pillow feeds libjpeg in chunks and does not look beyond the chunk
// that completes the image.
func (d *Decoder) readTrailer() error {
	end := ceilDiv(max(d.pos, 1), pillowChunk) * pillowChunk
	d.data = d.data[:min(len(d.data), end)]
	m, err := d.readMarkers()
	switch {
	case errors.Is(err, ErrTruncated) && d.pos == len(d.data):
		return nil
	case err == nil && m == markerSOS:
		return fmt.Errorf("a scan after the last: %w", ErrCorrupt)
	}
	return err
}

// decodeScans decodes a file of several scans, then all its strips.
func (d *Decoder) decodeScans(dst []uint8) error {
	f := &d.frame
	for i := range f.components {
		f.components[i].allocate(f)
	}
	for m := byte(markerSOS); m != markerEOI; {
		if err := d.decodeScan(); err != nil {
			return fmt.Errorf("scan %d: %w", d.scans, err)
		}
		var err error
		if m, err = d.readMarkers(); err != nil {
			return err
		}
	}
	d.beginOutput(dst)
	smooth := d.needsSmoothing()
	for s := range f.mcusHigh {
		for i := range f.components {
			c := &f.components[i]
			c.beginStrip(s)
			if smooth {
				d.smoothStrip(c, s)
			} else {
				c.transformStrip(s)
			}
		}
		d.emitStrip(s)
	}
	return nil
}
