package graph

import "slices"

// A grid is a view that keeps channels and pixels apart: some axes count channels, the
// others pixels. Nearly everything that networks do to tokens stays one.
type grid struct {
	channels, pixels part // tables of channel numbers, and of pixel numbers y·W+x
}

// grid takes a view of one image apart. It reports false if an axis runs over both, or if
// there are zeros from nowhere.
func (x operand) grid() (grid, bool) {
	s := x.val.Shape
	plane := int32(s.H * s.W)
	v := x.viewed()
	start := int32(0)
	var channels, pixels []int // parts
	for i, p := range v {
		start += p.at[0]
		whole := true
		for _, at := range p.at {
			if at == nowhere {
				return grid{}, false
			}
			whole = whole && (at-p.at[0])%plane == 0
		}
		if whole {
			channels = append(channels, i)
		} else {
			pixels = append(pixels, i)
		}
	}
	// Elements that are read many times would make long tables.
	if tooLong(v, channels, x.dims, s.C) || tooLong(v, pixels, x.dims, int(plane)) {
		return grid{}, false
	}
	var g grid
	for k, parts := range [][]int{channels, pixels} {
		to := part{at: []int32{0}}
		if len(parts) > 0 {
			joined := v.join(slices.Clone(parts), x.dims)
			p := joined[len(joined)-1]
			if len(parts) == 1 {
				p = v[parts[0]]
			}
			to = part{axes: p.axes, at: make([]int32, len(p.at))}
			for i, at := range p.at {
				to.at[i] = at - p.at[0]
			}
		}
		by, first, limit := plane, start/plane, int32(s.C)
		if k == 1 {
			by, first, limit = 1, start%plane, plane
		}
		for i := range to.at {
			to.at[i] = first + to.at[i]/by
			if to.at[i] < 0 || to.at[i] >= limit {
				return grid{}, false
			}
		}
		if k == 0 {
			g.channels = to
		} else {
			g.pixels = to
		}
	}
	return g, true
}

// tooLong reports whether parts of a view make a table of many times n.
func tooLong(v view, parts []int, dims []int64, n int) bool {
	total := 1
	for _, i := range parts {
		size, _ := count(axesOf(v[i], dims))
		total *= int(size)
		if total > max(1<<16, 4*n) {
			return true
		}
	}
	return false
}

// view is the grid as a view of a value with planes of so many pixels.
func (g grid) view(plane int) view {
	c := part{g.channels.axes, make([]int32, len(g.channels.at))}
	for i, at := range g.channels.at {
		c.at[i] = at * int32(plane)
	}
	v := view{c, g.pixels}
	return slices.DeleteFunc(v.tidy(), func(p part) bool { return len(p.axes) == 0 && p.at[0] == 0 })
}

// long are the axes of a part with more than one element.
func (p part) long(dims []int64) []int {
	var long []int
	for _, a := range p.axes {
		if dims[a] > 1 {
			long = append(long, a)
		}
	}
	return long
}

// permutes reports whether a table names each of n things once.
func permutes(at []int32, n int) bool {
	if len(at) != n {
		return false
	}
	seen := make([]bool, n)
	for _, k := range at {
		if seen[k] {
			return false
		}
		seen[k] = true
	}
	return true
}

// complete reports whether a view of one image reads each element of its value once, each
// channel at the same pixels.
func (x operand) complete() bool {
	if x.view == nil {
		return true
	}
	g, ok := x.grid()
	s := x.val.Shape
	return ok && permutes(g.channels.at, s.C) && permutes(g.pixels.at, s.H*s.W)
}

// tokens reports whether the axis is exactly the channels of the value, in order, and the
// other axes its pixels, in any order. Such a view suits every layer that takes the
// channels of each pixel together.
func (x operand) tokens(axis int) bool {
	g, ok := x.grid()
	s := x.val.Shape
	if !ok || len(g.channels.at) != s.C || x.dims[axis] != int64(s.C) || !permutes(g.pixels.at, s.H*s.W) {
		return false
	}
	if long := g.channels.long(x.dims); s.C > 1 && !slices.Equal(long, []int{axis}) {
		return false
	}
	for i, c := range g.channels.at {
		if int(c) != i {
			return false
		}
	}
	return true
}
