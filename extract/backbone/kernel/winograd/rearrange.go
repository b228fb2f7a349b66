package winograd

import "featurecache/extract/backbone/kernel"

// stemRows are the rows of the three channels that a row of the rearranged image
// takes, those of even taps first.
type stemRows [2 * stemChannels][]float32

// rearrange fills the scratch with the rows that a block needs, from row first on.
func (s *Stem) rearrange(sc *Scratch, image []float32, first int) {
	cols := s.conv.opt.Src.Cols
	for j := range s.rows {
		var rows stemRows
		for k := range rows {
			y := stemStride*(first+j) - stemKernel/2 + k/stemChannels
			rows[k] = sc.blank[:s.w]
			if y >= 0 && y < s.h {
				rows[k] = image[(k%stemChannels*s.h+y)*s.w:][:s.w]
			}
		}
		s.rearrangeRow(sc.rows[j*cols*kernel.Lanes:][:cols*kernel.Lanes], &rows)
	}
}

func (s *Stem) rearrangeRow(dst []float32, rows *stemRows) {
	// Pixels that lie entirely in the image are handled eight at a time.
	const group = 8
	from, to := stemKernel/4+1, (s.w+1)/2+1
	if to-from < group {
		rearrangeGeneric(dst, rows, 0, len(dst)/kernel.Lanes)
		return
	}
	rearrangeGeneric(dst, rows, 0, from)
	s.conv.level.rearrange(dst, rows, from, to)
	rearrangeGeneric(dst, rows, to, len(dst)/kernel.Lanes)
}

// rearrangeGeneric makes the pixels from, …, to−1 of a row of the rearranged image:
// channel 2k+i of pixel x is column 2x−3+i of rows[k], or 0 outside.
func rearrangeGeneric(dst []float32, rows *stemRows, from, to int) {
	for x := from; x < to; x++ {
		pixel := dst[x*kernel.Lanes:][:kernel.Lanes]
		clear(pixel)
		if first := stemStride*x - stemKernel/2; first+1 < 0 || first >= len(rows[0]) {
			continue
		}
		for k, row := range rows {
			for i := range 2 {
				if c := stemStride*x - stemKernel/2 + i; c >= 0 && c < len(row) {
					pixel[2*k+i] = row[c]
				}
			}
		}
	}
}
