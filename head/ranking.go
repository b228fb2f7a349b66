package head

import (
	"cmp"
	"slices"
)

// ranks sets what depends on the order of the scores. A class's score is the
// log odds of its probability, l_c − ln Σ_{k≠c} e^{l_k}: the order of the
// probabilities, without their rounding to 1. So the two classes of a binary
// problem have exactly mirrored scores.
func (m *Metrics) ranks(logits []float32, labels []int32) {
	classes := len(m.Classes)
	samples := make([]scored, len(labels))
	others := make([]float32, classes-1)
	crit := newCriterion(max(classes-1, 1), nil, 0)
	var sum float64
	defined := 0
	for c := range m.Classes {
		k := &m.Classes[c]
		if classes == 1 || k.Support == 0 {
			continue
		}
		for i, y := range labels {
			row := logits[i*classes:][:classes]
			copy(others[copy(others, row[:c]):], row[c+1:])
			s, top, _ := crit.softmax(others)
			samples[i].score = float64(row[c]) - (logPos(s) + top)
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

// rocAUC counts the pairs of a hit and a miss in which the hit scores higher,
// ties half. s is sorted from the highest score.
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
