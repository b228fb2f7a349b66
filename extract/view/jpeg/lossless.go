package jpeg

import "fmt"

// Lossless files hold, for each sample, the difference from a prediction by its
// neighbours (T.81 annex H). Like libjpeg, the decoder reads the differences of a whole
// strip, one row of interleaved MCUs, before it adds them up.

// decodeLossless decodes a lossless file into samples, then all its strips.
func (d *Decoder) decodeLossless(dst []uint8) error {
	f := &d.frame
	if s := d.guessColourSpace(); s == spaceYCbCr || s == spaceYCCK {
		return fmt.Errorf("lossless YCbCr: %w", ErrUnsupported) // libjpeg converts no colours either
	}
	for i := range f.components {
		c := &f.components[i]
		c.differences = zeroed(c.differences, (c.v+1)*c.stride)
		c.samples = zeroed(c.samples, c.v*f.mcusHigh*c.stride)
	}
	if err := d.losslessScans(); err != nil {
		return err
	}
	d.beginOutput(dst)
	for s := range f.mcusHigh {
		for i := range f.components {
			c := &f.components[i]
			c.beginStrip(s)
			for y := s * c.v; y < min((s+1)*c.v, c.height); y++ {
				copy(c.pix[c.at(y):], c.samples[y*c.stride:][:c.width])
			}
		}
		d.emitStrip(s)
	}
	return nil
}

// losslessScans decodes all scans. Of several, every component needs one.
func (d *Decoder) losslessScans() error {
	f := &d.frame
	if len(d.scan.components) == len(f.components) {
		if err := d.losslessScan(); err != nil {
			return err
		}
		return d.readTrailer()
	}
	for m := byte(markerSOS); m != markerEOI; {
		if err := d.losslessScan(); err != nil {
			return fmt.Errorf("scan %d: %w", d.scans, err)
		}
		var err error
		if m, err = d.readMarkers(); err != nil {
			return err
		}
	}
	for _, c := range f.components {
		if !c.scanned {
			return fmt.Errorf("no scan has component %d: %w", c.id, ErrCorrupt)
		}
	}
	return nil
}

// checkPrediction checks the parameters of a lossless scan. A restart interval must be
// whole rows of MCUs.
func (d *Decoder) checkPrediction() error {
	s := &d.scan
	if s.first < 1 || s.first > 7 || s.last != 0 || s.high != 0 || s.low > 7 {
		return fmt.Errorf("predictor %d, %d, bits %d–%d: %w", s.first, s.last, s.high, s.low, ErrCorrupt)
	}
	if n := d.mcusPerRow(); d.restartInterval%n != 0 {
		return fmt.Errorf("restart interval %d in rows of %d: %w", d.restartInterval, n, ErrCorrupt)
	}
	return nil
}

func (d *Decoder) mcusPerRow() int {
	if c := d.scan.components; len(c) == 1 {
		return c[0].width
	}
	return d.frame.mcusWide
}

// losslessScan decodes one scan into the components' samples.
func (d *Decoder) losslessScan() error {
	if err := d.beginScan(); err != nil {
		return err
	}
	d.beginPrediction()
	for strip := range d.frame.mcusHigh {
		rows := 1
		if s := d.scan.components; len(s) == 1 {
			rows = s[0].rowsOf(strip)
		}
		for y := range rows {
			if err := d.readDifferences(y); err != nil {
				return err
			}
		}
		for _, c := range d.scan.components {
			c.scanned = true
			c.addUp(strip, &d.scan)
		}
	}
	return nil
}

// rowsOf is how many rows of samples the component has in a strip.
func (c *component) rowsOf(strip int) int { return min(c.v, c.height-strip*c.v) }

// beginPrediction makes the next row of every component one without a row above.
func (d *Decoder) beginPrediction() {
	for i := range d.frame.components {
		d.frame.components[i].first = true
	}
}

// readDifferences reads a row of MCUs. In a scan of one component it is row y of the
// strip.
func (d *Decoder) readDifferences(y int) error {
	if d.restartInterval > 0 && d.untilRestart == 0 {
		if err := d.restart(); err != nil {
			return err
		}
		d.beginPrediction()
	}
	n, single := d.mcusPerRow(), len(d.scan.components) == 1
	d.untilRestart -= n
	b := &d.bits
	if b.exhausted { // the rows become grey
		for _, c := range d.scan.components {
			clear(c.differences[(1+y)*c.stride:])
		}
		d.beginPrediction()
		return nil
	}
	for mx := range n {
		for _, c := range d.scan.components {
			h, v := c.h, c.v
			if single {
				h, v = 1, 1
			}
			for r := range v {
				row := c.differences[(1+y+r)*c.stride+mx*h:][:h]
				for x := range row {
					row[x] = b.difference(&d.huffman[0][c.dcSlot])
				}
			}
		}
	}
	return d.endMCU()
}

// difference decodes a difference modulo 1<<16 (T.81 H.1.2.2).
func (b *bitReader) difference(t *huffmanTable) uint16 {
	e := b.symbol(t)
	size := uint(e>>16) & 15
	if size == 0 {
		return uint16(e >> 24 << 15) // 16 stands for 1<<15, without more bits
	}
	v := extend(b.acc, size)
	b.skip(size)
	return uint16(v)
}

// addUp turns the differences of a strip into samples.
func (c *component) addUp(strip int, s *scan) {
	for r := range c.rowsOf(strip) {
		above, row := c.differences[r*c.stride:], c.differences[(r+1)*c.stride:]
		above, row = above[:c.width], row[:c.width]
		if c.first {
			row[0] += 1 << (7 - s.low)
			addLeft(row)
			c.first = false
		} else {
			row[0] += above[0]
			addPrediction(row, above, s.first)
		}
		out := c.samples[(strip*c.v+r)*c.stride:][:c.width]
		for x, v := range row {
			out[x] = uint8(v << s.low)
		}
	}
	copy(c.differences[:c.stride], c.differences[c.v*c.stride:])
}

// addLeft adds to each value the one on its left.
func addLeft(row []uint16) {
	for x := 1; x < len(row); x++ {
		row[x] += row[x-1]
	}
}

// addPrediction adds to each value but the first the prediction by its neighbours on the
// left (a), above (b), and above on the left (c) (T.81 table H.1).
func addPrediction(row, above []uint16, predictor int) {
	if predictor == 1 {
		addLeft(row)
		return
	}
	for x := 1; x < len(row); x++ {
		a, b, c := int(row[x-1]), int(above[x]), int(above[x-1])
		p := 0
		switch predictor {
		case 2:
			p = b
		case 3:
			p = c
		case 4:
			p = a + b - c
		case 5:
			p = a + (b-c)>>1
		case 6:
			p = b + (a-c)>>1
		case 7:
			p = (a + b) >> 1
		}
		row[x] += uint16(p)
	}
}
