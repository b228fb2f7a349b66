package jpeg

// A component's samples are kept for one strip at a time: the block rows of one
// row of interleaved MCUs, plus the last sample row of the strip before, which
// the vertical filters read.

// margin is the space left of the samples and the least space right of them: the filters
// read one sample beyond either end, and vectors read further.
const margin = 64

// plane holds the samples of a strip. Row r of the component lies at row
// r-top+1 of pix; row 0 is the one before the strip.
type plane struct {
	pix     []uint8
	unit    int // the frame's
	pitch   int // bytes from one row to the next
	top     int // the component's row at which the strip begins
	upscale upsampling
}

// prepare allocates the strip of a component, in the old memory if it is large enough.
func (c *component) prepare(f *frame) {
	c.pitch = margin + c.unit*c.stride + margin
	n := (c.unit*c.v + 1) * c.pitch
	if cap(c.pix) < n {
		c.pix = make([]uint8, n)
	}
	c.pix = c.pix[:n]
	c.top = 0
	c.upscale = chooseUpsampling(c, f)
}

// at is the index in pix of the sample that row r begins with.
func (c *component) at(r int) int { return (r-c.top+1)*c.pitch + margin }

// row returns the samples of row r with the margins on both sides; sample x is
// at index margin+x. Rows outside the image repeat its edge.
func (c *component) row(r int) []uint8 {
	i := c.at(min(max(r, 0), c.height-1)) - margin
	return c.pix[i : i+c.pitch]
}

// beginStrip moves on to strip number s.
func (c *component) beginStrip(s int) {
	if s > 0 {
		last := c.pix[c.unit*c.v*c.pitch:]
		copy(c.pix[:c.pitch], last[:c.pitch])
	}
	c.top = c.unit * c.v * s
}

// endStrip repeats the outermost samples of each row in the margins, where the
// horizontal filters read them.
func (c *component) endStrip() {
	if !c.upscale.horizontal() {
		return
	}
	for i := c.pitch; i < len(c.pix); i += c.pitch {
		row := c.pix[i : i+c.pitch]
		row[margin-1] = row[margin]
		row[margin+c.width] = row[margin+c.width-1]
	}
}

// storeBlock writes the samples of block (bx, by) of the component. Blocks that
// only pad the last MCUs hold no samples and are left out.
func (c *component) storeBlock(bx, by int, blk *block, hasAC bool) {
	if bx >= c.blocksWide || by >= c.blocksHigh {
		return
	}
	dst := c.pix[c.at(8*by)+8*bx:]
	if hasAC {
		idct(dst, c.pitch, blk, &c.quant)
	} else {
		idctDC(dst, c.pitch, blk[0], c.quant[0])
	}
}
