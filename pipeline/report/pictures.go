package report

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"featurecache/head"

	"golang.org/x/image/draw"
)

const (
	mostPictures  = 24 // of each kind
	thumbnailSide = 128
)

// picture is an image worth a look.
type picture struct {
	Data      template.URL // empty when it could not be read
	Trouble   string       // then, why
	Path      string
	Is, Said  string
	Certainty string // of Said
	OfTrue    string // the probability of Is, when that is not Said
}

// judged is what the head said of one image.
type judged struct {
	i            int
	best         int
	right        bool
	top, truth   float64 // probabilities of the predicted and the true class
	distanceNext float64 // from top to the next likely class
}

// pictures picks the images whose true class the head held for least likely, and
// the right ones that it was least sure of.
func pictures(in *input) (wrong, unsure []picture, wrongInAll int) {
	classes := len(in.Scan.Classes)
	var missed, sure []judged
	for i := range in.Labels {
		j := judge(in.Logits[i*classes:][:classes], in.Probabilities[i*classes:][:classes], int(in.Labels[i]))
		j.i = i
		if j.right {
			sure = append(sure, j)
		} else {
			missed = append(missed, j)
		}
	}
	slices.SortStableFunc(missed, func(a, b judged) int { return cmp.Compare(a.truth, b.truth) })
	slices.SortStableFunc(sure, func(a, b judged) int { return cmp.Compare(a.distanceNext, b.distanceNext) })
	if classes < 2 {
		sure = nil
	}
	for _, j := range missed[:min(len(missed), mostPictures)] {
		wrong = append(wrong, in.thumbnail(j))
	}
	for _, j := range sure[:min(len(sure), mostPictures/2)] {
		unsure = append(unsure, in.thumbnail(j))
	}
	return wrong, unsure, len(missed)
}

func judge(logits, p []float32, label int) judged {
	best := head.Argmax(logits)
	next := float32(0)
	for c, v := range p {
		if c != best {
			next = max(next, v)
		}
	}
	return judged{best: best, right: best == label, top: float64(p[best]), truth: float64(p[label]), distanceNext: float64(p[best]) - float64(next)}
}

func (in *input) thumbnail(j judged) picture {
	img := &in.Images[j.i]
	p := picture{Path: printable(img.Path), Is: in.Scan.Classes[img.Label], Said: in.Scan.Classes[j.best], Certainty: percent(j.top)}
	if !j.right {
		p.OfTrue = percent(j.truth)
	}
	full, err := in.Picture(img)
	if err != nil {
		p.Trouble = printable(err.Error())
		return p
	}
	small := image.NewRGBA(image.Rect(0, 0, thumbnailSide, thumbnailSide))
	draw.CatmullRom.Scale(small, small.Bounds(), full, full.Bounds(), draw.Src, nil)
	var file bytes.Buffer
	if err := jpeg.Encode(&file, small, &jpeg.Options{Quality: 75}); err != nil {
		p.Trouble = err.Error()
		return p
	}
	p.Data = template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(file.Bytes()))
	return p
}

// Alt describes the picture in words.
func (p picture) Alt() string {
	if p.Is == p.Said {
		return fmt.Sprintf("An image of %s, recognised with %s.", p.Is, p.Certainty)
	}
	return fmt.Sprintf("An image of %s, taken for %s with %s.", p.Is, p.Said, p.Certainty)
}

// printable quotes a path that a line of text can't hold as it is.
func printable(path string) string {
	if utf8.ValidString(path) && !strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return path
	}
	return strconv.Quote(path)
}
