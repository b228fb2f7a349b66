package jpeg

// colourSpace is what the components of a frame mean.
type colourSpace uint8

const (
	spaceGrey colourSpace = iota
	spaceYCbCr
	spaceRGB
	spaceCMYK
	spaceYCCK
)

// guessColourSpace follows libjpeg's default_decompress_parms: JFIF means YCbCr;
// an Adobe segment says by its transform; without either, three components are
// YCbCr unless they are called R, G and B or are lossless, and four are CMYK.
func (d *Decoder) guessColourSpace() colourSpace {
	c := d.frame.components
	switch len(c) {
	case 1:
		return spaceGrey
	case 3:
		switch {
		case d.jfif:
			return spaceYCbCr
		case d.adobe && d.adobeTransform == 0,
			!d.adobe && (d.frame.lossless || c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B'):
			return spaceRGB
		}
		return spaceYCbCr
	}
	if d.adobe && d.adobeTransform != 0 {
		return spaceYCCK
	}
	return spaceCMYK
}

// Fixed-point YCbCr → RGB (JFIF 1.02, section 7; libjpeg's jdcolor.c): factors
// of 16 fractional bits.
const (
	fixCrR  = 91881  // 1.40200
	fixCbB  = 116130 // 1.77200
	fixCrG  = 46802  // 0.71414
	fixCbG  = 22554  // 0.34414
	fixHalf = 1 << 15
)

// clamp8 saturates a value to 0–255.
func clamp8(v int32) uint8 {
	if uint32(v) > 255 {
		return uint8(^v >> 31)
	}
	return uint8(v)
}

// ycbcrToRGB converts one pixel.
func ycbcrToRGB(y, cb, cr uint8) (r, g, b uint8) {
	l, u, v := int32(y), int32(cb)-128, int32(cr)-128
	return clamp8(l + (fixCrR*v+fixHalf)>>16),
		clamp8(l + (-fixCbG*u-fixCrG*v+fixHalf)>>16),
		clamp8(l + (fixCbB*u+fixHalf)>>16)
}

// ycbcrRowGeneric converts a row of len(dst)/3 pixels.
func ycbcrRowGeneric(dst, y, cb, cr []uint8) {
	n := len(dst) / 3
	y, cb, cr = y[:n], cb[:n], cr[:n]
	for i := range y {
		p := dst[3*i : 3*i+3 : 3*i+3]
		p[0], p[1], p[2] = ycbcrToRGB(y[i], cb[i], cr[i])
	}
}

// rgbRow interleaves a row.
func rgbRow(dst, r, g, b []uint8) {
	n := len(dst) / 3
	r, g, b = r[:n], g[:n], b[:n]
	for i := range r {
		p := dst[3*i : 3*i+3 : 3*i+3]
		p[0], p[1], p[2] = r[i], g[i], b[i]
	}
}

// cmykRow converts a row as Pillow does, which assumes that files hold inverted CMYK
// (Adobe's convention): 255 is no ink. So k is the light that black lets through, and
// each of the other inks absorbs its share of it.
func cmykRow(dst, c, m, y, k []uint8) {
	n := len(dst) / 3
	c, m, y, k = c[:n], m[:n], y[:n], k[:n]
	for i := range k {
		p := dst[3*i : 3*i+3 : 3*i+3]
		light := int32(k[i])
		p[0] = cmykChannel(255-int32(c[i]), light)
		p[1] = cmykChannel(255-int32(m[i]), light)
		p[2] = cmykChannel(255-int32(y[i]), light)
	}
}

// cmykChannel is light less its share ink/255, rounded as by Pillow's MULDIV255.
func cmykChannel(ink, light int32) uint8 {
	t := ink*light + 128
	return uint8(light - (t>>8+t)>>8)
}

// ycckRow converts a row whose first three components are the YCbCr form of
// inverted CMY (Adobe technical note 5116).
func ycckRow(dst, y, cb, cr, k []uint8) {
	n := len(dst) / 3
	y, cb, cr, k = y[:n], cb[:n], cr[:n], k[:n]
	for i := range k {
		p := dst[3*i : 3*i+3 : 3*i+3]
		r, g, b := ycbcrToRGB(y[i], cb[i], cr[i])
		light := int32(k[i])
		// libjpeg's CMY is 255 - RGB; Pillow inverts it again.
		p[0] = cmykChannel(int32(r), light)
		p[1] = cmykChannel(int32(g), light)
		p[2] = cmykChannel(int32(b), light)
	}
}
