package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"featurecache/head"
)

// maxCurves is the most classes in one plot: more curves can't be told apart.
const maxCurves = 6

// plotted returns the classes whose curves are drawn: all when there are few, else those
// with the lowest average precision. Of two classes both are drawn, although one ROC curve
// mirrors the other, because each has thresholds of its own.
func plotted(m *head.Metrics) []int {
	var classes []int
	for c := range m.Classes {
		if m.Classes[c].AveragePrecision != nil {
			classes = append(classes, c)
		}
	}
	if len(classes) > maxCurves {
		slices.SortStableFunc(classes, func(a, b int) int {
			return cmp.Compare(*m.Classes[a].AveragePrecision, *m.Classes[b].AveragePrecision)
		})
		classes = classes[:maxCurves]
	}
	return classes
}

// hits marks the samples of a class.
func hits(labels []int32, class int) []bool {
	hit := make([]bool, len(labels))
	for i, y := range labels {
		hit[i] = int(y) == class
	}
	return hit
}

// rankingCurves plots ROC and precision over recall, one class against the others.
func rankingCurves(in *input, classes []int) []chart {
	c := len(in.Scan.Classes)
	if c < 2 || len(classes) == 0 {
		return nil
	}
	scope := ""
	if len(classes) < c {
		scope = fmt.Sprintf(" Shown are the %d classes with the lowest average precision.", len(classes))
	}
	roc := newChart(chart{
		ID: "roc", Title: "ROC curves",
		Text:   "True positive rate over false positive rate as the threshold falls, each class against all others. Random guessing follows the diagonal." + scope,
		XLabel: "false positive rate", YLabel: "true positive rate", Diagonal: true, xMax: 1, yMax: 1,
	})
	pr := newChart(chart{
		ID: "pr", Title: "Precision–recall curves",
		Text:   "Precision over recall as the threshold falls, each class against all others." + scope,
		XLabel: "recall", YLabel: "precision", xMax: 1, yMax: 1,
	})
	roc.Table = table{Caption: "False positive rate at a given recall", Head: []string{"Class", "50 %", "80 %", "90 %", "95 %", "99 %"}}
	pr.Table = table{Caption: "Precision at a given recall", Head: roc.Table.Head}
	for i, class := range classes {
		curve := head.NewCurve(head.LogOdds(in.Logits, c, class), hits(in.Labels, class))
		name, style := in.Scan.Classes[class], "s"+strconv.Itoa(i+1)
		roc.add(name, style, len(curve.Points)+1, func(k int) (float64, float64) {
			if k == 0 {
				return 0, 0
			}
			tpr, fpr := curve.Rates(curve.Points[k-1])
			return fpr, tpr
		})
		pr.add(name, style, len(curve.Points), func(k int) (float64, float64) {
			precision, recall := curve.PrecisionRecall(curve.Points[k])
			return recall, precision
		})
		rocRow, prRow := []string{name}, []string{name}
		for _, want := range []float64{0.5, 0.8, 0.9, 0.95, 0.99} {
			p, _ := curve.ForRecall(want)
			rocRow = append(rocRow, percent(float64(p.Found-p.Hits)/float64(max(1, curve.Negatives))))
			prRow = append(prRow, percent(p.Precision))
		}
		roc.Table.Rows, pr.Table.Rows = append(roc.Table.Rows, rocRow), append(pr.Table.Rows, prRow)
	}
	return []chart{roc, pr}
}

// operating is a class's table of thresholds.
type operating struct {
	Class string
	Table table
}

// operatingPoints lists thresholds on a class's probability.
func operatingPoints(in *input, classes []int) []operating {
	c := len(in.Scan.Classes)
	if c < 2 {
		return nil
	}
	var all []operating
	for _, class := range classes {
		scores := make([]float64, len(in.Labels))
		for i := range scores {
			scores[i] = float64(in.Probabilities[i*c+class])
		}
		curve := head.NewCurve(scores, hits(in.Labels, class))
		t := table{
			Caption: fmt.Sprintf("Thresholds for %s: %d of %d validation images", in.Scan.Classes[class], curve.Positives, len(scores)),
			Head:    []string{"Target", "Threshold", "Predicted", "Recall", "Precision"},
		}
		for _, want := range []float64{0.9, 0.95, 0.99, 1} {
			p, ok := curve.ForRecall(want)
			t.Rows = append(t.Rows, operatingRow("recall", want, p, ok))
		}
		for _, want := range []float64{0.9, 0.95, 0.99, 1} {
			p, ok := curve.ForPrecision(want)
			t.Rows = append(t.Rows, operatingRow("precision", want, p, ok))
		}
		all = append(all, operating{Class: in.Scan.Classes[class], Table: t})
	}
	return all
}

func operatingRow(what string, want float64, p head.OperatingPoint, ok bool) []string {
	wanted := fmt.Sprintf("%s ≥\u00a0%g\u00a0%%", what, 100*want)
	if !ok {
		return []string{wanted, "none", "", "", ""}
	}
	return []string{
		wanted, strconv.FormatFloat(p.Threshold, 'g', -1, 64), fmt.Sprint(p.Found),
		share(p.Recall, p.RecallInterval, p.Found), share(p.Precision, p.PrecisionInterval, p.Found),
	}
}

func interval(i head.Interval) string { return fmt.Sprintf("%.1f–%.1f", 100*i.Low, 100*i.High) }

// calibration plots accuracy over confidence.
func calibration(m *head.Metrics) chart {
	c := newChart(chart{
		ID: "calibration", Title: "Calibration", Text: fmt.Sprintf(
			"Accuracy over confidence, with 95 %% intervals. On the diagonal, nine in ten predictions made with 90 %% confidence are correct. Expected calibration error: %s.",
			percent(m.CalibrationError)),
		XLabel: "confidence", YLabel: "accuracy", Diagonal: true, xMax: 1, yMax: 1,
	})
	c.Table = table{Caption: "Accuracy by confidence", Head: []string{"Confidence", "Images", "Mean confidence", "Accuracy", "95 % interval"}}
	for b, bin := range m.Calibration {
		if bin.Samples == 0 {
			continue
		}
		right := int(bin.Accuracy*float64(bin.Samples) + 0.5)
		w := head.Wilson(right, bin.Samples)
		span := fmt.Sprintf("%.0f–%.0f %%", 100*float64(b)/head.CalibrationBins, 100*float64(b+1)/head.CalibrationBins)
		c.Table.Rows = append(c.Table.Rows, []string{span, fmt.Sprint(bin.Samples), percent(bin.Confidence), percent(bin.Accuracy), interval(w)})
		share := float64(bin.Samples) / float64(m.Samples)
		c.Dots = append(c.Dots, dot{
			X: c.x(bin.Confidence), Y: c.y(bin.Accuracy), Low: c.y(w.Low), High: c.y(w.High), Radius: coordinate(2.5 + 5*share),
			Text: fmt.Sprintf("%s: %d images, accuracy %s", span, bin.Samples, percent(bin.Accuracy)),
		})
	}
	return c
}
