package jpeg

import (
	"bytes"
	"encoding/binary"
)

// bitReader reads one entropy-coded segment: the bytes between two markers. The stuffed
// zeros are removed beforehand, so that reading never has to look at single bytes. Past its end it reads zeros, as libjpeg does.
type bitReader struct {
	acc uint64 // the next bits, from the top
	n   uint   // how many bits of acc count; more may be there already
	pos int    // index in buf of the byte after those bits; may lie past the end
	buf []byte // the segment, then padBytes zeros
	// The assembly depends on the layout of the fields up to here.

	size int // bytes in the segment

	// unterminated is set if the data ended before any marker.
	unterminated bool
	// exhausted is set once libjpeg has run out of this segment's data and skips the
	// rest of its MCUs.
	exhausted bool
}

// maxBlockBytes is more than one block can take: 64 symbols of up to 31 bits.
const maxBlockBytes = 256

// padBytes is the padding that lets refill load 8 bytes wherever in the segment a block
// may begin or end, without checking for the segment's end.
const padBytes = maxBlockBytes + 8

var zeros [padBytes]byte

// loadSegment reads the next entropy-coded segment and the marker after it. While a
// marker is pending the segment is empty.
func (d *Decoder) loadSegment() {
	b := &d.bits
	b.acc, b.n, b.pos, b.unterminated = 0, 0, 0, false
	if d.pending != 0 && b.size == 0 && len(b.buf) == padBytes {
		return // already empty; a pending marker may make every MCU a segment
	}
	buf := b.buf[:0]
	for src := d.data[d.pos:]; d.pending == 0 && !b.unterminated; {
		i := bytes.IndexByte(src, 0xFF)
		if i < 0 {
			i = len(src)
		}
		buf = append(buf, src[:i]...)
		for i < len(src) && src[i] == 0xFF { // more than one FF: fill bytes
			i++
		}
		switch {
		case i == len(src):
			b.unterminated = true
			d.pos = len(d.data)
		case src[i] == 0:
			buf = append(buf, 0xFF)
			src = src[i+1:]
		default:
			d.pending = src[i]
			d.pos = len(d.data) - len(src) + i + 1
		}
	}
	b.size = len(buf)
	buf = append(buf, zeros[:]...)
	b.buf = buf
}

// refill makes at least 56 bits of acc count.
//
// Bits of acc beyond the n that count are either zero or what the next refill
// puts there again, so that or-ing whole words in is right.
func (b *bitReader) refill() {
	if b.pos+8 <= len(b.buf) {
		b.acc |= binary.BigEndian.Uint64(b.buf[b.pos:]) >> (b.n & 63)
	}
	b.pos += int(63-b.n) >> 3
	b.n |= 56
}

// skip drops bits that have been used.
func (b *bitReader) skip(bits uint) {
	b.acc <<= bits & 63
	b.n -= bits
}

// used is how many bits of the segment have been used, and of the zeros after it.
func (b *bitReader) used() int { return 8*b.pos - int(b.n) }

// overrun reports whether more bits have been used than the segment has.
func (b *bitReader) overrun() bool { return b.used() > 8*b.size }

// starved reports whether libjpeg, to which Pillow feeds the data, would wait for more
// in vain. Until it sees a marker, libjpeg fills a buffer of 64 bits before it goes on,
// even if the bits it has are enough. So it refuses a file that is cut right after its
// last MCU, unless the buffer happens to be full by then. Here such a file is always
// refused.
func (b *bitReader) starved() bool { return b.unterminated && b.used()+64 > 8*b.size }
