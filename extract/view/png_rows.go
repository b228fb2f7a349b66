package view

import (
	"fmt"
	"io"
)

// pngPass is one of Adam7's seven reduced images: every dx-th pixel of every
// dy-th row, from (x0, y0) on.
type pngPass struct{ x0, y0, dx, dy int }

func (f *pngFile) passes() []pngPass {
	if !f.interlaced {
		return []pngPass{{0, 0, 1, 1}}
	}
	return []pngPass{
		{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
	}
}

// readPasses inflates, unfilters and converts the whole picture into img.
func (f *pngFile) readPasses(r io.Reader, img *Image) error {
	longest := f.rowBytes(f.width)
	buf := make([]byte, 2*(1+longest))
	spread := make([]uint8, 3*img.Width) // one converted row of a reduced image
	for _, p := range f.passes() {
		if p.x0 >= img.Width || p.y0 >= img.Height {
			continue
		}
		width := (img.Width - p.x0 + p.dx - 1) / p.dx
		n := int(f.rowBytes(int64(width)))
		cur, prev := buf[:1+n], buf[1+longest:][:1+n]
		clear(prev)
		for y := p.y0; y < img.Height; y += p.dy {
			if _, err := io.ReadFull(r, cur); err != nil {
				return inflateError(err)
			}
			if err := pngUnfilter(cur, prev[1:], max(1, f.bitsPerPixel/8)); err != nil {
				return err
			}
			if p.dx == 1 {
				f.convert(img.row(y), cur[1:])
			} else {
				f.convert(spread[:3*width], cur[1:])
				row := img.row(y)
				for x := range width {
					copy(row[3*(p.x0+x*p.dx):][:3], spread[3*x:3*x+3])
				}
			}
			cur, prev = prev, cur
		}
	}
	return nil
}

// pngUnfilter undoes the filter named by row's first byte. bpp is the distance,
// in bytes, to the pixel on the left; prev is the row above.
func pngUnfilter(row, prev []byte, bpp int) error {
	filter, cur := row[0], row[1:]
	prev = prev[:len(cur)]
	switch filter {
	case 0:
	case 1: // sub
		for i := bpp; i < len(cur); i++ {
			cur[i] += cur[i-bpp]
		}
	case 2: // up
		for i, p := range prev {
			cur[i] += p
		}
	case 3: // average
		for i := range min(bpp, len(cur)) {
			cur[i] += prev[i] / 2
		}
		for i := bpp; i < len(cur); i++ {
			cur[i] += uint8((int(cur[i-bpp]) + int(prev[i])) / 2)
		}
	case 4: // Paeth
		for first := range min(bpp, len(cur)) { // each byte of the pixels in turn
			a, c := 0, 0
			for i := first; i < len(cur); i += bpp {
				b := int(prev[i])
				cur[i] += paeth(a, b, c)
				a, c = int(cur[i]), b
			}
		}
	default:
		return fmt.Errorf("%w: row filter %d", ErrCorrupt, filter)
	}
	return nil
}

// paeth returns whichever of a (left), b (above) and c (above left) is nearest
// to a+b−c, in that order of preference. It is written for conditional moves:
// which one wins can't be predicted.
func paeth(a, b, c int) uint8 {
	pa, pb, pc := b-c, a-c, a+b-2*c
	pa, pb, pc = max(pa, -pa), max(pb, -pb), max(pc, -pc)
	if pb < pa {
		a = b
	}
	if pc < min(pa, pb) {
		a = c
	}
	return uint8(a)
}

// convert writes len(dst)/3 pixels of an unfiltered row as RGB.
func (f *pngFile) convert(dst []uint8, row []byte) {
	switch {
	case f.colour == pngGrey && f.depth == 16:
		// Pillow's mode I;16 clips when it becomes RGB; it does not scale.
		for i := 0; i+2 < len(dst); i += 3 {
			v := row[1]
			if row[0] != 0 {
				v = 255
			}
			dst[i], dst[i+1], dst[i+2] = v, v, v
			row = row[2:]
		}
	case f.colour == pngGrey || f.colour == pngPalette:
		f.convertIndexed(dst, row)
	case f.colour == pngRGB && f.depth == 8:
		copy(dst, row)
	case f.colour == pngGreyAlpha:
		step := f.depth / 8 // 16-bit samples keep their high byte
		for i := 0; i+2 < len(dst); i += 3 {
			dst[i], dst[i+1], dst[i+2] = row[0], row[0], row[0]
			row = row[2*step:]
		}
	default:
		step, size := f.depth/8, f.bitsPerPixel/8
		for i := 0; i+2 < len(dst); i += 3 {
			dst[i], dst[i+1], dst[i+2] = row[0], row[step], row[2*step]
			row = row[size:]
		}
	}
}

// convertIndexed writes pixels of up to 8 bits, grey or through the palette.
func (f *pngFile) convertIndexed(dst []uint8, row []byte) {
	for x := range len(dst) / 3 {
		c := &f.palette[packed(row, x, f.depth)]
		dst[3*x], dst[3*x+1], dst[3*x+2] = c[0], c[1], c[2]
	}
}

// greyRamp is the palette that 1, 2, 4 or 8 bits of grey stand for.
func greyRamp(depth int) (ramp [256][3]uint8) {
	top := 1<<depth - 1
	for i := range top + 1 {
		v := uint8(i * 255 / top)
		ramp[i] = [3]uint8{v, v, v}
	}
	return ramp
}

// packed returns the x-th sample of depth bits (at most 8), the first in the
// high bits of its byte.
func packed(row []byte, x, depth int) uint8 {
	bit := x * depth
	return row[bit>>3] >> (8 - depth - bit&7) & uint8(1<<depth-1)
}
