package inline

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"

	"golang.org/x/image/draw"
)

// sixel writes a picture in 216 colours, dithered. A sixel is a column of six
// pixels of one colour: each band of six rows is written once per colour in it.
func sixel(out *bytes.Buffer, picture image.Image) error {
	colours := color.Palette(palette.WebSafe)
	size := picture.Bounds().Size()
	indexed := image.NewPaletted(image.Rectangle{Max: size}, colours)
	draw.FloydSteinberg.Draw(indexed, indexed.Bounds(), picture, picture.Bounds().Min)

	fmt.Fprintf(out, "\x1bP0;1q\"1;1;%d;%d", size.X, size.Y)
	for i, c := range colours {
		r, g, b, _ := c.RGBA()
		fmt.Fprintf(out, "#%d;2;%d;%d;%d", i, percent(r), percent(g), percent(b))
	}
	for top := 0; top < size.Y; top += 6 {
		band(out, indexed, top)
	}
	out.WriteString("\x1b\\")
	return nil
}

func percent(v uint32) uint32 { return (v*100 + 0x7fff) / 0xffff }

// band writes rows top to top+5, one pass over the columns for each colour.
func band(out *bytes.Buffer, img *image.Paletted, top int) {
	size := img.Bounds().Size()
	rows := min(6, size.Y-top)
	sixels := make(map[uint8][]byte)
	for y := range rows {
		for x, c := range img.Pix[(top+y)*img.Stride:][:size.X] {
			if sixels[c] == nil {
				sixels[c] = make([]byte, size.X)
			}
			sixels[c][x] |= 1 << y
		}
	}
	for c := range 256 {
		if columns, ok := sixels[uint8(c)]; ok {
			fmt.Fprintf(out, "#%d", c)
			runs(out, columns)
			out.WriteByte('$') // back to the first column
		}
	}
	out.WriteByte('-') // the next band
}

// runs writes sixels, four or more equal ones as a count and one sixel.
func runs(out *bytes.Buffer, columns []byte) {
	for len(columns) > 0 {
		n := 1
		for n < len(columns) && columns[n] == columns[0] {
			n++
		}
		digit := '?' + columns[0]
		if n > 3 {
			fmt.Fprintf(out, "!%d%c", n, digit)
		} else {
			out.Write(bytes.Repeat([]byte{digit}, n))
		}
		columns = columns[n:]
	}
}
