// Package figure draws captioned pictures in rows, as matplotlib's subplots do: [Grid]
// draws them.
package figure

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"featurecache/pipeline/preview/typeset"
)

// maxPixels is the most pixels of a figure, more than anyone can look at: 256 MiB as RGBA.
const maxPixels = 64 << 20

// Cell is a picture and its caption.
type Cell struct {
	Picture *image.RGBA
	Title   string // in bold
	Note    string // below the title, smaller
	Marked  bool   // draws a red frame and a red note
}

// Measures in pixels.
const (
	margin  = 12  // around the figure
	gap     = 12  // between cells
	frame   = 4   // around a marked cell
	caption = 40  // height of title and note
	minSide = 160 // smaller pictures are enlarged to at least this
)

var (
	titleStyle = typeset.Style{Size: 15, Bold: true}
	noteStyle  = typeset.Style{Size: 13}
)

var (
	paper = color.RGBA{255, 255, 255, 255}
	ink   = color.RGBA{26, 26, 26, 255}
	pale  = color.RGBA{90, 90, 90, 255}
	alarm = color.RGBA{192, 28, 40, 255}
)

// Grid draws cells row by row, with the given number of columns. All pictures must have the
// same size. Small ones are enlarged by an integer factor, so that their pixels stay sharp
// squares and captions have room. It is an error if the
// figure would be too large.
func Grid(cells []Cell, columns int) (*image.RGBA, error) {
	if len(cells) == 0 || columns < 1 {
		return image.NewRGBA(image.Rect(0, 0, 1, 1)), nil
	}
	columns = min(columns, len(cells))
	rows := (len(cells) + columns - 1) / columns
	size := cells[0].Picture.Bounds().Size()
	if err := Check(len(cells), size.X); err != nil {
		return nil, err
	}
	scale := enlargement(size.X)
	size = size.Mul(scale)
	figure := image.NewRGBA(image.Rect(0, 0, 2*margin+columns*(size.X+gap)-gap, 2*margin+rows*(caption+size.Y+gap)-gap))
	draw.Draw(figure, figure.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	write, err := typeset.NewWriter(figure)
	if err != nil {
		return nil, err
	}
	for i, cell := range cells {
		at := image.Pt(margin+i%columns*(size.X+gap), margin+i/columns*(caption+size.Y+gap))
		noteColour := pale
		if cell.Marked {
			noteColour = alarm
		}
		write.Line(cell.Title, at.X, at.Y+15, size.X, titleStyle, ink)
		write.Line(cell.Note, at.X, at.Y+32, size.X, noteStyle, noteColour)
		area := image.Rectangle{Min: at.Add(image.Pt(0, caption))}
		area.Max = area.Min.Add(size)
		if cell.Marked {
			draw.Draw(figure, area.Inset(-frame), image.NewUniform(alarm), image.Point{}, draw.Src)
		}
		enlarge(figure, area, cell.Picture, scale)
	}
	return figure, nil
}

// Check returns the error that [Grid] would return for this many square pictures, before
// they are made.
func Check(pictures, side int) error {
	drawn := side * enlargement(side)
	if pictures > maxPixels/((drawn+gap)*(drawn+gap+caption)) {
		return fmt.Errorf("the figure is too large: %d pictures of %d×%d pixels; draw fewer", pictures, drawn, drawn)
	}
	return nil
}

// enlargement is the integer factor by which a small picture is enlarged.
func enlargement(side int) int { return max(1, (minSide+side-1)/side) }

// enlarge draws picture into area of dst, each pixel a square of scale×scale.
func enlarge(dst *image.RGBA, area image.Rectangle, picture *image.RGBA, scale int) {
	if scale == 1 {
		draw.Draw(dst, area, picture, picture.Bounds().Min, draw.Src)
		return
	}
	origin := picture.Bounds().Min
	for y := range area.Dy() {
		for x := range area.Dx() {
			dst.SetRGBA(area.Min.X+x, area.Min.Y+y, picture.RGBAAt(origin.X+x/scale, origin.Y+y/scale))
		}
	}
}

// Columns returns a suitable number of columns for n pictures: up to four in one row, then
// about as many columns as rows, but at most eight.
func Columns(n int) int {
	if n <= 4 {
		return max(n, 1)
	}
	columns := 3
	for columns*columns < n && columns < 8 {
		columns++
	}
	return columns
}
