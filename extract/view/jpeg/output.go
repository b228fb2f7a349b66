package jpeg

// beginOutput allocates the strips and the result.
func (d *Decoder) beginOutput(dst []uint8) {
	f := &d.frame
	d.space = d.guessColourSpace()
	d.nextRow = 0
	for i := range f.components {
		c := &f.components[i]
		c.prepare(f)
		if n := f.unit*f.maxH*f.mcusWide + 2*margin; c.upscale != upsampleNone && len(d.rows[i]) < n {
			d.rows[i] = make([]uint8, n)
		}
	}
	if d.space == spaceGrey {
		// Grey is YCbCr without colour: the conversion leaves Y as it is.
		for len(d.neutral) < f.width {
			d.neutral = append(d.neutral, 128)
		}
	}
	n := 3 * f.width * f.height
	if cap(dst) < n {
		dst = make([]uint8, n)
	}
	d.rgb = dst[:n]
}

// emitStrip converts the pixel rows that strip s completes: all of its own but
// the last, which may look at the next strip.
func (d *Decoder) emitStrip(s int) {
	f := &d.frame
	for i := range f.components {
		f.components[i].endStrip()
	}
	end := f.unit*f.maxV*(s+1) - 1
	if s == f.mcusHigh-1 {
		end = f.height
	}
	for ; d.nextRow < end; d.nextRow++ {
		d.emitRow(d.nextRow)
	}
}

// emitRow converts one row of pixels.
func (d *Decoder) emitRow(y int) {
	f := &d.frame
	var s [4][]uint8
	for i := range f.components {
		s[i] = f.components[i].pixels(f, y, d.rows[i])
	}
	dst := d.rgb[3*f.width*y : 3*f.width*(y+1)]
	switch d.space {
	case spaceGrey:
		ycbcrRow(dst, s[0], d.neutral, d.neutral)
	case spaceYCbCr:
		ycbcrRow(dst, s[0], s[1], s[2])
	case spaceRGB:
		rgbRow(dst, s[0], s[1], s[2])
	case spaceCMYK:
		cmykRow(dst, s[0], s[1], s[2], s[3])
	case spaceYCCK:
		ycckRow(dst, s[0], s[1], s[2], s[3])
	}
}
