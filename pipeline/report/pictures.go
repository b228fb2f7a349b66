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
	mostPictures  = 24 // wrong ones; half as many unsure ones
	thumbnailSide = 128
)

// picture is an image worth a look.
type picture struct {
	Data            template.URL // empty when the image could not be read
	Error           string       // why it could not
	Path            string
	True, Predicted string // classes
	Probability     string // of Predicted
	TrueProbability string // of True, when that is another class
}

// outcome is the head's answer for one image.
type outcome struct {
	image   int // its index
	best    int // the predicted class
	correct bool
	truth   float64 // the probability of the true class
	top     float64 // the probability of the predicted class
	margin  float64 // from top down to the probability of the second class
}

// pictures picks the wrong images with the lowest probability of the true class, and the
// correct ones with the smallest margin.
func pictures(in *input) (wrong, unsure []picture, wrongInAll int) {
	classes := len(in.Scan.Classes)
	var errors, correct []outcome
	for i := range in.Labels {
		o := newOutcome(in.Logits[i*classes:][:classes], in.Probabilities[i*classes:][:classes], int(in.Labels[i]))
		o.image = i
		if o.correct {
			correct = append(correct, o)
		} else {
			errors = append(errors, o)
		}
	}
	slices.SortStableFunc(errors, func(a, b outcome) int { return cmp.Compare(a.truth, b.truth) })
	slices.SortStableFunc(correct, func(a, b outcome) int { return cmp.Compare(a.margin, b.margin) })
	if classes < 2 {
		correct = nil
	}
	for _, o := range errors[:min(len(errors), mostPictures)] {
		wrong = append(wrong, in.thumbnail(o))
	}
	for _, o := range correct[:min(len(correct), mostPictures/2)] {
		unsure = append(unsure, in.thumbnail(o))
	}
	return wrong, unsure, len(errors)
}

func newOutcome(logits, p []float32, label int) outcome {
	best := head.Argmax(logits)
	next := float32(0)
	for c, v := range p {
		if c != best {
			next = max(next, v)
		}
	}
	return outcome{best: best, correct: best == label, top: float64(p[best]), truth: float64(p[label]), margin: float64(p[best]) - float64(next)}
}

func (in *input) thumbnail(o outcome) picture {
	img := &in.Images[o.image]
	p := picture{Path: printable(img.Path), True: in.Scan.Classes[img.Label], Predicted: in.Scan.Classes[o.best], Probability: percent(o.top)}
	if !o.correct {
		p.TrueProbability = percent(o.truth)
	}
	full, err := in.Picture(img)
	if err != nil {
		p.Error = printable(err.Error())
		return p
	}
	small := image.NewRGBA(image.Rect(0, 0, thumbnailSide, thumbnailSide))
	draw.CatmullRom.Scale(small, small.Bounds(), full, full.Bounds(), draw.Src, nil)
	var file bytes.Buffer
	if err := jpeg.Encode(&file, small, &jpeg.Options{Quality: 75}); err != nil {
		p.Error = err.Error()
		return p
	}
	p.Data = template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(file.Bytes()))
	return p
}

// Alt describes the picture in words.
func (p picture) Alt() string {
	if p.True == p.Predicted {
		return fmt.Sprintf("An image of %s, predicted correctly with probability %s.", p.True, p.Probability)
	}
	return fmt.Sprintf("An image of %s, predicted as %s with probability %s.", p.True, p.Predicted, p.Probability)
}

// printable quotes a path that a line of text can't hold as it is.
func printable(path string) string {
	if utf8.ValidString(path) && !strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return path
	}
	return strconv.Quote(path)
}
