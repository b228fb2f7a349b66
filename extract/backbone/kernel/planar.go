package kernel

// Import copies an image [C,H,W], row-major, into the layout l.
func Import(dst, src []float32, l Layout) {
	plane := l.H * l.W
	if l.Planar {
		for c := range l.C {
			for y := range l.H {
				copy(dst[l.Offset(c, y, 0):], src[c*plane+y*l.W:][:l.W])
			}
		}
		return
	}
	for y := range l.H { // a row of pixels stays in the cache for all its channels
		for c := range l.C {
			at := l.Offset(c/Lanes, y, 0) + c%Lanes
			for x, v := range src[c*plane+y*l.W:][:l.W] {
				dst[at+x*Lanes] = v
			}
		}
	}
}

// Export copies activations in the layout l to [C,H,W], row-major.
func Export(dst, src []float32, l Layout) {
	plane := l.H * l.W
	for c := range l.C {
		for y := range l.H {
			at := l.Offset(c/Lanes, y, 0) + c%Lanes
			row := dst[c*plane+y*l.W:][:l.W]
			for x := range row {
				row[x] = src[at+x*Lanes]
			}
		}
	}
}
