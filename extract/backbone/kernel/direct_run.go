package kernel

import (
	"fmt"

	"featurecache/simd"
)

// tile is a multiple of the number of pixels that every level computes together,
// runTile of the number of runs.
const (
	tile    = 12
	runTile = 2
)

// A pixel holds the offsets of one output pixel: its first input, its output and
// its residual, each in channel block 0.
type pixel struct{ in, out, res int32 }

// Pixels is the list of a batch's output pixels that [Direct.Run] walks. Kernels gather
// their inputs through it, so a tile of 12 pixels may span rows and images, and only the
// last tile of a batch may be incomplete. If pixels come in runs, it lists the first pixel
// of each run. It also has memory to work in, so each goroutine needs its own.
type Pixels struct {
	list             []pixel
	plane            int // entries of one image
	tile             int // entries that are computed together
	inLen, outLen    int // floats that the list reaches into
	resLen, maxBatch int
	outStride        int
	packed           []float32 // see matrix.go
}

// Scratch is the number of floats that [Direct.Run] needs to work in on up to n images.
func (d *Direct) Scratch(n int) int {
	if d.matrix == nil {
		return 0
	}
	return d.matrix.packed(n * d.out.H * d.out.W)
}

// Pixels lists the output pixels of maxBatch images that lie at the given strides. scratch
// has [Direct.Scratch] floats, which a goroutine's convolutions may share.
func (d *Direct) Pixels(maxBatch, inStride, outStride, resStride int, scratch []float32) *Pixels {
	c := d.conv
	p := &Pixels{plane: d.out.H * d.rowEntries(), tile: tile, maxBatch: maxBatch, outStride: outStride, packed: scratch}
	if d.run > 1 {
		p.tile = runTile
	}
	p.inLen = (maxBatch-1)*inStride + d.in.Len()
	p.outLen = (maxBatch-1)*outStride + d.out.Len()
	if d.res.C > 0 {
		p.resLen = (maxBatch-1)*resStride + d.res.Len()
	}
	if want := d.Scratch(maxBatch); len(scratch) < want {
		panic(fmt.Sprintf("kernel: %d floats to work in, not %d", len(scratch), want))
	}
	n := maxBatch * p.plane
	// One tile more than there are, because kernels prefetch the next.
	p.list = make([]pixel, 0, (n+p.tile-1)/p.tile*p.tile+tile)
	for i := range maxBatch {
		for y := range d.out.H {
			for x := 0; x < d.out.W; x += d.run {
				x := min(x, d.out.W-d.run) // a row's last run computes some pixels again
				px := pixel{
					in:  int32(i*inStride + d.in.Offset(0, y*c.StrideH-c.PadTop, x*c.StrideW-c.PadLeft)),
					out: int32(i*outStride + d.out.Offset(0, y, x)),
				}
				if p.resLen > 0 {
					px.res = int32(i*resStride + d.res.Offset(0, y, x))
				}
				p.list = append(p.list, px)
			}
		}
	}
	// The last tile computes its last entry more than once.
	for len(p.list) < cap(p.list) {
		p.list = append(p.list, p.list[n-1])
	}
	return p
}

// rowEntries is the number of entries that list a row of output pixels.
func (d *Direct) rowEntries() int { return (d.out.W + d.run - 1) / d.run }

// Run computes the first n images of the batch that pixels was made for. dst, src
// and res (nil for none) start at image 0; dst must share no memory with src or res.
// Some pixels of image n may be computed too. Run computes the share s of the output
// channels.
func (d *Direct) Run(level simd.Level, dst, src, res []float32, pixels *Pixels, n int, s Share) {
	if n < 1 || n > pixels.maxBatch || len(src) < pixels.inLen || len(dst) < pixels.outLen || len(res) < pixels.resLen {
		panic(fmt.Sprintf("kernel: direct convolution of %d of %d images on buffers of %d, %d and %d floats",
			n, pixels.maxBatch, len(src), len(dst), len(res)))
	}
	entries := n * pixels.plane
	if d.matrix != nil && d.runMatrix(level, dst, src, res, pixels, entries, s) {
		return
	}
	first, end := s.Of(len(d.panels))
	chunk := d.chunk(entries)
	for from := 0; from < entries; from += chunk {
		to := min(from+chunk, entries)
		list := pixels.list[from:][:(to-from+pixels.tile-1)/pixels.tile*pixels.tile]
		for i := first; i < end; i++ {
			p := &d.panels[i]
			d.runPanel(level, dst, src, res, list, to-from, p)
			for b := range p.blocks {
				d.activate(level, dst, pixels, p.block+b, from, to)
			}
		}
	}
}

// chunk is how many of a number of entries are computed for all panels before the next.
func (d *Direct) chunk(entries int) int {
	in := 4 * d.conv.StrideH * d.conv.StrideW // bytes of a channel that a pixel reads
	switch {
	case d.conv.ownInputs() == 0 && d.Bytes() <= 512<<10:
		// The weights fit into the second-level cache beside a chunk's inputs. Weights
		// that don't are read once, and the inputs again for every panel.
		return max(4, (256<<10)/(d.conv.InC*in*tile)) * tile
	case d.conv.ownInputs() > 0 && d.conv.F != nil:
		// F finds the outputs of a panel in the second-level cache. Chunks are of whole
		// rows, since runs within a row may overlap.
		unit := tile
		if d.run > 1 {
			unit = runTile * d.rowEntries()
		}
		return max(1, (128<<10)/(Lanes*(in+4)*d.run*unit)) * unit
	}
	return entries
}

// activate applies F to a block of the output pixels of the entries from, …, to−1.
func (d *Direct) activate(level simd.Level, dst []float32, pixels *Pixels, block, from, to int) {
	if d.conv.F == nil {
		return
	}
	if d.run > 1 { // whole rows
		from, to = from/d.rowEntries()*d.out.W, to/d.rowEntries()*d.out.W
	}
	h, w := d.out.H, d.out.W
	if d.out.Cols == w { // one long row
		h, w = 1, h*w
	}
	missing := max(0, (block+1)*Lanes-d.conv.OutC)
	for from < to {
		image, y, x := from/(h*w), from/w%h, from%w
		n := min(w-x, to-from)
		row := dst[image*pixels.outStride+d.out.Offset(block, y, x):][:n*Lanes]
		d.conv.F(level, row, row)
		clearMissing(row, missing)
		from += n
	}
}
