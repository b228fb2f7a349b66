package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"featurecache/head"
	"featurecache/pipeline/train"
)

// printFit prints what the tutorial prints at the end, and then the metrics.
func printFit(w io.Writer, r *train.Result) {
	took := r.TrainSeconds
	if r.Summary != nil {
		took = r.TotalSeconds
	}
	fmt.Fprintf(w, "Training complete in %dm %ds\n", int(took)/60, int(took)%60)
	if s := r.Summary; s != nil {
		fmt.Fprintf(w, "Best val Acc of %d seeds: mean %.6f, sd %.6f, 95 %% interval of the mean %.6f to %.6f, from %.6f to %.6f\n",
			s.Seeds, s.Mean, s.SD, s.Low, s.High, s.Min, s.Max)
		fmt.Fprintf(w, "Kept the median head, of seed %d\n", r.Seed)
	}
	fmt.Fprintf(w, "Best val Acc: %.6f\n", r.BestValAcc)
	printMetrics(w, r.Classes, r.Metrics)
}

// maxConfusion is the most classes whose confusion matrix a terminal can show.
const maxConfusion = 12

// printMetrics prints the metrics of a head on the validation images.
func printMetrics(w io.Writer, classes []string, m *head.Metrics) {
	fmt.Fprintf(w, "\nAccuracy %.4f (95 %% interval %.4f to %.4f), balanced %.4f, macro F1 %.4f, ROC AUC %s\n",
		m.Accuracy, m.AccuracyInterval.Low, m.AccuracyInterval.High, m.BalancedAccuracy, m.MacroF1, figure(m.ROCAUC))
	fmt.Fprintf(w, "Log loss %.4f, calibration error %.4f, %s\n\n", m.LogLoss, m.CalibrationError, count(m.Samples, "validation image"))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "precision\t95 %\trecall\t95 %\tF1\tsupport\tROC AUC\tAP\t  class")
	for i, c := range m.Classes {
		fmt.Fprintf(t, "%.4f\t%s\t%.4f\t%s\t%.4f\t%d\t%s\t%s\t  %s\n", c.Precision, between(c.PrecisionInterval),
			c.Recall, between(c.RecallInterval), c.F1, c.Support, figure(c.ROCAUC), figure(c.AveragePrecision), quotePath(classes[i]))
	}
	_ = t.Flush() // as with all console output, run reports a lost write
	if len(classes) > maxConfusion {
		return
	}
	fmt.Fprintln(w, "\nConfusion matrix: rows are true classes, columns are predicted classes, in the same order")
	for i, row := range m.Confusion {
		for _, n := range row {
			fmt.Fprintf(t, "%d\t", n)
		}
		fmt.Fprintf(t, "  %s\n", quotePath(classes[i]))
	}
	_ = t.Flush()
}

func between(i head.Interval) string { return fmt.Sprintf("%.3f–%.3f", i.Low, i.High) }

// figure is a number that may be undefined.
func figure(f *float64) string {
	if f == nil {
		return "-"
	}
	return strconv.FormatFloat(*f, 'f', 4, 64)
}
