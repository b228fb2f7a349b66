package view

// normaliser holds the float of each 8-bit sample, per channel: torchvision's
// ToTensor and Normalize, ((p/255) − mean) / std, each step rounded to float32.
type normaliser struct {
	of  [3][256]float32
	bgr bool // the planes are blue, green, red
}

func newNormaliser(t Transform) *normaliser {
	n := &normaliser{bgr: t.BGR}
	for c := range n.of {
		for p := range n.of[c] {
			n.of[c][p] = (float32(p)/255 - t.Mean[c]) / t.Std[c]
		}
	}
	return n
}

// write normalises a view of size × size RGB pixels, its rows stride bytes apart,
// into the three planes of dst, mirrored when flip is set.
func (n *normaliser) write(dst []float32, rgb []uint8, size, stride int, flip bool) {
	plane := size * size
	red, blue := 0, 2*plane
	if n.bgr {
		red, blue = blue, red
	}
	for y := range size {
		r := dst[red+y*size:][:size]
		g := dst[plane+y*size:][:size]
		b := dst[blue+y*size:][:size]
		row := rgb[y*stride:][:3*size]
		if flip {
			n.mirrored(r, g, b, row)
		} else {
			n.straight(r, g, b, row)
		}
	}
}

func (n *normaliser) straight(r, g, b []float32, row []uint8) {
	g, b = g[:len(r)], b[:len(r)]
	for x := range r {
		r[x], g[x], b[x] = n.of[0][row[0]], n.of[1][row[1]], n.of[2][row[2]]
		row = row[3:]
	}
}

func (n *normaliser) mirrored(r, g, b []float32, row []uint8) {
	g, b = g[:len(r)], b[:len(r)]
	for x := len(r) - 1; x >= 0; x-- {
		r[x], g[x], b[x] = n.of[0][row[0]], n.of[1][row[1]], n.of[2][row[2]]
		row = row[3:]
	}
}
