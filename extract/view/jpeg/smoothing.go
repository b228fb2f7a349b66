package jpeg

// A progressive file may end properly, with EOI, before its scans have sent all low
// frequencies of all blocks. libjpeg then estimates the missing ones from the DC values
// of the surrounding 5×5 blocks (jdcoefct.c, decompress_smooth_data). That changes
// pixels, so it is done here too.

// smoothed is how many coefficients, in zigzag order, can be estimated.
const smoothed = 10

// kernel weighs the DC values of a block and its neighbours.
type kernel [5][5]int32

// dcKernels estimate coefficients 0 to 9 where none of 1 to 9 was sent.
var dcKernels = [smoothed]kernel{
	{{-2, -6, -8, -6, -2}, {-6, 6, 42, 6, -6}, {-8, 42, 152, 42, -8}, {-6, 6, 42, 6, -6}, {-2, -6, -8, -6, -2}},
	{{-1, -1, 0, 1, 1}, {-3, 13, 0, -13, 3}, {-3, 38, 0, -38, 3}, {-3, 13, 0, -13, 3}, {-1, -1, 0, 1, 1}},
	{{-1, -3, -3, -3, -1}, {-1, 13, 38, 13, -1}, {}, {1, -13, -38, -13, 1}, {1, 3, 3, 3, 1}},
	{{0, 0, 1}, {0, 2, 7, 2}, {0, -5, -14, -5}, {0, 2, 7, 2}, {0, 0, 1}},
	{{-1, 0, 0, 0, 1}, {0, 9, 0, -9}, {}, {0, -9, 0, 9}, {1, 0, 0, 0, -1}},
	{{}, {0, 2, -5, 2}, {1, 7, -14, 7, 1}, {0, 2, -5, 2}, {}},
	{{}, {0, 1, 0, -1}, {0, 2, 0, -2}, {0, 1, 0, -1}, {}},
	{{}, {0, 1, -3, 1}, {}, {0, -1, 3, -1}, {}},
	{{}, {0, 1, 0, -1}, {0, -3, 0, 3}, {0, 1, 0, -1}, {}},
	{{}, {0, 1, 2, 1}, {}, {0, -1, -2, -1}, {}},
}

// acKernels estimate coefficients 1 to 5 where some of 1 to 9 are known.
var acKernels = [6]kernel{
	1: {2: {-7, 50, 0, -50, 7}},
	2: {{0, 0, -7}, {0, 0, 50}, {}, {0, 0, -50}, {0, 0, 7}},
	3: {{0, 0, -1}, {0, 0, 13}, {0, 0, -24}, {0, 0, 13}, {0, 0, -1}},
	4: {{0, -1, 0, 1}, {-1, 10, 0, -10, 1}, {}, {1, -10, 0, 10, -1}, {0, 1, 0, -1}},
	5: {2: {-1, 13, -24, 13, -1}},
}

// needsSmoothing reports whether some low frequency is not fully known while everything
// that the estimate needs is known (libjpeg's smoothing_ok).
func (d *Decoder) needsSmoothing() bool {
	f := &d.frame
	if !f.progressive {
		return false
	}
	useful := false
	for i := range f.components {
		c := &f.components[i]
		if c.coefBits[0] < 0 {
			return false
		}
		for k := range smoothed {
			if c.quant[zigzag[k]] == 0 {
				return false
			}
			useful = useful || k > 0 && c.coefBits[k] != 0
		}
	}
	return useful
}

// smoothStrip turns the coefficients of strip s into samples, with estimates for
// coefficients that are zero and not fully known.
func (d *Decoder) smoothStrip(c *component, s int) {
	f := &d.frame
	bits := &c.coefBits
	if s > d.lastGood { // the last scan did not come so far
		bits = &c.prevCoefBits
		if d.scans == 1 {
			bits = &[64]int8{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1}
		}
	}
	rows := c.v
	if s == f.mcusHigh-1 {
		rows = c.blocksHigh - s*c.v
	}
	for r := range rows {
		by := s*c.v + r
		// libjpeg counts block rows as if all strips were as high as this one.
		n, total := s*rows+r, f.mcusHigh*rows
		ys := [5]int{by, by, by, by, by}
		if n > 0 {
			ys[0], ys[1] = by-1, by-1
		}
		if n > 1 {
			ys[0] = by - 2
		}
		if n < total-1 {
			ys[3], ys[4] = by+1, by+1
		}
		if n < total-2 {
			ys[4] = by + 2
		}
		for bx := range c.blocksWide {
			var dcs kernel
			for i, y := range ys {
				for j := range dcs[i] {
					x := min(max(bx+j-2, 0), c.blocksWide-1)
					dcs[i][j] = int32(c.block(y*c.stride + x)[0])
				}
			}
			blk := *c.block(by*c.stride + bx)
			c.estimate(&blk, &dcs, bits)
			c.storeBlock(bx, by, &blk, true)
		}
	}
}

// estimate fills in the coefficients of a block that are missing.
func (c *component) estimate(blk *block, dcs *kernel, bits *[64]int8) {
	kernels := acKernels[:]
	noAC := true
	for k := 1; k < smoothed; k++ {
		noAC = noAC && bits[k] == -1
	}
	if noAC {
		kernels = dcKernels[:]
		blk[0] = int16(c.predict(0, &kernels[0], dcs))
	}
	for k := 1; k < len(kernels); k++ {
		p := &blk[zigzag[k]]
		if bits[k] == 0 || *p != 0 {
			continue
		}
		v := c.predict(k, &kernels[k], dcs)
		if bits[k] > 0 { // only bits that are still missing
			limit := int64(1)<<bits[k] - 1
			v = min(max(v, -limit), limit)
		}
		*p = int16(v)
	}
}

// predict weighs the DC values around, and rescales from DC's quantiser to
// coefficient k's and by 1/256, rounding half away from zero.
func (c *component) predict(k int, w, dcs *kernel) int64 {
	sum := int32(0)
	for i := range w {
		for j := range w[i] {
			sum += w[i][j] * dcs[i][j]
		}
	}
	num := int64(c.quant[0]) * int64(sum)
	q := int64(c.quant[zigzag[k]])
	if num < 0 {
		return -((q<<7 - num) / (q << 8))
	}
	return (q<<7 + num) / (q << 8)
}
