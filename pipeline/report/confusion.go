package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"

	"featurecache/head"
)

// maxMatrix is the most classes whose matrix is a table; a larger one is drawn as a
// picture, beside a list of the most frequent confusions.
const maxMatrix = 12

// confusion is the confusion matrix: its cells, or a picture of them.
type confusion struct {
	Head    []string
	Rows    []confusionRow
	Picture template.URL
	Text    string
	Pairs   *table // the most frequent confusions
}

type confusionRow struct {
	Class string
	Cells []confusionCell
}

// confusionCell is a count; Style shades it by its share of the row.
type confusionCell struct {
	Count int
	Style string
}

func newConfusion(classes []string, m *head.Metrics) (confusion, error) {
	c := confusion{Pairs: confusedPairs(classes, m)}
	if len(classes) > maxMatrix {
		picture, err := matrixPicture(m.Confusion)
		c.Picture = picture
		c.Text = fmt.Sprintf("Confusion matrix of %d classes: true classes from top to bottom, predicted ones from left to right. "+
			"Cells off the diagonal are errors.", len(classes))
		return c, err
	}
	c.Head = classes
	for t, class := range classes {
		row := confusionRow{Class: class}
		for p, n := range m.Confusion[t] {
			style := "miss"
			if t == p {
				style = "hit"
			}
			shade := math.Ceil(5 * float64(n) / float64(max(1, m.Classes[t].Support)))
			row.Cells = append(row.Cells, confusionCell{n, fmt.Sprintf("%s q%d", style, int(shade))})
		}
		c.Rows = append(c.Rows, row)
	}
	return c, nil
}

// confusedPairs lists pairs of a true and a predicted class, the most frequent first.
func confusedPairs(classes []string, m *head.Metrics) *table {
	type pair struct{ truth, predicted, n int }
	var pairs []pair
	for t, row := range m.Confusion {
		for p, n := range row {
			if p != t && n > 0 {
				pairs = append(pairs, pair{t, p, n})
			}
		}
	}
	if len(pairs) == 0 || len(classes) <= 2 {
		return nil
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return b.n - a.n })
	t := &table{Caption: "The most frequent confusions", Head: []string{"True class", "Predicted", "Images"}}
	for _, p := range pairs[:min(len(pairs), firstRows)] {
		t.Rows = append(t.Rows, []string{classes[p.truth], classes[p.predicted], fmt.Sprintf("%d of %d", p.n, m.Classes[p.truth].Support)})
	}
	return t
}

// matrixPicture draws one pixel per cell, or with very many classes one per square of
// cells, shaded by the largest of them. Empty cells are transparent, so the picture suits
// light and dark pages.
func matrixPicture(counts [][]int) (template.URL, error) {
	const side = 240 // half the width on the page, so that no cell is lost
	step := (len(counts) + side - 1) / side
	n := (len(counts) + step - 1) / step
	img := image.NewNRGBA(image.Rect(0, 0, n, n))
	for t, row := range counts {
		support := 0
		for _, k := range row {
			support += k
		}
		for p, k := range row {
			if k == 0 {
				continue
			}
			shade := color.NRGBA{200, 60, 40, 0}
			if p == t {
				shade = color.NRGBA{30, 120, 200, 0}
			}
			shade.A = uint8(70 + 185*k/support)
			if shade.A > img.NRGBAAt(p/step, t/step).A {
				img.SetNRGBA(p/step, t/step, shade)
			}
		}
	}
	var file bytes.Buffer
	err := png.Encode(&file, img)
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(file.Bytes())), err
}
