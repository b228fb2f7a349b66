package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"featurecache/cache/folder"
	"featurecache/head"
)

const (
	firstRows = 20  // rows of a table that are always visible; the rest is folded away
	mostRows  = 500 // rows of a list of files
)

// tiles are the figures that a reader wants first.
func tiles(in *input, m *head.Metrics) []figure {
	wrong := 0
	for c := range m.Confusion {
		for o, n := range m.Confusion[c] {
			if o != c {
				wrong += n
			}
		}
	}
	facts := []figure{
		{"Accuracy", percent(m.Accuracy), interval(m.AccuracyInterval) + " %"},
		{"Misclassified", fmt.Sprintf("%d of %d", wrong, m.Samples), ""},
		{"Balanced accuracy", percent(m.BalancedAccuracy), ""},
		{"Macro F1", percent(m.MacroF1), ""},
		{"Log loss", fmt.Sprintf("%.4f", m.LogLoss), ""},
	}
	if m.ROCAUC != nil {
		facts = append(facts, figure{"ROC AUC", fmt.Sprintf("%.4f", *m.ROCAUC), ""})
	}
	if s := in.Summary; s != nil {
		facts = append(facts, figure{fmt.Sprintf("Mean of %d seeds", s.Seeds), percent(s.Mean), fmt.Sprintf("± %.1f points (standard deviation)", 100*s.SD)})
	}
	return append(facts, figure{"Calibration error", percent(m.CalibrationError), ""})
}

// counts returns the number of images of each class.
func counts(in *input) (t table, train int) {
	n := make([][2]int, len(in.Scan.Classes))
	for _, img := range in.Scan.Images {
		if img.Split == folder.Train {
			train++
			n[img.Label][0]++
		} else {
			n[img.Label][1]++
		}
	}
	t = table{Caption: "Images by class", Head: []string{"Class", "Training", "Validation"}}
	for c, class := range in.Scan.Classes {
		t.Rows = append(t.Rows, []string{class, fmt.Sprint(n[c][0]), fmt.Sprint(n[c][1])})
	}
	return t, train
}

// duplicates lists the images that are in both splits, and those under two labels, each in
// a table if there are any.
func duplicates(d *folder.Duplicates) (tables []table) {
	if d == nil {
		return nil
	}
	add := func(n int, one, many string, first []folder.Pair) {
		if n == 0 {
			return
		}
		caption := "1 image " + one
		if n > 1 {
			caption = fmt.Sprintf("%d images %s", n, many)
		}
		if n > len(first) {
			caption += fmt.Sprintf(" The first %d:", len(first))
		}
		t := table{Caption: caption, Head: []string{"File", "Other file with the same bytes"}}
		for _, pair := range first {
			t.Rows = append(t.Rows, []string{printable(pair[0]), printable(pair[1])})
		}
		tables = append(tables, t)
	}
	const effect = " in both training and validation, which makes the accuracy look better than it is."
	const wrong = " under two labels, of which at least one is wrong."
	add(d.InBothSplits, "is"+effect, "are"+effect, d.FirstInBothSplits)
	add(d.UnderTwoLabels, "is"+wrong, "are"+wrong, d.FirstUnderTwoLabels)
	return tables
}

// classTables list the classes in their order. Of more than firstRows the first table has
// the worst, and the second the others.
func classTables(classes []string, m *head.Metrics) (first table, others *table) {
	order := make([]int, len(classes))
	for c := range order {
		order[c] = c
	}
	caption := "Each class against all others, with 95 % intervals in brackets"
	if len(order) > firstRows {
		caption += fmt.Sprintf("; the %d with the lowest F1", firstRows)
		slices.SortStableFunc(order, func(a, b int) int {
			// A class without validation images has no F1: it comes last.
			if none := (m.Classes[a].Support == 0); none != (m.Classes[b].Support == 0) {
				if none {
					return 1
				}
				return -1
			}
			return cmp.Compare(m.Classes[a].F1, m.Classes[b].F1)
		})
	}
	columns := []string{"Class", "Images", "Precision", "Recall", "F1", "ROC AUC", "Average precision"}
	first = table{Caption: caption, Head: columns}
	for i, c := range order {
		k := m.Classes[c]
		row := []string{
			classes[c], fmt.Sprint(k.Support), share(k.Precision, k.PrecisionInterval, k.Predicted), share(k.Recall, k.RecallInterval, k.Support),
			percent(k.F1), optional(k.ROCAUC), optional(k.AveragePrecision),
		}
		if i < firstRows {
			first.Rows = append(first.Rows, row)
			continue
		}
		if others == nil {
			others = &table{Caption: "The other classes", Head: columns}
		}
		others.Rows = append(others.Rows, row)
	}
	return first, others
}

// share formats a share of n and its interval; a dash when n is 0.
func share(v float64, i head.Interval, n int) string {
	if n == 0 {
		return "–"
	}
	return percent(v) + " (" + interval(i) + ")"
}

func optional(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.4f", *v)
}

// badFiles list the images that could not be read, and the files that are no images.
func badFiles(scan *folder.Scan) (bad, ignored *table) {
	if n := len(scan.Bad); n > 0 {
		bad = &table{Caption: "Unreadable images", Head: []string{"File", "Reason"}}
		for _, b := range scan.Bad[:min(n, mostRows)] {
			bad.Rows = append(bad.Rows, []string{printable(b.Path), b.Reason})
		}
		more(bad, n)
	}
	if n := len(scan.Ignored); n > 0 {
		ignored = &table{Caption: "Ignored files", Head: []string{"File", "Reason"}}
		for _, b := range scan.Ignored[:min(n, mostRows)] {
			ignored.Rows = append(ignored.Rows, []string{printable(b.Path), b.Reason})
		}
		more(ignored, n)
	}
	return bad, ignored
}

func more(t *table, n int) {
	if n > mostRows {
		t.Caption += fmt.Sprintf(": the first %d of %d", mostRows, n)
	}
}

// Date is the day and minute of the report, in UTC.
func (p *page) Date() string { return p.Made.UTC().Format("2006-01-02 15:04 UTC") }

// ISODate is Date for machines.
func (p *page) ISODate() string { return p.Made.UTC().Format(time.RFC3339) }
