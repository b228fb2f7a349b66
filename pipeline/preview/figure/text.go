package figure

import (
	"image"
	"image/color"
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// writer writes lines of text into a figure.
type writer struct {
	dst           *image.RGBA
	bold, regular font.Face
}

func newWriter(dst *image.RGBA) (*writer, error) {
	bold, err := face(gobold.TTF, 15)
	if err != nil {
		return nil, err
	}
	regular, err := face(goregular.TTF, 13)
	if err != nil {
		return nil, err
	}
	return &writer{dst: dst, bold: bold, regular: regular}, nil
}

// face returns a font's face with size pixels to the em.
func face(ttf []byte, size float64) (font.Face, error) {
	parsed, err := opentype.Parse(ttf)
	if err != nil {
		return nil, err
	}
	return opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
}

// text writes s from x on the baseline y, shortened to at most width pixels. Characters
// that the font lacks appear as boxes.
func (w *writer) text(s string, x, y, width int, f font.Face, c color.Color) {
	d := font.Drawer{Dst: w.dst, Src: image.NewUniform(c), Face: f, Dot: fixed.P(x, y)}
	d.DrawString(fit(f, s, width))
}

// fit shortens s to at most width pixels. It ends a shortened text with an ellipsis, and
// does not cut between a letter and its accents. Line breaks and invisible characters
// become spaces.
func fit(f font.Face, s string, width int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, s)
	limit := fixed.I(width)
	if font.MeasureString(f, s) <= limit {
		return s
	}
	const ellipsis = "…"
	runes := []rune(s)
	// A title has a few dozen characters, or at most the 255 bytes of a folder's name, so
	// measuring from the end is cheap.
	for n := len(runes) - 1; n > 0; n-- {
		if unicode.Is(unicode.Mn, runes[n]) {
			continue
		}
		cut := strings.TrimRightFunc(string(runes[:n]), unicode.IsSpace) + ellipsis
		if font.MeasureString(f, cut) <= limit {
			return cut
		}
	}
	return ""
}
