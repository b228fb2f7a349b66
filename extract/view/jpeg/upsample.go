package jpeg

// upsampling is the way in which a component's samples become one per pixel. The choice
// of filter and every rounding are those of libjpeg's jdsample.c with
// do_fancy_upsampling set: a triangle filter for factors of 2, whose results lie
// a quarter of a sample off the inputs, and repetition for all others.
type upsampling uint8

const (
	upsampleNone   upsampling = iota // as many samples as pixels
	upsampleH2V1                     // triangle filter across
	upsampleH1V2                     // triangle filter down
	upsampleH2V2                     // both
	upsampleRepeat                   // repetition
)

func (u upsampling) horizontal() bool { return u == upsampleH2V1 || u == upsampleH2V2 }
func (u upsampling) vertical() bool   { return u == upsampleH1V2 || u == upsampleH2V2 }

// chooseUpsampling follows jinit_upsampler, where the horizontal filters need
// more than two samples per row.
func chooseUpsampling(c *component, f *frame) upsampling {
	dx, dy := f.maxH/c.h, f.maxV/c.v
	switch {
	case dx == 1 && dy == 1:
		return upsampleNone
	case c.unit == 1: // libjpeg has the filters for the DCT only
		return upsampleRepeat
	case dx == 2 && dy == 1 && c.width > 2:
		return upsampleH2V1
	case dx == 1 && dy == 2:
		return upsampleH1V2
	case dx == 2 && dy == 2 && c.width > 2:
		return upsampleH2V2
	}
	return upsampleRepeat
}

// pixels returns the component's samples for pixel row y, one per pixel. It uses buf if
// they have to be computed.
func (c *component) pixels(f *frame, y int, buf []uint8) []uint8 {
	dx, dy := f.maxH/c.h, f.maxV/c.v
	r := y / dy
	near := c.row(r)
	far := near
	if c.upscale.vertical() {
		// The row above for the upper of two pixel rows, below for the lower.
		far = c.row(r - 1 + 2*(y%2))
	}
	switch c.upscale {
	case upsampleH2V1:
		upsampleRowH2V1(buf, near, c.width)
	case upsampleH1V2:
		upsampleRowH1V2(buf, near, far, c.width, 1+y%2)
	case upsampleH2V2:
		upsampleRowH2V2(buf, near, far, c.width)
	case upsampleRepeat:
		repeatRow(buf[:f.width], near[margin:], dx)
	default:
		return near[margin:]
	}
	return buf
}

// upsampleRowH2V1Generic doubles a row of n samples. Halves are rounded down and up in
// turn. The margins of src hold its outermost samples once more, with which the
// first and last results come out as those samples themselves.
func upsampleRowH2V1Generic(dst, src []uint8, n int) {
	dst = dst[:2*n]
	src = src[margin-1 : margin+n+1]
	for i := range n {
		left, s, right := int(src[i]), 3*int(src[i+1]), int(src[i+2])
		dst[2*i] = uint8((s + left + 1) >> 2)
		dst[2*i+1] = uint8((s + right + 2) >> 2)
	}
}

// upsampleRowH1V2Generic makes one of the two pixel rows nearest to near, a row of n
// samples, looking at far on the other side. bias is 1 for the upper of the two
// and 2 for the lower.
func upsampleRowH1V2Generic(dst, near, far []uint8, n, bias int) {
	dst, near, far = dst[:n], near[margin:margin+n], far[margin:margin+n]
	for i := range dst {
		dst[i] = uint8((3*int(near[i]) + int(far[i]) + bias) >> 2)
	}
}

// upsampleRowH2V2Generic makes one of the two pixel rows nearest to near, a row of n
// samples, looking at far on the other side, and doubles it.
func upsampleRowH2V2Generic(dst, near, far []uint8, n int) {
	dst = dst[:2*n]
	near, far = near[margin-1:margin+n+1], far[margin-1:margin+n+1]
	left := 3*int(near[0]) + int(far[0])
	here := 3*int(near[1]) + int(far[1])
	for i := range n {
		right := 3*int(near[i+2]) + int(far[i+2])
		dst[2*i] = uint8((3*here + left + 8) >> 4)
		dst[2*i+1] = uint8((3*here + right + 7) >> 4)
		left, here = here, right
	}
}

// repeatRow fills dst with each sample of src factor times.
func repeatRow(dst, src []uint8, factor int) {
	for i := 0; len(dst) > 0; i++ {
		n := min(factor, len(dst))
		for j := range n {
			dst[j] = src[i]
		}
		dst = dst[n:]
	}
}
