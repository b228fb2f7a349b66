package kernel

// What a gather's list says of an element that is not its input's.
const (
	Elsewhere = -1 // it is left as it is
	Zero      = -2 // it becomes 0
)

// Gather copies elements of one image into another, in any order. It is immutable.
type Gather struct {
	runs []run // in the order of the destination
}

// run is a number of elements that are adjacent in both images.
type run struct{ dst, src, n int32 } // src is Zero for zeros

// NewGather makes a gather to the layout out of an image in the layout in: element i of
// out's [C,H,W], row-major, is in's element from[i].
func NewGather(in, out Layout, from []int32) *Gather {
	g := &Gather{}
	plane := out.H * out.W
	src := offsets(in)
	for cb := range Blocks(out.C) {
		channels := min(Lanes, out.C-cb*Lanes)
		for p := range plane {
			at := int32(out.Offset(cb, p/out.W, p%out.W))
			for c := range channels {
				k := from[(cb*Lanes+c)*plane+p]
				if k >= 0 {
					k = src(k)
				}
				if k != Elsewhere {
					g.add(at+int32(c), k)
				}
			}
			g.fill(in, channels)
		}
	}
	return g
}

// offsets gives the place of an element of [C,H,W] in a layout.
func offsets(l Layout) func(i int32) int32 {
	plane, w := int32(l.H*l.W), int32(l.W)
	lanes := int32(l.lanes())
	block, row := int32(l.BlockStride()), int32(l.RowStride())
	first := int32(l.Offset(0, 0, 0))
	return func(i int32) int32 {
		c, p := i/plane, i%plane
		return first + c/lanes*block + p/w*row + p%w*lanes + c%lanes
	}
}

func (g *Gather) add(dst, src int32) {
	if k := len(g.runs) - 1; k >= 0 {
		last := &g.runs[k]
		zeros := last.src == Zero && src == Zero
		if dst == last.dst+last.n && (zeros || last.src != Zero && src == last.src+last.n) {
			last.n++
			return
		}
	}
	g.runs = append(g.runs, run{dst, src, 1})
}

// fill makes whole pixels of those of the last channels, so that runs of pixels join: what
// lies beyond the channels of an input's last block is zero too.
func (g *Gather) fill(in Layout, channels int) {
	if channels == Lanes || len(g.runs) == 0 || in.Planar || in.C%Lanes != channels {
		return
	}
	last := &g.runs[len(g.runs)-1]
	if last.src == Zero || last.n%Lanes != int32(channels) {
		return
	}
	end := last.src + last.n - int32(channels)
	if int(end) >= (Blocks(in.C)-1)*in.BlockStride() && end%Lanes == 0 {
		last.n += int32(Lanes - channels)
	}
}

// Empty reports whether there is nothing to copy.
func (g *Gather) Empty() bool { return len(g.runs) == 0 }

// Bytes is the size of the lists.
func (g *Gather) Bytes() int { return 12 * len(g.runs) }

// Run copies the share s of the elements of one image. dst must share no memory with src.
func (g *Gather) Run(dst, src []float32, s Share) {
	from, to := s.Of(len(g.runs))
	for _, r := range g.runs[from:to] {
		switch {
		case r.src == Zero:
			clear(dst[r.dst:][:r.n])
		case r.n == 1:
			dst[r.dst] = src[r.src]
		default:
			copy(dst[r.dst:][:r.n], src[r.src:])
		}
	}
}
