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
// of each run.
type Pixels struct {
	list             []pixel
	plane            int // entries of one image
	tile             int // entries that are computed together
	inLen, outLen    int // floats that the list reaches into
	resLen, maxBatch int
	packed           []float32
}

// Pixels lists the output pixels of maxBatch images that lie at the given strides.
func (d *Direct) Pixels(maxBatch, inStride, outStride, resStride int) *Pixels {
	c := d.conv
	p := &Pixels{plane: d.out.H * ((d.out.W + d.run - 1) / d.run), tile: tile, maxBatch: maxBatch}
	if d.run > 1 {
		p.tile = runTile
	}
	p.inLen = (maxBatch-1)*inStride + d.in.Len()
	p.outLen = (maxBatch-1)*outStride + d.out.Len()
	if d.res.C > 0 {
		p.resLen = (maxBatch-1)*resStride + d.res.Len()
	}
	n := maxBatch * p.plane
	if d.matrix != nil {
		p.packed = Alloc(d.matrix.packedLen(n))
	}
	p.list = make([]pixel, 0, (n+p.tile-1)/p.tile*p.tile)
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

// Run computes the first n images of the batch that pixels was made for. dst, src
// and res (nil for none) start at image 0; dst must share no memory with src or res.
// Some pixels of image n may be computed too. Run computes the share s of the output
// channels.
func (d *Direct) Run(level simd.Level, dst, src, res []float32, pixels *Pixels, n int, s Share) {
	if n < 1 || n > pixels.maxBatch || len(src) < pixels.inLen || len(dst) < pixels.outLen || len(res) < pixels.resLen {
		panic(fmt.Sprintf("kernel: direct convolution of %d of %d images on buffers of %d, %d and %d floats",
			n, pixels.maxBatch, len(src), len(dst), len(res)))
	}
	left := n * pixels.plane
	list := pixels.list[:(left+pixels.tile-1)/pixels.tile*pixels.tile]
	if d.matrix != nil && level != simd.Generic {
		d.runMatrix(level, dst, src, res, pixels.packed, list, left, s)
		return
	}
	// A few weights fit into the L2 cache beside a chunk's inputs. Many do not: then they
	// are read once, and the inputs are read again for every panel.
	chunk := len(list)
	if d.Bytes() <= 512<<10 && d.conv.ownInputs() == 0 {
		perPixel := 4 * d.conv.InC * d.conv.StrideH * d.conv.StrideW
		chunk = max(4, (256<<10)/(perPixel*tile)) * tile
	}
	for len(list) > 0 {
		part := list[:min(chunk, len(list))]
		list = list[len(part):]
		from, to := s.Of(len(d.panels))
		for i := from; i < to; i++ {
			d.runPanel(level, dst, src, res, part, min(left, len(part)), &d.panels[i])
		}
		left -= len(part)
	}
}
