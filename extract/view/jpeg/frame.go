package jpeg

import (
	"encoding/binary"
	"fmt"
)

// maxDimension is libjpeg's JPEG_MAX_DIMENSION.
const maxDimension = 65500

// frame holds a frame header (SOF) and the sizes derived from it.
type frame struct {
	width, height int
	progressive   bool
	arithmetic    bool
	lossless      bool
	unit          int         // side of a data unit in samples: 8, lossless 1
	components    []component // 1, 3 or 4; nil before the header
	maxH, maxV    int         // largest sampling factors
	mcusWide      int         // interleaved MCUs across
	mcusHigh      int         // interleaved MCU rows: the strips of the output
}

// component is one colour channel of a frame.
type component struct {
	id         byte
	h, v       int // sampling factors, 1 to 4
	quantSlot  byte
	hasQuant   bool       // quant was latched by the component's first scan
	quant      [64]uint16 // natural order; zeros before the first scan
	dcSlot     byte       // tables of the current scan
	acSlot     byte
	width      int // size in samples (libjpeg's downsampled_width, _height)
	height     int
	blocksWide int // size in blocks that hold samples
	blocksHigh int
	stride     int     // blocks per row of coefs, padded to whole MCUs
	coefs      []int16 // all blocks, 64 each, natural order; multi-scan files only

	nonzero      []uint64 // progressive: for each block, which coefficients are not zero
	coefBits     [64]int8 // progressive: bits still missing of each, -1 unknown
	prevCoefBits [64]int8 // the same before the last scan

	differences []uint16 // lossless: rows of the current strip, after the last one of the strip before
	samples     []uint8  // lossless: all, stride a row
	first       bool     // lossless: the next row has none above to predict from
	scanned     bool     // lossless: a scan has had the component

	plane
}

// readFrameHeader reads an SOF segment (T.81 B.2.2).
func (d *Decoder) readFrameHeader(m byte, body []byte) error {
	f := &d.frame
	if len(body) < 6 {
		return fmt.Errorf("length %d: %w", len(body), ErrCorrupt)
	}
	if body[0] != 8 {
		return fmt.Errorf("%d-bit samples: %w", body[0], ErrUnsupported)
	}
	f.height = int(binary.BigEndian.Uint16(body[1:]))
	f.width = int(binary.BigEndian.Uint16(body[3:]))
	n := int(body[5])
	body = body[6:]
	switch {
	case f.width == 0 || f.height == 0 || n == 0:
		return fmt.Errorf("%d×%d pixels, %d components: %w", f.width, f.height, n, ErrCorrupt)
	case len(body) != 3*n:
		return fmt.Errorf("%d components in %d bytes: %w", n, len(body), ErrCorrupt)
	case n != 1 && n != 3 && n != 4:
		return fmt.Errorf("%d components: %w", n, ErrUnsupported)
	case d.maxPixels > 0 && int64(f.width)*int64(f.height) > d.maxPixels:
		return fmt.Errorf("%d×%d pixels, limit %d: %w", f.width, f.height, d.maxPixels, ErrTooLarge)
	case f.width > maxDimension || f.height > maxDimension:
		return fmt.Errorf("%d×%d pixels, limit %d a side: %w", f.width, f.height, maxDimension, ErrTooLarge)
	}
	f.progressive = m == markerSOF2 || m == markerSOF10
	f.arithmetic = m == markerSOF9 || m == markerSOF10
	f.lossless = m == markerSOF3
	f.unit = 8
	if f.lossless {
		f.unit = 1
	}
	f.components = d.components[:n]
	for i := range f.components {
		c := &f.components[i]
		c.reset()
		c.id, c.h, c.v, c.quantSlot = body[3*i], int(body[3*i+1]>>4), int(body[3*i+1]&15), body[3*i+2]
	}
	return f.layOut()
}

// reset forgets the last image but keeps its buffers.
func (c *component) reset() {
	*c = component{
		coefs: c.coefs[:0], nonzero: c.nonzero[:0],
		differences: c.differences[:0], samples: c.samples[:0], plane: plane{pix: c.pix[:0]},
	}
	for k := range c.coefBits {
		c.coefBits[k] = -1
	}
}

// layOut computes the sizes of components (libjpeg's initial_setup).
func (f *frame) layOut() error {
	f.maxH, f.maxV = 1, 1
	for _, c := range f.components {
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return fmt.Errorf("sampling factors %d×%d: %w", c.h, c.v, ErrCorrupt)
		}
		f.maxH, f.maxV = max(f.maxH, c.h), max(f.maxV, c.v)
	}
	if len(f.components) == 1 && !f.lossless {
		// One component is never interleaved, so its factors mean nothing. In lossless
		// files libjpeg works in strips of several rows all the same.
		f.maxH, f.maxV = 1, 1
		f.components[0].h, f.components[0].v = 1, 1
	}
	f.mcusWide = ceilDiv(f.width, f.unit*f.maxH)
	f.mcusHigh = ceilDiv(f.height, f.unit*f.maxV)
	for i := range f.components {
		c := &f.components[i]
		c.width, c.height = ceilDiv(f.width*c.h, f.maxH), ceilDiv(f.height*c.v, f.maxV)
		c.blocksWide, c.blocksHigh = ceilDiv(f.width*c.h, f.unit*f.maxH), ceilDiv(f.height*c.v, f.unit*f.maxV)
		c.stride = f.mcusWide * c.h
		c.unit = f.unit
		if f.maxH%c.h != 0 || f.maxV%c.v != 0 {
			return fmt.Errorf("sampling factors %d×%d of %d×%d: %w", c.h, c.v, f.maxH, f.maxV, ErrUnsupported)
		}
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// scan holds a scan header (SOS).
type scan struct {
	components []*component
	first      int // first and last coefficient, zigzag order (Ss, Se); lossless: first is the predictor
	last       int
	high       uint // successive approximation bit positions (Ah, Al)
	low        uint // lossless: how many low bits of the samples are left out (Pt)
}

// readScanHeader reads an SOS segment (T.81 B.2.3). The rules for component
// identifiers are libjpeg's.
func (d *Decoder) readScanHeader(body []byte) error {
	f, s := &d.frame, &d.scan
	if f.components == nil {
		return fmt.Errorf("before any frame: %w", ErrCorrupt)
	}
	if len(body) < 1 {
		return fmt.Errorf("empty: %w", ErrCorrupt)
	}
	n := int(body[0])
	if n < 1 || n > 4 || len(body) != 4+2*n {
		return fmt.Errorf("%d components in %d bytes: %w", n, len(body), ErrCorrupt)
	}
	s.components = s.components[:0]
	for i := range n {
		c := d.scanComponent(body[1+2*i], i)
		if c == nil {
			return fmt.Errorf("component %d: %w", body[1+2*i], ErrCorrupt)
		}
		c.dcSlot, c.acSlot = body[2+2*i]>>4, body[2+2*i]&15
		s.components = append(s.components, c)
	}
	tail := body[1+2*n:]
	s.first, s.last, s.high, s.low = int(tail[0]), int(tail[1]), uint(tail[2]>>4), uint(tail[2]&15)
	return nil
}

// scanComponent finds the i-th component of a scan by its identifier. If a
// frame uses an identifier twice, the first i components of the frame are skipped, as
// in libjpeg's get_sos.
func (d *Decoder) scanComponent(id byte, i int) *component {
	for ci := range d.frame.components {
		c := &d.frame.components[ci]
		if c.id != id || ci < i {
			continue
		}
		for _, seen := range d.scan.components {
			if seen == c {
				return nil
			}
		}
		return c
	}
	return nil
}
