package typeset

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// draw draws a line from area's left edge on the baseline y, and nothing outside area.
func (w *Writer) draw(l line, area image.Rectangle, y int, style Style, c color.Color) {
	if area.Empty() {
		return
	}
	var pen vector.Rasterizer
	mask := image.NewAlpha(image.Rect(0, 0, area.Dx(), area.Dy()))
	x := fixed.Int26_6(0)
	for _, r := range l.runs {
		pen.Reset(area.Dx(), area.Dy())
		x += addRun(&pen, r, x, y-area.Min.Y, style)
		pen.Draw(mask, mask.Bounds(), image.Opaque, image.Point{})
	}
	draw.DrawMask(w.dst, area, image.NewUniform(c), image.Point{}, mask, image.Point{}, draw.Over)
}

// addRun adds a run's outlines to the pen, from x on the baseline y, and returns its width.
func addRun(pen *vector.Rasterizer, r shaped, x fixed.Int26_6, y int, style Style) fixed.Int26_6 {
	dot := x
	for _, g := range r.Glyphs {
		at := outliner{pen: pen, x: pixels(dot + g.XOffset), y: float32(y) - pixels(g.YOffset)}
		at.scale = float32(r.font.size(style)) / float32(r.font.face.Upem())
		if r.font.grid != 0 { // pixels must stay pixels
			at.x, at.y = round(at.x), round(at.y)
		}
		at.add(r.font.face, g)
		if style.Bold && r.font.thin {
			at.x += float32(style.Size) / 28
			at.add(r.font.face, g)
		}
		dot += g.Advance
	}
	return dot - x
}

func pixels(v fixed.Int26_6) float32 { return float32(v) / 64 }

func round(v float32) float32 { return float32(math.Round(float64(v))) }

// outliner draws glyphs' outlines at a place.
type outliner struct {
	pen         *vector.Rasterizer
	x, y, scale float32
}

func (o *outliner) add(face *font.Face, g shaping.Glyph) {
	outline, ok := face.GlyphDataOutline(g.GlyphID)
	if !ok {
		return
	}
	at := func(p opentype.SegmentPoint) (x, y float32) { return o.x + o.scale*p.X, o.y - o.scale*p.Y }
	for i, s := range outline.Segments {
		x0, y0 := at(s.Args[0])
		x1, y1 := at(s.Args[1])
		x2, y2 := at(s.Args[2])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			if i > 0 {
				o.pen.ClosePath()
			}
			o.pen.MoveTo(x0, y0)
		case opentype.SegmentOpLineTo:
			o.pen.LineTo(x0, y0)
		case opentype.SegmentOpQuadTo:
			o.pen.QuadTo(x0, y0, x1, y1)
		case opentype.SegmentOpCubeTo:
			o.pen.CubeTo(x0, y0, x1, y1, x2, y2)
		}
	}
	if len(outline.Segments) > 0 {
		o.pen.ClosePath()
	}
}
