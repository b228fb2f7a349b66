package gate

import (
	"fmt"
	"math"
)

// Comparison compares the candidate with an earlier head on the same validation images.
// The test is McNemar's, exact and one-sided. If both heads are equally good, then for each
// image that exactly one of them has right, that one is the earlier head with probability
// ½. So P is the binomial probability of OnlyEarlier or more such images (McNemar 1947,
// https://doi.org/10.1007/BF02295996).
type Comparison struct {
	Against string  `json:"against,omitempty"` // the earlier head's folder; "" when there was none
	Images  int     `json:"images"`            // validation images that both heads have judged
	Earlier float64 `json:"earlier"`           // accuracy of the earlier head on them
	// Candidate is the candidate's accuracy on them.
	Candidate float64 `json:"tonight"`

	OnlyEarlier   int     `json:"only_earlier"` // images that only the earlier head has right
	OnlyCandidate int     `json:"only_tonight"` // images that only the candidate has right
	P             float64 `json:"p"`            // small when the candidate is worse
	Note          string  `json:"note,omitempty"`
}

// Verdict says whether a head classifies an image correctly.
type Verdict uint8

// The verdicts.
const (
	Unjudged Verdict = iota // the head's feature space lacks the image
	Wrong
	Right
)

// compare compares two heads by their verdicts on the same images.
func compare(earlier *Judged, candidate []Verdict) *Comparison {
	c := &Comparison{Against: earlier.Name, P: 1}
	if earlier.Verdicts == nil {
		c.Note = "it is gone: not compared"
		return c
	}
	var both int
	for i, old := range earlier.Verdicts {
		now := candidate[i]
		if old == Unjudged || now == Unjudged {
			continue
		}
		c.Images++
		switch {
		case old == Right && now == Right:
			both++
		case old == Right:
			c.OnlyEarlier++
		case now == Right:
			c.OnlyCandidate++
		}
	}
	if lacking := len(candidate) - c.Images; lacking > 0 {
		c.Note = fmt.Sprintf("the store lacks its backbone's features of %d of %d validation images", lacking, len(candidate))
	}
	if c.Images == 0 {
		c.Note += ": not compared"
		return c
	}
	c.Earlier = float64(both+c.OnlyEarlier) / float64(c.Images)
	c.Candidate = float64(both+c.OnlyCandidate) / float64(c.Images)
	c.P = atLeast(c.OnlyEarlier, c.OnlyEarlier+c.OnlyCandidate)
	return c
}

// pBetter is P in the other direction: the probability of OnlyCandidate or more images.
func (c *Comparison) pBetter() float64 {
	return atLeast(c.OnlyCandidate, c.OnlyEarlier+c.OnlyCandidate)
}

// String is a phrase that follows the earlier head's name.
func (c *Comparison) String() string {
	if c.Images == 0 {
		return "(" + c.Note + ")"
	}
	line := fmt.Sprintf("has %.4f of %d validation images right and the new one %.4f (alone right %d and %d, McNemar p = %.3g",
		c.Earlier, c.Images, c.Candidate, c.OnlyEarlier, c.OnlyCandidate, c.P)
	if c.Note != "" {
		line += "; " + c.Note
	}
	return line + ")"
}

// atLeast is the probability of at least k heads in n tosses of a fair coin.
func atLeast(k, n int) float64 {
	if k == 0 {
		return 1
	}
	logN, _ := math.Lgamma(float64(n + 1))
	p := 0.0
	for i := n; i >= k; i-- { // from the smallest term
		a, _ := math.Lgamma(float64(i + 1))
		b, _ := math.Lgamma(float64(n - i + 1))
		p += math.Exp(logN - a - b - float64(n)*math.Ln2)
	}
	return min(p, 1)
}
