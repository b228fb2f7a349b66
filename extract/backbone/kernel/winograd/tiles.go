package winograd

import "featurecache/extract/backbone/kernel"

// tileSize is the number of outputs that a tile computes along each axis: the m
// of F(m,r).
const tileSize = 4

// A segment is a tile's extent along one axis: outputs from, …, from+valid−1.
// A short segment computes three outputs, one fewer, and then needs neither the
// product at ∞ nor the last input.
type segment struct {
	from, valid int
	short       bool
}

// split covers n outputs by ⌈n/4⌉ segments, of four outputs first and of three
// after. A segment costs two more products than it has outputs, so that 7 = 4+3
// costs 11 products where 4+4 would cost 12. Only for n = 1, 2 and 5 is the last
// segment not filled.
func split(n int) []segment {
	tiles := (n + tileSize - 1) / tileSize
	short := min(tileSize*tiles-n, tiles)
	segments := make([]segment, tiles)
	from := 0
	for i := range segments {
		size := tileSize
		if i >= tiles-short {
			size--
		}
		segments[i] = segment{from: from, valid: min(size, n-from), short: size < tileSize}
		from += size
	}
	return segments
}

// A class says which of a tile's axes are short. The order is such that the tiles
// that need a product are neighbours whichever product it is: those that have full
// rows, full columns, or both.
type class int

const (
	shortRows class = iota // three rows, four columns
	full
	shortCols
	shortBoth
	classes
)

func classOf(y, x segment) class {
	switch {
	case y.short && x.short:
		return shortBoth
	case y.short:
		return shortRows
	case x.short:
		return shortCols
	}
	return full
}

// A tile is one image's tile as the transforms need it. Its fields are read by
// assembly: asm/winograd.go has their offsets. Distances are in floats.
type tile struct {
	src, dst, res    int // the first sample read, the first output, the first residual
	lastRow, lastCol int // from the first sample to the last that the tile needs
	rows, cols       int // valid outputs
	_                int
}

// A place is a tile within an image.
type place struct{ y, x segment }

// raster is an h×w image's tiles, row by row.
func raster(h, w int) []place {
	var places []place
	for _, y := range split(h) {
		for _, x := range split(w) {
			places = append(places, place{y, x})
		}
	}
	return places
}

// A block is the tiles that are computed together, ordered by class.
type block struct {
	tiles []tile
	count [classes]int
	jobs  []job // nil if the block is a part, to be joined with those of other images
}

func (c *Conv) addBlock(places []place) {
	var b block
	for k := range classes {
		for _, p := range places {
			if classOf(p.y, p.x) == k {
				b.tiles = append(b.tiles, c.tile(p))
				b.count[k]++
			}
		}
	}
	if c.images == 0 {
		b.jobs = c.plan(nil, b)
	}
	c.blocks = append(c.blocks, b)
}

func (c *Conv) tile(p place) tile {
	o, sc := &c.opt, c.opt.Weights.scheme
	return tile{
		src:     o.Src.Offset(0, p.y.from*sc.stride, p.x.from*sc.stride),
		dst:     o.Dst.Offset(0, p.y.from, p.x.from),
		res:     o.Res.Offset(0, p.y.from, p.x.from),
		lastRow: sc.lastSample(p.y.short) * sc.stride * o.Src.RowStride(),
		lastCol: sc.lastSample(p.x.short) * sc.stride * kernel.Lanes,
		rows:    p.y.valid,
		cols:    p.x.valid,
	}
}

// joined is the block of several images' tiles.
func (b block) joined(tiles []tile, images int, dst, src, res int) block {
	j := block{tiles: tiles[:0]}
	at := 0
	for k, n := range b.count {
		for i := range images {
			for _, t := range b.tiles[at : at+n] {
				t.dst += i * dst
				t.src += i * src
				t.res += i * res
				j.tiles = append(j.tiles, t)
			}
		}
		j.count[k] = n * images
		at += n
	}
	return j
}

// border is how many samples before and after n inputs are read along one axis for
// the tiles of that many outputs.
func (s *scheme) border(n, outputs int) (before, after int) {
	segments := split(outputs)
	// No segment reads further than the last: it begins where the one before ends,
	// and has at most one output fewer.
	last := segments[len(segments)-1]
	for _, p := range s.axis {
		before = max(before, -p.offset)
		end := s.stride*(last.from+s.lastSample(last.short || p.short)) + p.offset
		after = max(after, end-(n-1))
	}
	return before, after
}

func outputs(n, stride int) int { return (n + stride - 1) / stride }

// Border is how many zero rows (columns) a convolution reads above and below
// (before and after) an image of n rows (columns): [kernel.Layout]'s Top and Left
// must be at least before, Rows−Top−H and Cols−Left−W at least after. It panics
// unless the shape is [Shape.Supported]. For 3×3 at stride 1 it is (1, 1) except
// for n = 1, 2 and 5.
func (s Shape) Border(n int) (before, after int) {
	return s.scheme().border(n, outputs(n, s.Stride))
}
