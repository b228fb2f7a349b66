package figure

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
)

// ErrTooLarge is returned when a figure would have more pixels than anyone can
// look at.
var ErrTooLarge = errors.New("the figure is too large")

// maxPixels bounds a figure: 256 MiB of RGBA.
const maxPixels = 64 << 20

// Cell is one picture and what stands above it.
type Cell struct {
	Picture *image.RGBA
	Title   string // in bold
	Note    string // beneath the title, smaller
	Marked  bool   // framed, and its note in red: something is wrong here
}

// Measures in pixels.
const (
	margin  = 12 // around the figure
	gap     = 12 // between cells
	frame   = 4  // of a marked cell
	caption = 40 // height of title and note
	minSide = 160
)

var (
	paper = color.RGBA{255, 255, 255, 255}
	ink   = color.RGBA{26, 26, 26, 255}
	pale  = color.RGBA{90, 90, 90, 255}
	alarm = color.RGBA{192, 28, 40, 255}
)

// Grid draws cells row by row, columns to a row. All pictures have the same size;
// small ones are enlarged by a whole number, so that each of their pixels remains
// a sharp square and titles have room.
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
	write, err := newWriter(figure)
	if err != nil {
		return nil, err
	}
	for i, cell := range cells {
		at := image.Pt(margin+i%columns*(size.X+gap), margin+i/columns*(caption+size.Y+gap))
		noteColour := pale
		if cell.Marked {
			noteColour = alarm
		}
		write.text(cell.Title, at.X, at.Y+15, size.X, write.bold, ink)
		write.text(cell.Note, at.X, at.Y+32, size.X, write.regular, noteColour)
		area := image.Rectangle{Min: at.Add(image.Pt(0, caption))}
		area.Max = area.Min.Add(size)
		if cell.Marked {
			draw.Draw(figure, area.Inset(-frame), image.NewUniform(alarm), image.Point{}, draw.Src)
		}
		enlarge(figure, area, cell.Picture, scale)
	}
	return figure, nil
}

// Check tells beforehand whether a figure of so many square pictures can be drawn:
// the error wraps [ErrTooLarge] when not.
func Check(pictures, side int) error {
	drawn := side * enlargement(side)
	if pictures > maxPixels/((drawn+gap)*(drawn+gap+caption)) {
		return fmt.Errorf("%w: %d pictures of %d×%d pixels", ErrTooLarge, pictures, drawn, drawn)
	}
	return nil
}

// enlargement is how often each pixel of a small picture is repeated.
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

// Columns is the number of columns in which n pictures look well: one row of up to
// four, then about as many rows as columns, eight at most.
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
