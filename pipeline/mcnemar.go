package pipeline

import (
	"fmt"
	"math"
)

// Comparison compares tonight's head with an earlier one on the same validation
// images. Its test is McNemar's, exact and one-sided: of the images on which
// exactly one of the two heads is right, each is the earlier one's with
// probability ½ if both are equally good, so P is the binomial probability of
// OnlyEarlier or more of them (McNemar 1947, https://doi.org/10.1007/BF02295996).
type Comparison struct {
	Against string  `json:"against,omitempty"` // the earlier head's folder; "" when there was none
	Images  int     `json:"images"`            // validation images that both heads have judged
	Earlier float64 `json:"earlier"`           // share of them that the earlier head has right
	Tonight float64 `json:"tonight"`           // and tonight's

	OnlyEarlier int     `json:"only_earlier"` // images that the earlier head alone has right
	OnlyTonight int     `json:"only_tonight"` // and tonight's alone
	P           float64 `json:"p"`            // small when tonight's is worse
	Note        string  `json:"note,omitempty"`
}

// verdict is what a head says of an image.
type verdict uint8

const (
	unjudged verdict = iota // its feature space lacks the image
	wrong
	right
)

// compare compares two heads by their verdicts on the same images.
func compare(earlier *judged, tonight []verdict) *Comparison {
	c := &Comparison{Against: earlier.folder, P: 1}
	if earlier.verdicts == nil {
		c.Note = "it is gone: not compared"
		return c
	}
	var both int
	for i, old := range earlier.verdicts {
		now := tonight[i]
		if old == unjudged || now == unjudged {
			continue
		}
		c.Images++
		switch {
		case old == right && now == right:
			both++
		case old == right:
			c.OnlyEarlier++
		case now == right:
			c.OnlyTonight++
		}
	}
	if lacking := len(tonight) - c.Images; lacking > 0 {
		c.Note = fmt.Sprintf("the store lacks its backbone's features of %d of %d validation images", lacking, len(tonight))
	}
	if c.Images == 0 {
		c.Note += ": not compared"
		return c
	}
	c.Earlier = float64(both+c.OnlyEarlier) / float64(c.Images)
	c.Tonight = float64(both+c.OnlyTonight) / float64(c.Images)
	c.P = atLeast(c.OnlyEarlier, c.OnlyEarlier+c.OnlyTonight)
	return c
}

// pBetter is the probability of OnlyTonight or more images, as P is of OnlyEarlier.
func (c *Comparison) pBetter() float64 { return atLeast(c.OnlyTonight, c.OnlyEarlier+c.OnlyTonight) }

// String goes on from a name of the earlier head.
func (c *Comparison) String() string {
	if c.Images == 0 {
		return "(" + c.Note + ")"
	}
	line := fmt.Sprintf("has %.4f of %d validation images right and tonight's %.4f (alone right %d and %d, McNemar p = %.3g",
		c.Earlier, c.Images, c.Tonight, c.OnlyEarlier, c.OnlyTonight, c.P)
	if c.Note != "" {
		line += "; " + c.Note
	}
	return line + ")"
}

// atLeast is the probability of k heads or more in n tosses of a fair coin.
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
