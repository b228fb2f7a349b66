package head

import (
	"math"
	"strconv"
)

// OperatingPoint is a threshold and the figures that it gives. A sample counts as of
// the class when its score is at least Threshold.
type OperatingPoint struct {
	Threshold         float64  `json:"threshold"`
	Found             int      `json:"found"` // samples at or above the threshold
	Hits              int      `json:"hits"`  // of them, those of the class
	Recall            float64  `json:"recall"`
	RecallInterval    Interval `json:"recall_interval"`
	Precision         float64  `json:"precision"`
	PrecisionInterval Interval `json:"precision_interval"`
}

// ForRecall returns the highest threshold whose recall is at least want, and so the
// one with the fewest false alarms. It reports false when the class has no samples.
func (c Curve) ForRecall(want float64) (OperatingPoint, bool) {
	for i, p := range c.Points {
		if c.Positives > 0 && float64(p.Hits) >= float64(want*float64(c.Positives)) {
			return c.at(i), true
		}
	}
	return OperatingPoint{}, false
}

// ForPrecision returns the threshold with the highest recall among those whose
// precision is at least want; of equals, the highest threshold. It reports false when
// no threshold is that precise.
func (c Curve) ForPrecision(want float64) (OperatingPoint, bool) {
	best, hits := -1, 0
	for i, p := range c.Points {
		if p.Hits > hits && float64(p.Hits) >= float64(want*float64(p.Hits+p.Misses)) {
			best, hits = i, p.Hits
		}
	}
	if best < 0 {
		return OperatingPoint{}, false
	}
	return c.at(best), true
}

// at returns the operating point with the counts of point i. Any threshold above the
// next lower score gives them. This one is the shortest decimal that does, since
// people copy it by hand.
func (c Curve) at(i int) OperatingPoint {
	p := c.Points[i]
	below := math.Inf(-1)
	if i+1 < len(c.Points) {
		below = c.Points[i+1].Threshold
	}
	found := p.Hits + p.Misses
	return OperatingPoint{
		Threshold: shortest(below, p.Threshold), Found: found, Hits: p.Hits,
		Recall: ratio(p.Hits, c.Positives), RecallInterval: Wilson(p.Hits, c.Positives),
		Precision: ratio(p.Hits, found), PrecisionInterval: Wilson(p.Hits, found),
	}
}

// shortest returns the number in (low, high] with the fewest decimals; of equals, the
// largest. high is not negative.
func shortest(low, high float64) float64 {
	for digits := 1; digits <= 17; digits++ {
		text := strconv.FormatFloat(high, 'f', digits, 64)
		v, _ := strconv.ParseFloat(text, 64)
		if v > high { // it was rounded up: the decimal below
			scale := math.Pow10(digits)
			v = math.Floor(high*scale) / scale
		}
		if v > low && v <= high {
			return v
		}
	}
	return high
}
