package jpeg

import "fmt"

// arithmetic decodes binary decisions (T.81 annex D). It reads the bytes of a segment
// where the Huffman decoder reads bits.
type arithmetic struct {
	c      uint32 // the upper half is the position within the interval, the lower the bits to come
	a      uint32 // size of the interval, 1<<15 to 1<<16 after renormalising
	toNext int    // shifts until c needs another byte

	// failed is set by a value that is no coefficient. The rest of the segment is then
	// skipped.
	failed bool

	// A bin holds an index into states, and the more probable decision in the top bit.
	dcBins  [16][49]uint8
	acBins  [16][245]uint8
	context [4]int // by component of the scan: the first DC bin, by the last difference

	// The conditioning of each slot (T.81 F.1.4.4): the bounds L and U of small DC
	// differences, and Kx, the last coefficient that counts as a low one.
	lower, upper, lastLow [16]uint8
}

// probability is a state of a bin: the size that the less probable decision has in the
// interval, and the next states after either. The top bit of lps exchanges the
// decisions.
type probability struct {
	size     uint16
	lps, mps uint8
}

const exchange = 0x80

// even is a state that never changes, for decisions that are as probable as not.
const even = 113

// states is T.81 table D.3, and even.
var states = [128]probability{
	{0x5a1d, 1 | exchange, 1}, {0x2586, 14, 2}, {0x1114, 16, 3}, {0x080b, 18, 4},
	{0x03d8, 20, 5}, {0x01da, 23, 6}, {0x00e5, 25, 7}, {0x006f, 28, 8},
	{0x0036, 30, 9}, {0x001a, 33, 10}, {0x000d, 35, 11}, {0x0006, 9, 12},
	{0x0003, 10, 13}, {0x0001, 12, 13}, {0x5a7f, 15 | exchange, 15}, {0x3f25, 36, 16},
	{0x2cf2, 38, 17}, {0x207c, 39, 18}, {0x17b9, 40, 19}, {0x1182, 42, 20},
	{0x0cef, 43, 21}, {0x09a1, 45, 22}, {0x072f, 46, 23}, {0x055c, 48, 24},
	{0x0406, 49, 25}, {0x0303, 51, 26}, {0x0240, 52, 27}, {0x01b1, 54, 28},
	{0x0144, 56, 29}, {0x00f5, 57, 30}, {0x00b7, 59, 31}, {0x008a, 60, 32},
	{0x0068, 62, 33}, {0x004e, 63, 34}, {0x003b, 32, 35}, {0x002c, 33, 9},
	{0x5ae1, 37 | exchange, 37}, {0x484c, 64, 38}, {0x3a0d, 65, 39}, {0x2ef1, 67, 40},
	{0x261f, 68, 41}, {0x1f33, 69, 42}, {0x19a8, 70, 43}, {0x1518, 72, 44},
	{0x1177, 73, 45}, {0x0e74, 74, 46}, {0x0bfb, 75, 47}, {0x09f8, 77, 48},
	{0x0861, 78, 49}, {0x0706, 79, 50}, {0x05cd, 48, 51}, {0x04de, 50, 52},
	{0x040f, 50, 53}, {0x0363, 51, 54}, {0x02d4, 52, 55}, {0x025c, 53, 56},
	{0x01f8, 54, 57}, {0x01a4, 55, 58}, {0x0160, 56, 59}, {0x0125, 57, 60},
	{0x00f6, 58, 61}, {0x00cb, 59, 62}, {0x00ab, 61, 63}, {0x008f, 61, 32},
	{0x5b12, 65 | exchange, 65}, {0x4d04, 80, 66}, {0x412c, 81, 67}, {0x37d8, 82, 68},
	{0x2fe8, 83, 69}, {0x293c, 84, 70}, {0x2379, 86, 71}, {0x1edf, 87, 72},
	{0x1aa9, 87, 73}, {0x174e, 72, 74}, {0x1424, 72, 75}, {0x119c, 74, 76},
	{0x0f6b, 74, 77}, {0x0d51, 75, 78}, {0x0bb6, 77, 79}, {0x0a40, 77, 48},
	{0x5832, 80 | exchange, 81}, {0x4d1c, 88, 82}, {0x438e, 89, 83}, {0x3bdd, 90, 84},
	{0x34ee, 91, 85}, {0x2eae, 92, 86}, {0x299a, 93, 87}, {0x2516, 86, 71},
	{0x5570, 88 | exchange, 89}, {0x4ca9, 95, 90}, {0x44d9, 96, 91}, {0x3e22, 97, 92},
	{0x3824, 99, 93}, {0x32b4, 99, 94}, {0x2e17, 93, 86}, {0x56a8, 95 | exchange, 96},
	{0x4f46, 101, 97}, {0x47e5, 102, 98}, {0x41cf, 103, 99}, {0x3c3d, 104, 100},
	{0x375e, 99, 93}, {0x5231, 105, 102}, {0x4c0f, 106, 103}, {0x4639, 107, 104},
	{0x415e, 103, 99}, {0x5627, 105 | exchange, 106}, {0x50e7, 108, 107}, {0x4b85, 109, 103},
	{0x5597, 110, 109}, {0x504f, 111, 107}, {0x5a10, 110 | exchange, 111}, {0x5522, 112, 109},
	{0x59eb, 112 | exchange, 111},
	even: {0x5a1d, even, even},
}

// begin prepares for a segment. The decoder's first two bytes fill c.
func (a *arithmetic) begin(b *bitReader) {
	a.a = 1 << 16
	a.c = 0
	a.toNext = 0
	a.failed = false
	a.context = [4]int{}
	b.pos, b.n = 0, 0
}

// nextByte returns the segment's next byte, or zero past its end, where a marker is
// (T.81 D.2.6).
func (b *bitReader) nextByte() uint32 {
	b.pos++
	if b.pos > b.size {
		return 0
	}
	return uint32(b.buf[b.pos-1])
}

// decide decodes a decision with the statistics of a bin, which it updates (T.81 D.2.4
// to D.2.6). Like libjpeg it renormalises before a decision, not after, so that it reads
// no byte that it does not need.
func (a *arithmetic) decide(b *bitReader, bin *uint8) bool {
	if b.pos == 0 {
		a.c = b.nextByte()<<24 | b.nextByte()<<16
	}
	for a.a < 1<<15 {
		if a.toNext == 0 {
			a.c |= b.nextByte() << 8
			a.toNext = 8
		}
		a.a <<= 1
		a.c <<= 1
		a.toNext--
	}
	s := *bin
	p := &states[s&^exchange]
	size := uint32(p.size)
	a.a -= size
	var probable bool
	switch {
	case a.c>>16 >= a.a: // the upper part of the interval
		a.c -= a.a << 16
		probable = a.a < size // the larger part is always the more probable
		a.a = size
	case a.a >= 1<<15:
		return s&exchange != 0 // statistics change only with the scale
	default:
		probable = a.a >= size
	}
	if probable {
		*bin = s&exchange ^ p.mps
	} else {
		*bin = s&exchange ^ p.lps
	}
	return s&exchange != 0 == probable
}

// readConditioning reads a DAC segment (T.81 B.2.4.3).
func (d *Decoder) readConditioning(body []byte) error {
	a := &d.arithmetic
	for ; len(body) > 1; body = body[2:] {
		slot, v := body[0], body[1]
		switch {
		case slot < 16 && v&15 <= v>>4:
			a.lower[slot], a.upper[slot] = v&15, v>>4
		case 16 <= slot && slot < 32:
			a.lastLow[slot-16] = v
		default:
			return fmt.Errorf("table %d, value %d: %w", slot, v, ErrCorrupt)
		}
	}
	if len(body) != 0 {
		return fmt.Errorf("odd length: %w", ErrCorrupt)
	}
	return nil
}

// resetConditioning sets the values that hold without DAC segments.
func (a *arithmetic) resetConditioning() {
	for slot := range a.upper {
		a.lower[slot], a.upper[slot], a.lastLow[slot] = 0, 1, 5
	}
}
