package figure

import (
	"image"
	"image/color"
	"image/draw"
	"testing"
)

// plain is a picture of one colour.
func plain(side int, c color.Color) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(p, p.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	return p
}

func TestGrid(t *testing.T) {
	red, blue := color.RGBA{200, 0, 0, 255}, color.RGBA{0, 0, 200, 255}
	for _, side := range []int{64, 160, 224} {
		cells := []Cell{
			{Picture: plain(side, red), Title: "ants"}, {Picture: plain(side, blue), Title: "bees", Marked: true}, {Picture: plain(side, red)},
		}
		got, err := Grid(cells, 2)
		if err != nil {
			t.Fatal(err)
		}
		scaled := side
		if side == 64 {
			scaled = 3 * side
		}
		want := image.Pt(2*margin+2*scaled+gap, 2*margin+2*(scaled+caption)+gap)
		if got.Bounds().Size() != want {
			t.Errorf("side %d: figure of %v, want %v", side, got.Bounds().Size(), want)
		}
		second := image.Pt(margin+scaled+gap, margin+caption)
		last := second.Add(image.Pt(scaled-1, scaled-1))
		for _, c := range []struct {
			what string
			at   image.Point
			want color.RGBA
		}{
			{"first picture", image.Pt(margin, margin+caption), red},
			{"second picture's first pixel", second, blue},
			{"second picture's last pixel", last, blue},
			{"its frame before it", second.Sub(image.Pt(frame, frame)), alarm},
			{"its frame after it", last.Add(image.Pt(frame, frame)), alarm},
			{"paper around the frame", last.Add(image.Pt(frame+1, frame+1)), paper},
			{"third picture", image.Pt(margin, 2*margin+2*caption+scaled), red},
			{"no fourth picture", image.Pt(second.X, 2*margin+2*caption+scaled), paper},
		} {
			if g := got.RGBAAt(c.at.X, c.at.Y); g != c.want {
				t.Errorf("side %d: %s at %v is %v, want %v", side, c.what, c.at, g, c.want)
			}
		}
		if !inked(got, image.Rect(margin, margin, margin+scaled, margin+caption)) {
			t.Errorf("side %d: the title is not there", side)
		}
	}
}

func inked(img *image.RGBA, area image.Rectangle) bool {
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			if img.RGBAAt(x, y) != paper {
				return true
			}
		}
	}
	return false
}

func TestGridBounds(t *testing.T) {
	cells := make([]Cell, 3000)
	picture := plain(224, color.White)
	for i := range cells {
		cells[i].Picture = picture
	}
	if _, err := Grid(cells, 8); err == nil {
		t.Errorf("3000 pictures: %v", err)
	}
	if _, err := Grid(nil, 3); err != nil {
		t.Errorf("no picture: %v", err)
	}
}

func TestColumns(t *testing.T) {
	for n, want := range map[int]int{0: 1, 1: 1, 4: 4, 5: 3, 6: 3, 9: 3, 10: 4, 16: 4, 64: 8, 200: 8} {
		if got := Columns(n); got != want {
			t.Errorf("%d pictures in %d columns, want %d", n, got, want)
		}
	}
}
