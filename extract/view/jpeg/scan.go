package jpeg

import "fmt"

// maxScans bounds the scans of one image. Every coefficient bit of four
// components sent on its own would make some 3000, but encoders write 10 or so.
const maxScans = 500

// maxVisits bounds how often, on average, the scans of a file may visit each block of
// the image: an end-of-block run lets a few hostile bytes visit 32767
// blocks. A lossless file, whose blocks are single samples, needs only one visit of each.
// Up to freeVisits visits are always allowed.
const (
	maxVisits         = 64
	maxLosslessVisits = 2
	freeVisits        = 1 << 22
)

// beginScan checks a scan against its frame and prepares to decode it.
func (d *Decoder) beginScan() error {
	d.scans++
	if d.scans > maxScans {
		return fmt.Errorf("more than %d scans: %w", maxScans, ErrTooLarge)
	}
	s := &d.scan
	if err := d.countVisits(); err != nil {
		return err
	}
	blocks := 0
	for _, c := range s.components {
		blocks += c.h * c.v
	}
	if len(s.components) > 1 && blocks > 10 {
		return fmt.Errorf("%d blocks in an MCU: %w", blocks, ErrCorrupt)
	}
	if err := d.prepareProcess(); err != nil {
		return err
	}
	d.dcPred = [4]int32{}
	d.eobRun = 0
	d.untilRestart = d.restartInterval
	d.nextRestart = 0
	d.bits.exhausted = false
	d.beginSegment()
	return nil
}

// prepareProcess checks what a scan needs by the frame's coding process, and prepares its
// tables.
func (d *Decoder) prepareProcess() error {
	f := &d.frame
	if f.lossless {
		if err := d.checkPrediction(); err != nil {
			return err
		}
		return d.deriveTables()
	}
	for _, c := range d.scan.components {
		if err := d.latchQuant(c); err != nil {
			return err
		}
	}
	if f.progressive {
		if err := d.checkProgression(); err != nil {
			return err
		}
	}
	if f.arithmetic {
		return nil
	}
	if !f.progressive && d.scans == 1 {
		d.defineStandardTables()
	}
	return d.deriveTables()
}

// countVisits adds a scan's blocks to those visited, and limits them.
func (d *Decoder) countVisits() error {
	f := &d.frame
	total := int64(0)
	for i := range f.components {
		c := &f.components[i]
		total += int64(c.stride) * int64(c.v*f.mcusHigh)
	}
	for _, c := range d.scan.components {
		d.visits += int64(c.stride) * int64(c.v*f.mcusHigh)
	}
	most := maxVisits * total
	if f.lossless {
		most = maxLosslessVisits * total
	}
	if d.visits > max(most, freeVisits) {
		return fmt.Errorf("%d scans visit %d blocks, the image has %d: %w", d.scans, d.visits, total, ErrTooLarge)
	}
	return nil
}

// latchQuant gives a component the quantisation table that its slot holds when
// the component's first scan begins; later ones don't change it.
func (d *Decoder) latchQuant(c *component) error {
	if c.hasQuant {
		return nil
	}
	if c.quantSlot > 3 || !d.haveQuant[c.quantSlot] {
		return fmt.Errorf("quantisation table %d is missing: %w", c.quantSlot, ErrCorrupt)
	}
	c.quant, c.hasQuant = d.quant[c.quantSlot], true
	return nil
}

// deriveTables prepares the Huffman tables that a scan uses.
func (d *Decoder) deriveTables() error {
	s := &d.scan
	needDC := !d.frame.progressive || s.first == 0 && s.high == 0
	needAC := (!d.frame.progressive || s.first > 0) && !d.frame.lossless
	for _, c := range s.components {
		if needDC {
			if err := d.deriveTable(0, c.dcSlot); err != nil {
				return fmt.Errorf("DC Huffman table %d: %w", c.dcSlot, err)
			}
		}
		if needAC {
			if err := d.deriveTable(1, c.acSlot); err != nil {
				return fmt.Errorf("AC Huffman table %d: %w", c.acSlot, err)
			}
		}
	}
	return nil
}

func (d *Decoder) deriveTable(class int, slot byte) error {
	if slot > 3 {
		return fmt.Errorf("no such slot: %w", ErrCorrupt)
	}
	largest := byte(255)
	switch {
	case d.frame.lossless:
		largest = 16
	case class == 0:
		largest = 15 // bits of a DC difference
	}
	return d.huffman[class][slot].derive(largest)
}

// beginMCU handles the restart that may be due before an MCU. It reports
// whether the MCU has data; if not, libjpeg leaves its coefficients as they are.
func (d *Decoder) beginMCU() (bool, error) {
	if d.restartInterval > 0 && d.untilRestart == 0 {
		if err := d.restart(); err != nil {
			return false, err
		}
	}
	d.untilRestart--
	return !d.bits.exhausted, nil
}

// endMCU checks whether the data ran out inside the MCU. If it did at a marker, libjpeg
// has read zeros for the rest of the MCU and skips the following ones. If it did at the
// end of the file, that is an error.
func (d *Decoder) endMCU() error {
	b := &d.bits
	if d.frame.arithmetic {
		if b.unterminated && b.pos > b.size {
			return fmt.Errorf("in the entropy-coded data: %w", ErrTruncated)
		}
		return nil // zeros after the marker are part of the code
	}
	if b.unterminated {
		if b.starved() {
			return fmt.Errorf("in the entropy-coded data: %w", ErrTruncated)
		}
	} else if b.overrun() {
		b.exhausted = true
	}
	return nil
}

// beginSegment reads the next segment and prepares to decode it.
func (d *Decoder) beginSegment() {
	d.loadSegment()
	if d.frame.arithmetic {
		d.beginArithmetic()
	}
}

// restart finds the next restart marker. If it finds another marker instead, it does
// what libjpeg's jpeg_resync_to_restart does.
func (d *Decoder) restart() error {
	m, err := d.nextMarker()
	if err != nil {
		return err
	}
	for m != markerRST0+d.nextRestart {
		ahead := (m - markerRST0 - d.nextRestart) & 7
		isRestart := markerRST0 <= m && m <= markerRST7
		if m >= markerSOF0 && !isRestart || isRestart && (ahead == 1 || ahead == 2) {
			// A marker that ends the scan, or a restart to come: the segment
			// expected here is lost. Wait at the marker.
			d.pending = m
			break
		}
		if isRestart && ahead != 6 && ahead != 7 {
			break // far off: take it for the one expected
		}
		// No marker at all, or an old restart: go on to the next.
		if m, err = d.nextMarker(); err != nil {
			return err
		}
	}
	d.nextRestart = (d.nextRestart + 1) & 7
	d.dcPred = [4]int32{}
	d.eobRun = 0
	d.untilRestart = d.restartInterval
	if d.pending == 0 {
		d.bits.exhausted = false
	}
	d.beginSegment()
	return nil
}
