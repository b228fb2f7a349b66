package head

import (
	"cmp"
	"slices"
)

// Curve holds, for every threshold on the score of a class, how many samples of that
// class and of all others reach it. ROC and precision-recall curves are drawn from it.
type Curve struct {
	Positives int // samples of the class
	Negatives int // all others
	// Points has one entry per distinct score, the highest first.
	Points []CurvePoint
}

// CurvePoint counts the samples that reach a threshold.
type CurvePoint struct {
	Threshold float64
	Hits      int // samples of the class with a score of at least Threshold
	Misses    int // others with a score of at least Threshold
}

// NewCurve returns the curve of N samples with the given scores. hit [N] says which
// samples are of the class.
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

// LogOdds returns the scores [N] of a class, from logits [N,C], row-major:
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
// Without samples on
// a side its rate is 0.
func (c Curve) Rates(p CurvePoint) (truePositive, falsePositive float64) {
	return ratio(p.Hits, c.Positives), ratio(p.Misses, c.Negatives)
}

// PrecisionRecall returns a point's precision and recall. A ratio
// whose denominator is 0 is 0.
func (c Curve) PrecisionRecall(p CurvePoint) (precision, recall float64) {
	return ratio(p.Hits, p.Hits+p.Misses), ratio(p.Hits, c.Positives)
}
