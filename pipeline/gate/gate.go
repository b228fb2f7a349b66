// Package gate decides whether a new head, the candidate, may replace the published one:
// [Decide] refuses it when it is significantly worse on the same validation images. The
// package knows only verdicts, neither heads nor features.
package gate

import (
	"errors"
	"fmt"
	"strings"
)

// ErrRefused is returned when the candidate is significantly worse than the published
// head, or than the reference; the published head stays.
var ErrRefused = errors.New("the new head is significantly worse, and the published one stays")

// Input is what [Decide] compares.
type Input struct {
	Candidate []Verdict // [N], on the validation images
	Published *Judged   // nil: nothing is published yet
	Reference *Judged   // may be Published
	// Compared is the number of heads published so far beside this reference.
	Compared int
	// Gained says that the published head was significantly better than the reference:
	// the next head to be published becomes the reference.
	Gained bool
	Level  float64 // of significance, see [Result]; at 0 every head passes
}

// Judged is an earlier head's verdicts on the validation images.
type Judged struct {
	Name     string    // of its folder
	Verdicts []Verdict // [N]; nil when the head no longer exists
}

// Result is the gate's decision about the candidate. It is compared with two earlier
// heads on the same validation images, see [Comparison]: with the published head and
// with the reference. The reference is there to stop drift: of a hundred heads, each a
// little worse than the one before, none may be significantly worse than the one before,
// but the losses add up against a reference that stays.
//
// Two tests must not refuse more good heads than one test would. By Hochberg's step-up procedure
// (1988, https://doi.org/10.1093/biomet/75.4.800) the candidate is refused when both p
// are at most Level or one is at most Level/2. A candidate as good as both is refused
// with probability Level at most, since the two p, which share the candidate, are
// positively dependent (Simes 1986,
// https://doi.org/10.1093/biomet/73.3.751; Sarkar 1998,
// https://doi.org/10.1214/aos/1028144846).
//
// # The reference
//
// The first reference is the first head. It changes only after a significant gain, as
// in the ladder of Blum and Hardt (2015, https://arxiv.org/abs/1502.04585): the head
// with the best accuracy would be the luckiest of all, and equally good heads would fail
// against it. Testing every run for a gain at Level would not work either: in a thousand
// runs, some are very lucky. So the n-th head published beside a reference is tested for a gain at
// Level/(n(n+1)). These levels add up to Level, so the probability that luck is ever taken
// for a gain over a given reference is at most Level, however the heads depend on each
// other (Bonferroni).
//
// The head that showed the gain does not become the reference: it was chosen for its
// good result on these images, which an equally good head would not repeat. The next
// published head does, because it shares the gain but not the luck.
//
// A reference that has verdicts on less than half of the validation images, or whose
// folder is gone, is replaced by the published head. A head that was published at level 0,
// or by hand although it had been refused, becomes the reference: a person decided that.
type Result struct {
	Comparison // with the published head

	// Reference is the comparison with the reference; nil when that is the
	// published head.
	Reference     *Comparison `json:"reference,omitempty"`
	ReferenceLost bool        `json:"reference_lost,omitempty"` // the published head replaces it; its note says why

	Level  float64 `json:"level"`
	Passed bool    `json:"passed"`
	// PBetter is McNemar's p-value in the other direction: small when the candidate is
	// better than the reference. Better reports that it is significantly better: the next
	// published head will be the reference.
	PBetter float64 `json:"p_better"`
	Better  bool    `json:"better,omitempty"`
	// NewReference reports that the candidate is the reference from now on.
	NewReference bool `json:"new_reference,omitempty"`
}

// ReferenceName is the folder of the reference that the candidate was compared with.
func (g *Result) ReferenceName() string {
	if g.Reference != nil {
		return g.Reference.Against
	}
	return g.Against
}

// Doubtful reports whether the candidate passed without a full comparison: a published
// head exists, and it or the reference could not be judged.
func (g *Result) Doubtful() bool { return g.Against != "" && g.Images == 0 || g.ReferenceLost }

// String is the result as one line for people.
func (g *Result) String() string {
	if g.Against == "" {
		return g.Note
	}
	verdict := "passed"
	if !g.Passed {
		verdict = "refused"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s at level %g: the published head %v", verdict, g.Level, &g.Comparison)
	if g.Reference != nil {
		fmt.Fprintf(&b, "; the reference %s %v", g.Reference.Against, g.Reference)
	}
	switch {
	case g.NewReference:
		b.WriteString("; the new head is the reference from now on")
	case g.Better:
		b.WriteString("; a significant gain: the next published head will be the reference")
	}
	return b.String()
}

// Decide compares the candidate with the published head and the reference.
func Decide(in Input) *Result {
	g := &Result{Level: in.Level, PBetter: 1}
	if in.Published == nil {
		g.P, g.Note = 1, "no head is published yet"
		g.Passed, g.NewReference = true, true
		return g
	}
	g.Comparison = *compare(in.Published, in.Candidate)
	few := func(c *Comparison) bool { return 2*c.Images < len(in.Candidate) }
	var ps []float64
	if g.Images > 0 {
		ps = append(ps, g.P)
	}
	against, compared := &g.Comparison, in.Compared // the comparison with the reference
	if in.Reference.Name != in.Published.Name {
		g.Reference = compare(in.Reference, in.Candidate)
		if g.ReferenceLost = few(g.Reference); g.ReferenceLost {
			g.Reference.Note += "; the published head replaces it"
			compared = 0
		} else {
			against = g.Reference
			ps = append(ps, against.P)
		}
	}
	g.PBetter = against.pBetter()
	if g.Passed = !anyWorse(ps, in.Level); g.Passed {
		g.NewReference = in.Level == 0 || in.Gained || few(against)
		n := float64(compared + 1)
		g.Better = !g.NewReference && g.PBetter <= in.Level/(n*(n+1))
	}
	return g
}

// anyWorse is Hochberg's procedure for at most two tests: it reports whether any of them
// is significant.
func anyWorse(ps []float64, level float64) bool {
	if level == 0 || len(ps) == 0 { // a very small p is rounded to 0
		return false
	}
	least, most := ps[0], ps[len(ps)-1]
	if least > most {
		least, most = most, least
	}
	return most <= level || least <= level/float64(len(ps))
}
