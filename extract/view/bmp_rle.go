package view

import "fmt"

// readRLE reads pixels stored as run lengths: pairs of a count and an index (or,
// with RLE4, two indices that alternate), and escapes that start with a zero.
// It reads them as Pillow does, oddities included, and refuses a picture that ends early.
func (f *bmpFile) readRLE() (*Image, error) {
	four := f.compression == bmpRLE4
	if f.bits != 8 && f.bits != 4 {
		return nil, fmt.Errorf("%w: run lengths with %d bits per pixel", ErrCorrupt, f.bits)
	}
	// A pair of bytes encodes up to 255 pixels, an escape skips up to 255 rows.
	if total := f.width * f.height; total > int64(len(f.pixels))*(256+64*f.width) {
		return nil, fmt.Errorf("%w: %d bytes can't hold %d×%d pixels", ErrTruncated, len(f.pixels), f.width, f.height)
	}
	w := &rleWriter{width: int(f.width), out: make([]uint8, f.width*f.height)}
	if err := w.run(f.pixels, four); err != nil {
		return nil, err
	}
	img := newImage(int(f.width), int(f.height))
	for i, index := range w.out {
		y, x := int64(i)/f.width, i%w.width
		copy(img.row(f.line(y))[3*x:3*x+3], f.palette[index][:])
	}
	return img, nil
}

// rleWriter writes indices, in stored order, to out from n on; x is the column as
// Pillow counts it.
type rleWriter struct {
	width, n, x int
	out         []uint8
}

func (w *rleWriter) put(v uint8) {
	if w.n < len(w.out) {
		w.out[w.n] = v
		w.n++
	}
}

func (w *rleWriter) run(data []byte, four bool) error {
	pos := 0
	short := fmt.Errorf("%w: the run lengths end early", ErrTruncated)
	for w.n < len(w.out) {
		if pos+2 > len(data) {
			return short
		}
		count, value := int(data[pos]), data[pos+1]
		pos += 2
		switch {
		case count > 0:
			count = max(0, min(count, w.width-w.x)) // a run ends with its row
			for i := range count {
				w.put(nibble(value, i, four))
			}
			w.x += count
		case value == 0: // end of row
			for w.n%w.width != 0 {
				w.put(0)
			}
			w.x = 0
		case value == 1: // end of picture
			return short
		case value == 2: // move right and up
			if pos+2 > len(data) {
				return short
			}
			skip := int(data[pos]) + int(data[pos+1])*w.width
			pos += 2
			w.n += min(skip, len(w.out)-w.n)
			w.x = w.n % w.width
		default: // value pixels one by one, padded to an even number of bytes
			count = min(int(value), len(w.out)-w.n)
			size := count
			if four {
				size = (count + 1) / 2
			}
			if pos+size > len(data) {
				return short
			}
			for i := range count {
				if four {
					w.put(nibble(data[pos+i/2], i, true))
				} else {
					w.put(data[pos+i])
				}
			}
			w.x += int(value)
			pos += size + size%2
		}
	}
	return nil
}

// nibble returns value, or with four the high half for even i and the low for odd.
func nibble(value uint8, i int, four bool) uint8 {
	switch {
	case !four:
		return value
	case i%2 == 0:
		return value >> 4
	}
	return value & 15
}
