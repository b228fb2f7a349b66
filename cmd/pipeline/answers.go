package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"featurecache/pipeline/predict"
)

// answers writes predictions in one of predict's formats.
type answers interface {
	begin(classes []string)
	answer(predict.Prediction) error
}

// answers returns the writer of the format that the flags select.
func (c *predictCmd) answers(w io.Writer) answers {
	switch {
	case c.JSON:
		return &jsonAnswers{json.NewEncoder(w)}
	case c.CSV:
		return &csvAnswers{w: csv.NewWriter(w)}
	case isTerminal(w):
		return &tableAnswers{w: w}
	}
	return &lineAnswers{w}
}

type jsonAnswers struct{ enc *json.Encoder }

func (a *jsonAnswers) begin([]string) { a.enc.SetEscapeHTML(false) }

func (a *jsonAnswers) answer(p predict.Prediction) error { return a.enc.Encode(p) }

type csvAnswers struct {
	w       *csv.Writer
	classes []string
	row     []string
}

func (a *csvAnswers) begin(classes []string) {
	a.classes = classes
	a.row = append(a.row[:0], "path", "class", "probability", "unsure")
	for _, c := range classes {
		a.row = append(a.row, "probability_"+c)
	}
	_ = a.w.Write(a.row) // the next flush returns an error
}

func (a *csvAnswers) answer(p predict.Prediction) error {
	a.row = append(a.row[:0], p.Path, p.Class, float(p.Probability), strconv.FormatBool(p.Unsure))
	for _, c := range a.classes {
		a.row = append(a.row, float(p.Probabilities[c]))
	}
	if err := a.w.Write(a.row); err != nil {
		return err
	}
	a.w.Flush() // so that a pipe gets each answer as it comes
	return a.w.Error()
}

func float(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }

// lineAnswers is for grep, cut and awk.
type lineAnswers struct{ w io.Writer }

func (a *lineAnswers) begin([]string) {}

func (a *lineAnswers) answer(p predict.Prediction) error {
	unsure := ""
	if p.Unsure {
		unsure = "\tunsure"
	}
	_, err := fmt.Fprintf(a.w, "%s\t%s\t%.4f%s\n", quotePath(p.Path), quotePath(p.Class), p.Probability, unsure)
	return err
}

// tableAnswers is for people. Paths come last, since their length is not known while the
// columns before them must line up.
type tableAnswers struct {
	w     io.Writer
	width int
}

func (a *tableAnswers) begin(classes []string) {
	a.width = len("CLASS")
	for _, c := range classes {
		a.width = max(a.width, utf8.RuneCountInString(quotePath(c)))
	}
	fmt.Fprintf(a.w, "%-*s  PROBABILITY          PATH\n", a.width, "CLASS")
}

func (a *tableAnswers) answer(p predict.Prediction) error {
	unsure := ""
	if p.Unsure {
		unsure = "unsure"
	}
	_, err := fmt.Fprintf(a.w, "%-*s  %11.4f  %-6s  %s\n", a.width, quotePath(p.Class), p.Probability, unsure, quotePath(p.Path))
	return err
}
