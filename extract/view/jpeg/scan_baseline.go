package jpeg

import "encoding/binary"

// block is the coefficients of 8×8 samples, in natural order: row by row.
type block [64]int16

// zigzag maps the order of transmission to natural order (T.81 figure A.6). The
// entries after the 64th catch runs past the end of a block in corrupt data,
// where libjpeg writes the last coefficient.
var zigzag = [128]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
	63, 63, 63, 63, 63, 63, 63, 63,
	63, 63, 63, 63, 63, 63, 63, 63,
}

// extend turns the size bits at the top of x into the value they stand for:
// those that begin with 0 are negative (T.81 F.2.2.1). size is 1 to 15.
func extend(x uint64, size uint) int32 {
	v := int32(x >> ((64 - size) & 63))
	negative := int32(int64(^x) >> 63) // all ones, or zero
	return v + negative&(1-1<<(size&31))
}

// sequentialBlockGeneric decodes one block of a sequential scan into blk, whose
// coefficients it does not touch that are zero in the data. prev is the
// component's last DC value; the new one is returned, with whether any AC
// coefficient was written.
func (b *bitReader) sequentialBlockGeneric(dc, ac *huffmanTable, prev int32, blk *block) (pred int32, hasAC bool) {
	b.refill()
	e := dc.look[b.acc>>(64-lookBits)]
	if e == 0 {
		e = dc.longCode(b.acc)
	}
	if size := uint(e>>16) & 15; size != 0 {
		prev += extend(b.acc<<(e>>8&31), size)
	}
	b.skip(uint(e) & 63)
	blk[0] = int16(prev)

	acc, n, pos, buf := b.acc, b.n, b.pos, b.buf
	k := 1
	for k < 64 {
		if n < 32 {
			if pos+8 <= len(buf) {
				acc |= binary.BigEndian.Uint64(buf[pos:]) >> (n & 63)
			}
			pos += int(63-n) >> 3
			n |= 56
		}
		e = ac.look[acc>>(64-lookBits)]
		if e&0xF0000 == 0 {
			if e == 0 {
				e = ac.longCode(acc)
			}
			if e&0xF0000 == 0 {
				acc <<= e & 63
				n -= uint(e) & 63
				if e>>24 != 15 {
					break // end of block
				}
				k += 16
				continue
			}
		}
		k += int(e >> 24)
		blk[zigzag[k&127]&63] = int16(extend(acc<<(e>>8&31), uint(e>>16)&15))
		acc <<= e & 63
		n -= uint(e) & 63
		k++
	}
	b.acc, b.n, b.pos = acc, n, pos
	return prev, k > 1
}
