package jpeg

import "fmt"

// checkProgression checks a progressive scan's parameters and keeps account of
// which bits of which coefficients have come (libjpeg's start_pass_phuff_decoder;
// scans in an odd order are let through there too).
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

// progressiveBlock decodes what a progressive scan says of one block of the
// scan's i-th component.
func (d *Decoder) progressiveBlock(i int, c *component, blk *block) error {
	s, b := &d.scan, &d.bits
	switch {
	case s.first == 0 && s.high == 0:
		return d.dcFirst(i, &d.huffman[0][c.dcSlot], blk)
	case s.first == 0:
		b.refill()
		blk[0] |= int16(b.acc>>63) << s.low
		b.skip(1)
	case s.high == 0:
		d.eobRun = b.acFirst(&d.huffman[1][c.acSlot], blk, s, d.eobRun)
	default:
		d.eobRun = b.acRefine(&d.huffman[1][c.acSlot], blk, s, d.eobRun)
	}
	return nil
}

// symbol decodes a Huffman code, of which it has dropped the bits; the value
// bits behind it can be read without another refill.
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

// acFirst decodes the first bits of a band of AC coefficients (T.81 G.1.2.2).
// run is how many more blocks have nothing in this band; it returns the new run.
func (b *bitReader) acFirst(t *huffmanTable, blk *block, s *scan, run int) int {
	if run > 0 {
		return run - 1
	}
	for k := s.first; k <= s.last; k++ {
		e := b.symbol(t)
		zeros, size := int(e>>24), uint(e>>16)&15
		switch {
		case size != 0:
			k += zeros
			blk[zigzag[k&127]&63] = int16(extend(b.acc, size) << s.low)
			b.skip(size)
		case zeros == 15:
			k += 15
		default:
			return b.eobRun(zeros) - 1
		}
	}
	return 0
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

// acRefine decodes one more bit of a band of AC coefficients (T.81 G.1.2.3).
func (b *bitReader) acRefine(t *huffmanTable, blk *block, s *scan, run int) int {
	bit := int16(1) << s.low
	k := s.first
	if run == 0 {
	band:
		for ; k <= s.last; k++ {
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
				break band
			}
			k = b.refineZeros(blk, k, s.last, zeros, bit)
			if value != 0 {
				blk[zigzag[k&127]&63] = value
			}
		}
	}
	if run > 0 {
		b.refineZeros(blk, k, s.last, 64, bit)
		run--
	}
	return run
}

// refineZeros goes from coefficient k to the one after skipping so many that
// are still zero, or past last, and reads a correction bit for each nonzero one.
func (b *bitReader) refineZeros(blk *block, k, last, zeros int, bit int16) int {
	for ; k <= last; k++ {
		p := &blk[zigzag[k&127]&63]
		if *p == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		if b.n == 0 {
			b.refill()
		}
		correct := b.acc>>63 != 0
		b.skip(1)
		if correct && *p&bit == 0 {
			if *p >= 0 {
				*p += bit
			} else {
				*p -= bit
			}
		}
	}
	return k
}
