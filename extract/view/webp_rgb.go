package view

import "image"

// upsample converts 4:2:0 planes to RGB as libwebp does by default ("fancy"):
// each chroma sample is a mean of the four nearest with weights 9, 3, 3 and 1,
// rounded in two steps. At the border the nearest sample is repeated.
func upsample(dst *Image, src *image.YCbCr) {
	for y := range dst.Height {
		near := y / 2
		far := near - 1 + 2*(y&1) // the other chroma row whose centre is close
		far = max(0, min(far, (dst.Height-1)/2))
		row := dst.row(y)
		luma := src.Y[y*src.YStride:]
		nu, nv := src.Cb[near*src.CStride:], src.Cr[near*src.CStride:]
		fu, fv := src.Cb[far*src.CStride:], src.Cr[far*src.CStride:]
		last := (dst.Width - 1) / 2
		for x := range dst.Width {
			a := x / 2
			b := a - 1 + 2*(x&1)
			var u, v int
			if b < 0 || b > last {
				u = (3*int(nu[a]) + int(fu[a]) + 2) >> 2
				v = (3*int(nv[a]) + int(fv[a]) + 2) >> 2
			} else {
				u = mean9331(nu[a], nu[b], fu[a], fu[b])
				v = mean9331(nv[a], nv[b], fv[a], fv[b])
			}
			yuvToRGB(row[3*x:3*x+3], int(luma[x]), u, v)
		}
	}
}

// mean9331 is (9a + 3b + 3c + d)/16 with libwebp's rounding.
func mean9331(a, b, c, d uint8) int {
	diagonal := (int(a) + int(b) + int(c) + int(d) + 8 + 2*(int(b)+int(c))) >> 3
	return (diagonal + int(a)) >> 1
}

// yuvToRGB is libwebp's BT.601 conversion in fixed point.
func yuvToRGB(dst []uint8, y, u, v int) {
	scale := func(x, factor int) int { return x * factor >> 8 }
	luma := scale(y, 19077)
	dst[0] = clip6(luma + scale(v, 26149) - 14234)
	dst[1] = clip6(luma - scale(u, 6419) - scale(v, 13320) + 8708)
	dst[2] = clip6(luma + scale(u, 33050) - 17685)
}

// clip6 drops six fractional bits and clips to 8 bits.
func clip6(v int) uint8 {
	return uint8(max(0, min(v>>6, 255)))
}
