package report

import (
	"fmt"
	"math"

	"featurecache/head"
	"featurecache/pipeline/train"
)

// learningCurves plots loss and accuracy over the epochs.
func learningCurves(in *input) []chart {
	history := in.Run.History
	best := history[min(max(in.Run.BestEpoch, 0), len(history)-1)]
	lossMax, accMin := 0.0, 1.0
	for _, run := range append([]train.Run{in.Run}, in.Seeds...) {
		for _, e := range run.History {
			lossMax = max(lossMax, e.TrainLoss, e.ValLoss)
			accMin = min(accMin, e.TrainAcc, e.ValAcc)
		}
	}
	if !(lossMax > 0) || math.IsInf(lossMax, 0) {
		lossMax = 1
	}
	last := max(1, float64(len(history)-1))
	where := fmt.Sprintf("The kept epoch is %d, with validation loss %.4f and accuracy %s.", best.Epoch, best.ValLoss, percent(best.ValAcc))
	loss := newChart(chart{
		ID: "loss", Title: "Loss", Text: "Training and validation loss by epoch. " + where, XLabel: "epoch", YLabel: "loss",
		xMax: last, yMax: lossMax * 1.05,
	})
	acc := newChart(chart{
		ID: "accuracy", Title: "Accuracy", Text: "Training and validation accuracy by epoch. " + where, XLabel: "epoch", YLabel: "accuracy",
		xMax: last, yMin: max(0, math.Floor(accMin*20-0.5)/20), yMax: 1,
	})
	for i := range in.Seeds {
		h := in.Seeds[i].History
		name := ""
		if i == 0 {
			name = "validation, all seeds"
		}
		loss.add(name, "pale", len(h), func(k int) (float64, float64) { return float64(k), h[k].ValLoss })
		acc.add(name, "pale", len(h), func(k int) (float64, float64) { return float64(k), h[k].ValAcc })
	}
	n := len(history)
	loss.add("training", "s2", n, func(k int) (float64, float64) { return float64(k), history[k].TrainLoss })
	loss.add("validation", "s1", n, func(k int) (float64, float64) { return float64(k), history[k].ValLoss })
	acc.add("training", "s2", n, func(k int) (float64, float64) { return float64(k), history[k].TrainAcc })
	acc.add("validation", "s1", n, func(k int) (float64, float64) { return float64(k), history[k].ValAcc })
	t := table{Caption: "Loss and accuracy by epoch", Head: []string{"Epoch", "Learning rate", "Training loss", "Training accuracy", "Validation loss", "Validation accuracy"}}
	for k, e := range history {
		t.Rows = append(t.Rows, []string{
			fmt.Sprint(e.Epoch), fmt.Sprintf("%.3g", e.LR), fmt.Sprintf("%.4f", e.TrainLoss), percent(e.TrainAcc), fmt.Sprintf("%.4f", e.ValLoss), percent(e.ValAcc),
		})
		if k > 0 && e.LR != history[k-1].LR {
			mark := tick{loss.x(float64(k) - 0.5), fmt.Sprintf("%.3g", e.LR)}
			loss.Marks, acc.Marks = append(loss.Marks, mark), append(acc.Marks, mark)
		}
	}
	for _, c := range []*chart{&loss, &acc} {
		at := float64(min(max(in.Run.BestEpoch, 0), n-1))
		y := best.ValLoss
		if c == &acc {
			y = best.ValAcc
		}
		c.Dots = append(c.Dots, dot{X: c.x(at), Y: c.y(y), Radius: "4", Text: where})
	}
	loss.Table = t
	return []chart{loss, acc}
}

// seedTable compares the heads of several seeds. It returns nil for a single one.
func seedTable(in *input) *table {
	if in.Summary == nil {
		return nil
	}
	s := in.Summary
	t := &table{
		Caption: fmt.Sprintf("Best validation accuracy of %d seeds: mean %s, standard deviation %.2f points, %s to %s; 95 %% interval of the mean %s (score interval with Student's t)",
			s.Seeds, percent(s.Mean), 100*s.SD, percent(s.Min), percent(s.Max), interval(head.Interval{Low: s.Low, High: s.High})),
		Head: []string{"Seed", "Best epoch", "Validation loss", "Validation accuracy", ""},
	}
	for _, r := range in.Seeds {
		kept := ""
		if r.Seed == in.Run.Seed {
			kept = "kept: the median"
		}
		t.Rows = append(t.Rows, []string{fmt.Sprint(r.Seed), fmt.Sprint(r.BestEpoch), fmt.Sprintf("%.4f", r.BestValLoss), percent(r.BestValAcc), kept})
	}
	return t
}
