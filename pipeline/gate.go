package pipeline

import (
	"errors"
	"fmt"
	"strings"
)

// ErrGate is returned when tonight's head is significantly worse than the published
// one, or than the reference; the published one stays.
var ErrGate = errors.New("the new head is significantly worse, and the published one stays")

// DefaultLevel is the gate's level of significance.
const DefaultLevel = 0.05

// GateResult is what the gate makes of tonight's head. It compares it with two
// earlier ones on tonight's validation images, see [Comparison]: with the published
// head, and with the reference. Of a hundred heads, each a little worse than the
// one before, none need be significantly worse than the one before; against a
// reference that stays they add up.
//
// Two tests are not to refuse more good heads than one: by Hochberg's step-up
// procedure (1988, https://doi.org/10.1093/biomet/75.4.800) the head is refused
// when both p are at most Level or one is at most Level/2. For a head as good as
// both that has at most the probability Level, since the two p, in which tonight's
// head is the same, are positively dependent (Simes 1986,
// https://doi.org/10.1093/biomet/73.3.751; Sarkar 1998,
// https://doi.org/10.1214/aos/1028144846).
//
// # The reference
//
// The first reference is the first head. Later ones come after significant gains
// only, as in the ladder of Blum and Hardt (2015, https://arxiv.org/abs/1502.04585):
// the head with the best figure would be the luckiest of all, and no equal would
// pass beside it. For the same reason a level for each night is not enough, for in
// some of a thousand nights luck is great. So the n-th head that is published beside
// a reference is tried at the level Level/(n(n+1)). These levels add up to Level:
// that luck alone is ever taken for a gain over a given reference has at most that
// probability, however the heads depend on each other (Bonferroni).
//
// Nor is the head that showed the gain the new reference: it was chosen for its good
// result on these images, and no equal would have as good a one. The next published
// head is, which shares the gain but not the luck.
//
// A reference that has verdicts on less than half of the validation images, or
// whose folder is gone, gives way to the published head. A head that was published
// with the level 0, or by hand although it had been refused, is a reference: that
// was a decision.
type GateResult struct {
	Comparison // with the published head

	// Reference is the comparison with the reference; nil when that is the
	// published head.
	Reference     *Comparison `json:"reference,omitempty"`
	ReferenceLost bool        `json:"reference_lost,omitempty"` // it gives way; its note says why

	Level  float64 `json:"level"`
	Passed bool    `json:"passed"`
	// PBetter is McNemar's p the other way round: small when tonight's head is
	// better than the reference. Better says that it is significantly so: the next
	// published head will be the reference.
	PBetter float64 `json:"p_better"`
	Better  bool    `json:"better,omitempty"`
	// NewReference says that tonight's head is the reference from now on.
	NewReference bool `json:"new_reference,omitempty"`
}

// reference names the folder of the reference that tonight's head was compared with.
func (g *GateResult) reference() string {
	if g.Reference != nil {
		return g.Reference.Against
	}
	return g.Against
}

// Doubtful says that less was compared than should have been: there is a published
// head, and it or the reference could not be judged.
func (g *GateResult) Doubtful() bool { return g.Against != "" && g.Images == 0 || g.ReferenceLost }

// String is the result as one line for people.
func (g *GateResult) String() string {
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
		b.WriteString("; tonight's head is the reference from now on")
	case g.Better:
		b.WriteString("; that is a significant gain, and the next published head will be the reference")
	}
	return b.String()
}

// judged is what an earlier head says of the validation images.
type judged struct {
	folder   string
	verdicts []verdict // nil when the head is gone
}

// decide compares tonight's verdicts with those of the published head and of the
// reference, which may be the same.
func (s *standing) decide(level float64, published, reference *judged, tonight []verdict) *GateResult {
	g := &GateResult{Comparison: *compare(published, tonight), Level: level, PBetter: 1}
	few := func(c *Comparison) bool { return 2*c.Images < len(tonight) }
	var ps []float64
	if g.Images > 0 {
		ps = append(ps, g.P)
	}
	against, compared := &g.Comparison, s.compared // the comparison with the reference
	if reference.folder != published.folder {
		g.Reference = compare(reference, tonight)
		if g.ReferenceLost = few(g.Reference); g.ReferenceLost {
			g.Reference.Note += "; the published head takes its place"
			compared = 0
		} else {
			against = g.Reference
			ps = append(ps, against.P)
		}
	}
	g.PBetter = against.pBetter()
	if g.Passed = !anyWorse(ps, level); g.Passed {
		g.NewReference = level == 0 || s.gained || few(against)
		n := float64(compared + 1)
		g.Better = !g.NewReference && g.PBetter <= level/(n*(n+1))
	}
	return g
}

// anyWorse is Hochberg's procedure for two tests or one: whether any of them is
// significant.
func anyWorse(ps []float64, level float64) bool {
	if level == 0 || len(ps) == 0 { // so small a p may be rounded to 0
		return false
	}
	least, most := ps[0], ps[len(ps)-1]
	if least > most {
		least, most = most, least
	}
	return most <= level || least <= level/float64(len(ps))
}
