package head

import (
	"cmp"
	"slices"
)

// ranks sets the metrics that depend on the order of the scores, which are log odds.
func (m *Metrics) ranks(logits []float32, labels []int32) {
	classes := len(m.Classes)
	samples := make([]scored, len(labels))
	odds := newOdds(logits, classes)
	var sum float64
	defined := 0
	for c := range m.Classes {
		k := &m.Classes[c]
		if classes == 1 || k.Support == 0 {
			continue
		}
		for i, y := range labels {
			samples[i].score = odds[i].of(logits[i*classes:][:classes], c)
			samples[i].hit = int(y) == c
		}
		slices.SortFunc(samples, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
		ap := averagePrecision(samples, k.Support)
		k.AveragePrecision = &ap
		if k.Support < m.Samples {
			auc := rocAUC(samples, k.Support)
			k.ROCAUC = &auc
			sum += auc
			defined++
		}
	}
	if defined > 0 {
		mean := sum / float64(defined)
		m.ROCAUC = &mean
	}
}

// odds holds the terms that the log odds of all classes of a sample share. With them
// each class takes one exponential, however many classes there are.
type odds struct {
	top   int     // the class with the largest logit
	rest  float64 // Σ_{k≠top} e^{l_k−l_top}
	below float64 // ln Σ_{k≠top} e^{l_k}
}

// newOdds returns the odds of each row of logits [N,C], with C ≥ 2.
func newOdds(logits []float32, classes int) []odds {
	if classes < 2 {
		return nil
	}
	all := make([]odds, len(logits)/classes)
	for i := range all {
		row := logits[i*classes:][:classes]
		o := &all[i]
		second := 1
		for k, l := range row {
			switch {
			case k == 0:
			case l > row[o.top]:
				o.top, second = k, o.top
			case second == o.top || l > row[second]:
				second = k
			}
		}
		var sum float64
		for k, l := range row {
			if k != o.top {
				o.rest += expNeg(float64(l) - float64(row[o.top]))
				sum += expNeg(float64(l) - float64(row[second]))
			}
		}
		o.below = logPos(sum) + float64(row[second])
	}
	return all
}

// of returns the log odds of class c, l_c − ln Σ_{k≠c} e^{l_k}. They have the order of
// the probabilities without being rounded to 1. With two classes, the odds of one are
// exactly the negative of the other's.
func (o *odds) of(row []float32, c int) float64 {
	l := float64(row[c])
	if c == o.top {
		return l - o.below
	}
	top := float64(row[o.top])
	return l - (logPos(1+max(0, o.rest-expNeg(l-top))) + top)
}

// scored is a sample's score for a class, and whether it belongs to it.
type scored struct {
	score float64
	hit   bool
}

// ties calls f for each run of equal scores with its hits and its length.
func ties(s []scored, f func(hits, n int)) {
	for len(s) > 0 {
		hits, n := 0, 0
		for n < len(s) && s[n].score == s[0].score {
			if s[n].hit {
				hits++
			}
			n++
		}
		f(hits, n)
		s = s[n:]
	}
}

// rocAUC returns the share of pairs of a hit and a miss in which the hit scores higher.
// Ties count half. s is sorted from the highest score.
func rocAUC(s []scored, hits int) float64 {
	above := 0 // hits so far
	var won float64
	ties(s, func(h, n int) {
		misses := float64(n - h)
		won += float64(misses * (float64(above) + float64(h)/2))
		above += h
	})
	return won / (float64(hits) * float64(len(s)-hits))
}

// averagePrecision expects s sorted from the highest score.
func averagePrecision(s []scored, hits int) float64 {
	var found, seen int
	var ap float64
	ties(s, func(h, n int) {
		found += h
		seen += n
		ap += float64(float64(h) / float64(hits) * (float64(found) / float64(seen)))
	})
	return ap
}
