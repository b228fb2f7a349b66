package head

import (
	"cmp"
	"slices"
)

// Curve tells how one class is told from all others as the threshold on its
// score falls: what a ROC or a precision-recall curve is drawn from.
type Curve struct {
	Positives int // samples of the class
	Negatives int // all others
	// Points has one entry a distinct score, from the highest: what is at or above
	// it counts as found.
	Points []CurvePoint
}

// CurvePoint is what a threshold finds.
type CurvePoint struct {
	Threshold float64
	Hits      int // samples of the class with a score of at least Threshold
	Misses    int // others with a score of at least Threshold
}

// NewCurve sorts N samples by their scores; hit [N] says which are of the class.
func NewCurve(scores []float64, hit []bool) Curve {
	samples := make([]scored, len(scores))
	for i, s := range scores {
		samples[i] = scored{score: s, hit: hit[i]}
	}
	slices.SortFunc(samples, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var c Curve
	seen := 0
	ties(samples, func(hits, n int) {
		c.Positives += hits
		c.Negatives += n - hits
		c.Points = append(c.Points, CurvePoint{Threshold: samples[seen].score, Hits: c.Positives, Misses: c.Negatives})
		seen += n
	})
	return c
}

// LogOdds returns the scores [N] of a class under logits [N,C], row-major:
// l_c − ln Σ_{k≠c} e^{l_k}, the logarithm of p/(1−p). It orders samples as the
// class's probability p does, without p's rounding to 1; [Measure] ranks by it.
// C is at least 2.
func LogOdds(logits []float32, classes, class int) []float64 {
	scores := make([]float64, len(logits)/classes)
	for i, o := range newOdds(logits, classes) {
		scores[i] = o.of(logits[i*classes:][:classes], class)
	}
	return scores
}

// Rates returns a point's true and false positive rates: the axes of a ROC curve.
// A rate of nothing is 0.
func (c Curve) Rates(p CurvePoint) (truePositive, falsePositive float64) {
	return ratio(p.Hits, c.Positives), ratio(p.Misses, c.Negatives)
}

// PrecisionRecall returns a point's precision and recall. A ratio of nothing is 0.
func (c Curve) PrecisionRecall(p CurvePoint) (precision, recall float64) {
	return ratio(p.Hits, p.Hits+p.Misses), ratio(p.Hits, c.Positives)
}
