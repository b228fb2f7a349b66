package jpeg

// Places of the bins of a table (T.81 tables F.4 and F.5). Those for the bits of a
// magnitude lie bitBins after those for its category.
const (
	dcCategoryBins  = 20
	lowCategoryBins = 189 // of the AC coefficients up to Kx
	acCategoryBins  = 217 // of the others
	bitBins         = 14
)

// beginArithmetic prepares for the scan's next segment.
func (d *Decoder) beginArithmetic() {
	a := &d.arithmetic
	for _, c := range d.scan.components {
		clear(a.dcBins[c.dcSlot][:])
		clear(a.acBins[c.acSlot][:])
	}
	a.begin(&d.bits)
}

// arithmeticBlock decodes a block of the scan's i-th component. It reports whether it
// set an AC coefficient of a sequential file.
func (d *Decoder) arithmeticBlock(i int, c *component, blk *block) (hasAC bool) {
	a, s := &d.arithmetic, &d.scan
	if a.failed {
		return false
	}
	if !d.frame.progressive {
		if d.arithmeticDC(i, c.dcSlot) {
			blk[0] = int16(d.dcPred[i])
			return d.arithmeticAC(c.acSlot, blk, 1, 63, 0)
		}
		return false
	}
	switch {
	case s.first == 0 && s.high == 0:
		if d.arithmeticDC(i, c.dcSlot) {
			blk[0] = int16(d.dcPred[i] << s.low)
		}
	case s.first == 0:
		if d.evenly() {
			blk[0] |= 1 << s.low
		}
	case s.high == 0:
		d.arithmeticAC(c.acSlot, blk, s.first, s.last, s.low)
	default:
		d.arithmeticRefine(c.acSlot, blk)
	}
	return false
}

// evenly decodes a decision without statistics.
func (d *Decoder) evenly() bool {
	bin := uint8(even)
	return d.arithmetic.decide(&d.bits, &bin)
}

// arithmeticDC adds a DC difference to the prediction (T.81 F.1.4.1). It reports false
// for a value that is too large.
func (d *Decoder) arithmeticDC(i int, slot byte) bool {
	a, b := &d.arithmetic, &d.bits
	bins := a.dcBins[slot][:]
	k := a.context[i]
	if !a.decide(b, &bins[k]) {
		a.context[i] = 0
		return true
	}
	negative := a.decide(b, &bins[k+1])
	k += 2
	if negative {
		k++
	}
	m := int32(0)
	if a.decide(b, &bins[k]) {
		m, k = a.category(b, bins, dcCategoryBins, 1)
		if a.failed {
			return false
		}
	}
	switch {
	case m < 1<<a.lower[slot]>>1:
		a.context[i] = 0
	case m > 1<<a.upper[slot]>>1:
		a.context[i] = 12
	default:
		a.context[i] = 4
	}
	if negative && a.context[i] != 0 {
		a.context[i] += 4
	}
	d.dcPred[i] += a.value(b, &bins[k+bitBins], m, negative)
	return true
}

// category decodes how many bits a magnitude has, from bin k on: m doubles with each
// one. It returns the last bin too (T.81 figure F.23).
func (a *arithmetic) category(b *bitReader, bins []uint8, k int, m int32) (int32, int) {
	for a.decide(b, &bins[k]) {
		if m <<= 1; m == 1<<15 {
			a.failed = true
			break
		}
		k++
	}
	return m, k
}

// value decodes the bits below the top one of a magnitude less 1, and returns the
// number (T.81 figure F.24).
func (a *arithmetic) value(b *bitReader, bin *uint8, m int32, negative bool) int32 {
	v := m
	for m >>= 1; m > 0; m >>= 1 {
		if a.decide(b, bin) {
			v |= m
		}
	}
	if negative {
		return -v - 1
	}
	return v + 1
}

// arithmeticAC decodes coefficients first to last of a block (T.81 F.1.4.2), and reports
// whether it set any.
func (d *Decoder) arithmeticAC(slot byte, blk *block, first, last int, low uint) (some bool) {
	a, b := &d.arithmetic, &d.bits
	bins := a.acBins[slot][:]
	for k := first; k <= last; k++ {
		if a.decide(b, &bins[3*k-3]) {
			break // end of block
		}
		for !a.decide(b, &bins[3*k-2]) {
			if k++; k > last {
				a.failed = true
				return some
			}
		}
		negative := d.evenly()
		bin, m := 3*k-1, int32(0)
		if a.decide(b, &bins[bin]) {
			m = 1
			if a.decide(b, &bins[bin]) {
				bin = acCategoryBins
				if k <= int(a.lastLow[slot]) {
					bin = lowCategoryBins
				}
				m, bin = a.category(b, bins, bin, 2)
				if a.failed {
					return some
				}
			}
		}
		blk[zigzag[k]&63] = int16(a.value(b, &bins[bin+bitBins], m, negative) << low)
		some = true
	}
	return some
}

// arithmeticRefine decodes one more bit of the scan's coefficients (T.81 G.1.3.3).
func (d *Decoder) arithmeticRefine(slot byte, blk *block) {
	a, b, s := &d.arithmetic, &d.bits, &d.scan
	bins := a.acBins[slot][:]
	bit := int16(1) << s.low
	end := s.last // the last coefficient that is not zero yet
	for end > 0 && blk[zigzag[end]&63] == 0 {
		end--
	}
	for k := s.first; k <= s.last; k++ {
		if k > end && a.decide(b, &bins[3*k-3]) {
			return // end of block
		}
		for !d.refineOne(&blk[zigzag[k]&63], bins[3*k-2:], bit) {
			if k++; k > s.last {
				a.failed = true
				return
			}
		}
	}
}

// refineOne decodes a bit of a coefficient, whose bins are given. It reports whether the
// coefficient is not zero.
func (d *Decoder) refineOne(p *int16, bins []uint8, bit int16) bool {
	a, b := &d.arithmetic, &d.bits
	switch {
	case *p != 0:
		if a.decide(b, &bins[1]) {
			if *p < 0 {
				bit = -bit
			}
			*p += bit
		}
		return true
	case a.decide(b, &bins[0]):
		*p = bit
		if d.evenly() {
			*p = -bit
		}
		return true
	}
	return false
}
