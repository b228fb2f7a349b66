package view

// plainResize is the resize's definition, a pixel at a time: what the fast passes
// must equal.
func plainResize(img *Image, c Crop, side int, filter Interpolation) []uint8 {
	at := func(x, y, channel int) uint8 { return img.row(c.Top + y)[3*(c.Left+x)+channel] }
	columns, rows := &axis{filter: filter}, &axis{filter: filter}
	columns.set(c.Width, side, 0, side)
	rows.set(c.Height, side, 0, side)
	across := func(get func(x, y, channel int) uint8) func(x, y, channel int) uint8 {
		return func(x, y, channel int) uint8 {
			return columns.plain(x, func(i int) uint8 { return get(i, y, channel) })
		}
	}
	down := func(get func(x, y, channel int) uint8) func(x, y, channel int) uint8 {
		return func(x, y, channel int) uint8 {
			return rows.plain(y, func(i int) uint8 { return get(x, i, channel) })
		}
	}
	var view func(x, y, channel int) uint8
	if verticalFirst(c.Width, c.Height, side, side) {
		view = across(down(at))
	} else {
		view = down(across(at))
	}
	var out []uint8
	for y := range side {
		for x := range side {
			out = append(out, view(x, y, 0), view(x, y, 1), view(x, y, 2))
		}
	}
	return out
}

// plain is output i of the axis, in the arithmetic of Pillow's C.
func (a *axis) plain(i int, in func(int) uint8) uint8 {
	sum := int32(1 << (precisionBits - 1))
	for t := range a.taps {
		sum += int32(in(a.first[i]+t)) * int32(a.weights[i*a.taps+t])
	}
	return uint8(max(0, min(sum>>precisionBits, 255)))
}
