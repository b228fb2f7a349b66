package view

// orient rotates and mirrors the picture so that it is upright.
func orient(src *Image, orientation int) *Image {
	if orientation == 1 {
		return src
	}
	w, h := src.Width, src.Height
	dst := &Image{Width: w, Height: h, Pix: make([]uint8, len(src.Pix))}
	if orientation >= 5 {
		dst.Width, dst.Height = h, w
	}
	for y := range dst.Height {
		row := dst.row(y)
		for x := range dst.Width {
			var sx, sy int
			switch orientation {
			case 2: // mirrored left to right
				sx, sy = w-1-x, y
			case 3: // upside down
				sx, sy = w-1-x, h-1-y
			case 4: // mirrored top to bottom
				sx, sy = x, h-1-y
			case 5: // mirrored along the falling diagonal
				sx, sy = y, x
			case 6: // to be rotated right
				sx, sy = y, h-1-x
			case 7: // mirrored along the rising diagonal
				sx, sy = w-1-y, h-1-x
			case 8: // to be rotated left
				sx, sy = w-1-y, x
			}
			copy(row[3*x:3*x+3], src.Pix[3*(sy*w+sx):])
		}
	}
	return dst
}
