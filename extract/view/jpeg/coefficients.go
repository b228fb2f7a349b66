package jpeg

// Files of several scans, progressive or with a scan for each component, are
// decoded into memory first.

// allocate makes room for all coefficients of a component, all zero.
func (c *component) allocate(f *frame) {
	n := c.stride * c.v * f.mcusHigh * 64
	if cap(c.coefs) < n {
		c.coefs = make([]int16, n)
		return
	}
	c.coefs = c.coefs[:n]
	clear(c.coefs)
}

// block returns block (bx, by), which may be one that only pads the last MCUs.
func (c *component) block(bx, by int) *block {
	i := (by*c.stride + bx) * 64
	return (*block)(c.coefs[i : i+64])
}

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
			if err := d.decodeBlock(0, c, c.block(bx, by)); err != nil {
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
				if err := d.decodeBlock(i, c, c.block(c.h*mx+x, c.v*my+y)); err != nil {
					return err
				}
			}
		}
	}
	return d.endMCU()
}

// noteGood remembers the strip up to which a scan had data; before the restart
// that may revive it, like libjpeg.
func (d *Decoder) noteGood(strip int) {
	if !d.bits.exhausted {
		d.lastGood = strip
	}
}

func (d *Decoder) decodeBlock(i int, c *component, blk *block) error {
	if d.frame.progressive {
		return d.progressiveBlock(i, c, blk)
	}
	d.dcPred[i], _ = d.bits.sequentialBlock(&d.huffman[0][c.dcSlot], &d.huffman[1][c.acSlot], d.dcPred[i], blk)
	return nil
}

// transformStrip turns the coefficients of strip s into samples.
func (c *component) transformStrip(s int) {
	for by := s * c.v; by < min((s+1)*c.v, c.blocksHigh); by++ {
		for bx := range c.blocksWide {
			c.storeBlock(bx, by, c.block(bx, by), true)
		}
	}
}
