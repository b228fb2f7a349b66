package jpeg

import (
	"fmt"
	"math/bits"
)

// checkProgression checks a progressive scan's parameters and records
// which bits of which coefficients have arrived (libjpeg's start_pass_phuff_decoder,
// which accepts scans in an odd order too).
func (d *Decoder) checkProgression() error {
	s := &d.scan
	ok := s.low <= 13 && (s.high == 0 || s.low == s.high-1)
	if s.first == 0 {
		ok = ok && s.last == 0
	} else {
		ok = ok && s.first <= s.last && s.last < 64 && len(s.components) == 1
	}
	if !ok {
		return fmt.Errorf("coefficients %d–%d, bits %d–%d: %w", s.first, s.last, s.high, s.low, ErrCorrupt)
	}
	for _, c := range s.components {
		for k := min(s.first, 1); k <= max(s.last, 9); k++ {
			if d.scans > 1 {
				c.prevCoefBits[k] = c.coefBits[k]
			} else {
				c.prevCoefBits[k] = 0
			}
		}
		for k := s.first; k <= s.last; k++ {
			c.coefBits[k] = int8(s.low)
		}
	}
	return nil
}

// progressiveBlock decodes block n of the i-th component of a progressive scan.
func (d *Decoder) progressiveBlock(i int, c *component, n int) error {
	s, b := &d.scan, &d.bits
	blk := c.block(n)
	switch {
	case s.first == 0 && s.high == 0:
		return d.dcFirst(i, &d.huffman[0][c.dcSlot], blk)
	case s.first == 0:
		b.refill()
		blk[0] |= int16(b.acc>>63) << s.low
		b.skip(1)
	case s.high == 0 && d.eobRun > 0:
		d.eobRun-- // nothing in this block
	case s.high == 0:
		d.eobRun = b.acFirst(&d.huffman[1][c.acSlot], blk, &c.nonzero[n], s)
	default:
		d.eobRun = b.acRefine(&d.huffman[1][c.acSlot], blk, &c.nonzero[n], s, d.eobRun)
	}
	return nil
}

// symbol decodes and skips a Huffman code. The value bits after it can be read without
// another refill.
func (b *bitReader) symbol(t *huffmanTable) lookEntry {
	b.refill()
	e := t.look[b.acc>>(64-lookBits)]
	if e == 0 {
		e = t.longCode(b.acc)
	}
	b.skip(uint(e>>8) & 31)
	return e
}

// dcFirst decodes the first bits of a DC coefficient (T.81 G.1.2.1).
func (d *Decoder) dcFirst(i int, t *huffmanTable, blk *block) error {
	b := &d.bits
	e := b.symbol(t)
	diff := int32(0)
	if size := uint(e>>16) & 15; size != 0 {
		diff = extend(b.acc, size)
		b.skip(size)
	}
	sum := int64(d.dcPred[i]) + int64(diff)
	if sum != int64(int32(sum)) {
		return fmt.Errorf("DC coefficient overflows: %w", ErrCorrupt)
	}
	d.dcPred[i] = int32(sum)
	blk[0] = int16(sum << d.scan.low)
	return nil
}

// acFirst decodes the first bits of a band of AC coefficients (T.81 G.1.2.2). It
// keeps nonzero up to date, which has bit k set if coefficient k, in zigzag order,
// is not zero, and returns how many blocks to come have nothing in this band.
func (b *bitReader) acFirst(t *huffmanTable, blk *block, nonzero *uint64, s *scan) int {
	for k := s.first; k <= s.last; k++ {
		e := b.symbol(t)
		zeros, size := int(e>>24), uint(e>>16)&15
		switch {
		case size != 0:
			k += zeros
			v := int16(extend(b.acc, size) << s.low)
			b.skip(size)
			setCoefficient(blk, nonzero, k, v)
		case zeros == 15:
			k += 15
		default:
			return b.eobRun(zeros) - 1
		}
	}
	return 0
}

// setCoefficient sets coefficient k, or the last if k lies beyond, as it may in
// corrupt data.
func setCoefficient(blk *block, nonzero *uint64, k int, v int16) {
	k = min(k, 63)
	blk[zigzag[k]&63] = v
	*nonzero &^= 1 << k
	if v != 0 {
		*nonzero |= 1 << k
	}
}

// eobRun reads the length of an end-of-block run of class r.
func (b *bitReader) eobRun(r int) int {
	n := 1 << r
	if r > 0 {
		n += int(b.acc >> ((64 - uint(r)) & 63))
		b.skip(uint(r))
	}
	return n
}

// acRefine decodes one more bit of a band of AC coefficients (T.81 G.1.2.3). run
// is how many blocks from this one on get no new coefficients; it returns how many
// are left then.
func (b *bitReader) acRefine(t *huffmanTable, blk *block, nonzero *uint64, s *scan, run int) int {
	bit := int16(1) << s.low
	k := s.first
	for run == 0 && k <= s.last {
		e := b.symbol(t)
		zeros, size := int(e>>24), uint(e>>16)&15
		value := int16(0)
		switch {
		case size != 0: // a new coefficient; its size should be 1
			value = -bit
			if b.acc>>63 != 0 {
				value = bit
			}
			b.skip(1)
		case zeros != 15:
			run = b.eobRun(zeros)
			continue
		}
		end := skipZeros(*nonzero, k, s.last, zeros)
		b.correct(blk, *nonzero&(1<<end-1<<k), bit)
		if value != 0 {
			setCoefficient(blk, nonzero, end, value)
		}
		k = end + 1
	}
	if run == 0 {
		return 0
	}
	if k <= s.last {
		b.correct(blk, *nonzero&(2<<s.last-1<<k), bit)
	}
	return run - 1
}

// skipZeros returns the first zero coefficient from k on after so many others, or
// last+1 if there are not enough.
func skipZeros(nonzero uint64, k, last, zeros int) int {
	free := ^nonzero >> k << k
	for ; zeros > 0 && free != 0; zeros-- {
		free &= free - 1
	}
	return min(bits.TrailingZeros64(free), last+1)
}

// correct reads a correction bit for each coefficient in which, in zigzag order,
// and where it is set moves the coefficient away from zero by bit.
func (b *bitReader) correct(blk *block, which uint64, bit int16) {
	for which != 0 {
		b.refill()
		n := min(bits.OnesCount64(which), 56)
		acc := b.acc
		b.skip(uint(n))
		for range n {
			p := &blk[zigzag[bits.TrailingZeros64(which)&63]&63]
			which &= which - 1
			sign := *p >> 15
			set := int16(int64(acc) >> 63)
			unset := (*p&bit - 1) >> 15 // all ones if the bit is not there yet
			*p += ((bit ^ sign) - sign) & set & unset
			acc <<= 1
		}
	}
}
