package jpeg

// The coefficients of files of several scans, progressive or with one scan per
// component, are decoded into memory first.

// allocate makes room for all coefficients of a component, all zero.
func (c *component) allocate(f *frame) {
	n := c.stride * c.v * f.mcusHigh
	c.coefs = zeroed(c.coefs, 64*n)
	if f.progressive && !f.arithmetic {
		c.nonzero = zeroed(c.nonzero, n)
	}
}

// zeroed returns n zeros, in s if its capacity is enough.
func zeroed[T int16 | uint64 | uint16 | uint8](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// block returns block number n, counted in rows of stride blocks.
func (c *component) block(n int) *block { return (*block)(c.coefs[64*n : 64*n+64]) }

// decodeScan decodes one scan into the components' coefficients.
func (d *Decoder) decodeScan() error {
	if err := d.beginScan(); err != nil {
		return err
	}
	if len(d.scan.components) == 1 {
		return d.decodeSingle()
	}
	f := &d.frame
	for my := range f.mcusHigh {
		for mx := range f.mcusWide {
			if err := d.decodeInterleaved(mx, my); err != nil {
				return err
			}
		}
	}
	return nil
}

// decodeSingle decodes a scan of one component, whose MCUs are single blocks and
// cover only those that hold samples.
func (d *Decoder) decodeSingle() error {
	c := d.scan.components[0]
	for by := range c.blocksHigh {
		for bx := range c.blocksWide {
			d.noteGood(by / c.v)
			some, err := d.beginMCU()
			if err != nil {
				return err
			}
			if !some {
				continue
			}
			if err := d.decodeBlock(0, c, by*c.stride+bx); err != nil {
				return err
			}
			if err := d.endMCU(); err != nil {
				return err
			}
		}
	}
	return nil
}

// decodeInterleaved decodes one MCU of a scan of several components.
func (d *Decoder) decodeInterleaved(mx, my int) error {
	d.noteGood(my)
	some, err := d.beginMCU()
	if err != nil || !some {
		return err
	}
	for i, c := range d.scan.components {
		for y := range c.v {
			for x := range c.h {
				if err := d.decodeBlock(i, c, (c.v*my+y)*c.stride+c.h*mx+x); err != nil {
					return err
				}
			}
		}
	}
	return d.endMCU()
}

// noteGood records the last strip for which the scan had data. Like libjpeg, it does so
// before a restart, which may bring data again.
func (d *Decoder) noteGood(strip int) {
	if !d.bits.exhausted {
		d.lastGood = strip
	}
}

// decodeBlock decodes block n of the scan's i-th component.
func (d *Decoder) decodeBlock(i int, c *component, n int) error {
	switch {
	case d.frame.arithmetic:
		d.arithmeticBlock(i, c, c.block(n))
	case d.frame.progressive:
		return d.progressiveBlock(i, c, n)
	default:
		dc, ac := d.sequentialTables(c)
		d.dcPred[i], _ = d.bits.sequentialBlock(dc, ac, d.dcPred[i], c.block(n))
	}
	return nil
}

// transformStrip turns the coefficients of strip s into samples.
func (c *component) transformStrip(s int) {
	for by := s * c.v; by < min((s+1)*c.v, c.blocksHigh); by++ {
		for bx := range c.blocksWide {
			c.storeBlock(bx, by, c.block(by*c.stride+bx), true)
		}
	}
}
