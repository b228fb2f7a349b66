package kernel

import "slices"

// What an element of a layer's result is, if it is not an offset of the input.
const (
	isZero    = -1
	isOther   = -2 // another input's
	isMissing = -3 // a channel beyond the last, which is zero too
)

// columnPixels is the number of pixels that are moved channel by channel: they stay in the
// first-level cache meanwhile.
const columnPixels = 32

// A movePlan makes [Moves].
type movePlan struct {
	Moves
	out, in Layout
	from    []int32 // as [NewMoves] takes it
	base    int32   // the first of its numbers that mean this input
	offsets []int32 // of the input's elements
	zeros   bool    // whether these moves make the zeros too
	moves   bool    // whether anything is moved
}

func newMoves(out, in Layout, from []int32, base int32, zeros bool) *movePlan {
	p := &movePlan{out: out, in: in, from: from, base: base, offsets: offsets(in), zeros: zeros}
	sources := make([]int32, out.H*out.W*Lanes)
	for cb := range Blocks(out.C) {
		p.first = append(p.first, int32(len(p.list)))
		p.sources(sources, cb)
		lanes, columns := p.byLane(sources, cb), p.byColumn(sources, cb)
		if cost(columns) < cost(lanes) {
			lanes = columns
		}
		p.list = append(p.list, lanes...)
	}
	p.first = append(p.first, int32(len(p.list)))
	p.list = slices.Clip(p.list)
	return p
}

// cost estimates the time that moves take, in nanoseconds.
func cost(list []move) float64 {
	t := 0.0
	for _, m := range list {
		each := 0.6
		if m.across == 1 && (m.step == 1 || m.from < 0) {
			each = 0.08
		}
		t += 3 + each*float64(m.n)
	}
	return t
}

// offsets is where the elements of a value lie, in its order.
func offsets(l Layout) []int32 {
	all := make([]int32, 0, l.C*l.H*l.W)
	for c := range l.C {
		for y := range l.H {
			at := int32(l.Offset(c/Lanes, y, 0) + c%Lanes)
			for x := range l.W {
				all = append(all, at+int32(x*Lanes))
			}
		}
	}
	return all
}

// sources finds what the elements of a block of channels are, pixel by pixel.
func (p *movePlan) sources(list []int32, cb int) {
	plane := p.out.H * p.out.W
	for i := range list {
		pixel, c := i/Lanes, cb*Lanes+i%Lanes
		if c >= p.out.C {
			list[i] = isMissing
			continue
		}
		at := p.from[c*plane+pixel]
		switch {
		case at < 0:
			list[i] = isZero
		case at >= p.base && int(at-p.base) < len(p.offsets):
			list[i] = p.offsets[at-p.base]
			p.moves = true
		default:
			list[i] = isOther
		}
	}
}

// byLane makes the moves of a block of channels in the order of its floats.
func (p *movePlan) byLane(sources []int32, cb int) []move {
	var list chain
	for i, from := range sources {
		pixel := i / Lanes
		to := int32(p.out.Offset(cb, pixel/p.out.W, pixel%p.out.W) + i%Lanes)
		switch {
		case from == isMissing && p.goesOn(list, to):
			list[len(list)-1].n++
		case from >= 0:
			list.add(to, from, 1)
		case from != isOther && p.zeros:
			list.add(to, isZero, 1)
		}
	}
	return list
}

// goesOn reports whether the last move, if it went on, would read a missing channel for the
// missing channel at to. Both are zeros, and so it can go on with the next pixel.
func (p *movePlan) goesOn(list chain, to int32) bool {
	if len(list) == 0 {
		return false
	}
	last := list[len(list)-1]
	next, start, have := int(last.from+last.n), (Blocks(p.in.C)-1)*p.in.BlockStride(), (p.in.C-1)%Lanes+1
	return last.to+last.n == to && last.from >= 0 && last.step == 1 && next >= start && next%Lanes >= have && next%Lanes == int(to)%Lanes
}

// byColumn makes the moves of a block of channels channel by channel, for a few pixels of
// a row at a time.
func (p *movePlan) byColumn(sources []int32, cb int) []move {
	var list []move
	for first := 0; first < len(sources)/Lanes; {
		y, x := first/p.out.W, first%p.out.W
		n := min(columnPixels, p.out.W-x)
		for l := range Lanes {
			var part chain
			for i := range n {
				to, from := int32(p.out.Offset(cb, y, x+i)+l), sources[(first+i)*Lanes+l]
				switch {
				case from >= 0:
					part.add(to, from, Lanes)
				case from != isOther && p.zeros:
					part.add(to, isZero, Lanes)
				}
			}
			list = append(list, part...)
		}
		first += n
	}
	return list
}

// A chain is a list of moves, whose last one may grow.
type chain []move

// add adds an element, to the last move if it continues it, across floats further on.
func (c *chain) add(to, from, across int32) {
	if k := len(*c) - 1; k >= 0 {
		last := &(*c)[k]
		switch {
		case to != last.to+last.n*across || (from < 0) != (last.from < 0):
		case from < 0:
			last.n++
			return
		case last.n == 1:
			last.step = from - last.from
			last.n++
			return
		case from == last.from+last.n*last.step:
			last.n++
			return
		case last.n == 2 && across == 1 && from == last.from+last.step+1: // better a row than a pair
			last.n, last.step = 1, 1
			*c = append(*c, move{to: to - 1, from: from - 1, across: 1, step: 1, n: 2})
			return
		}
	}
	*c = append(*c, move{to: to, from: from, across: across, step: 1, n: 1})
}
