package gate

import (
	"strings"
	"testing"
)

// mixed is verdicts of a head that has n images right but for a range.
func mixed(n, from, to int) []Verdict {
	return verdicts(strings.Repeat("R", from) + strings.Repeat("W", to-from) + strings.Repeat("R", n-to))
}

func TestDecide(t *testing.T) {
	const n = 100
	head := func(name string, from, to int) *Judged { return &Judged{name, mixed(n, from, to)} }
	good, goodRef, gone := head("p", 0, 0), head("r", 0, 0), &Judged{Name: "r"}
	few := &Judged{"r", append(mixed(n/2-1, 0, 0), make([]Verdict, n/2+1)...)}
	for _, c := range []struct {
		name                 string
		published, reference *Judged
		wrong                int // the candidate has the first images wrong
		level                float64
		compared             int
		gained               bool // the published head over the reference
		passed, lost         bool
		better, next         bool
	}{
		{"equal", good, good, 0, .05, 0, false, true, false, false, false},
		{"worse than the published", good, good, 5, .05, 0, false, false, false, false, false},
		{"not significantly", good, good, 4, .05, 0, false, true, false, false, false},
		{"worse than the reference alone", head("p", 0, 4), goodRef, 6, .05, 0, false, false, false, false, false},
		{"one of two wants half the level", head("p", 0, 4), goodRef, 5, .05, 0, false, true, false, false, false},
		{"both at the level", head("p", 0, 1), head("r", 1, 2), 6, .05, 0, false, false, false, false, false},
		{"better than the reference", head("p", 0, 6), head("r", 0, 7), 0, .05, 0, false, true, false, true, false},
		{"better, but the tenth to try", head("p", 0, 6), head("r", 0, 7), 0, .05, 9, false, true, false, false, false},
		{"the tenth needs more", head("p", 0, 6), head("r", 0, 12), 0, .05, 9, false, true, false, true, false},
		{"the run after a gain", head("p", 0, 6), head("r", 0, 12), 1, .05, 0, true, true, false, false, true},
		{"the run after a gain, and worse", good, head("r", 0, 12), 6, .05, 0, true, false, false, false, false},
		{"the reference is gone", good, gone, 0, .05, 40, false, true, true, false, false},
		{"the reference has judged too few", good, few, 0, .05, 40, false, true, true, false, false},
		{"the published one counts instead", head("p", 0, 6), gone, 0, .05, 40, false, true, true, true, false},
		{"and refuses", good, gone, 5, .05, 0, false, false, true, false, false},
		{"all gone", &Judged{Name: "p"}, &Judged{Name: "p"}, 5, .05, 40, false, true, false, false, true},
		{"level 0", good, goodRef, 100, 0, 0, false, true, false, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.reference
			if r.Name == c.published.Name {
				r = c.published
			}
			g := Decide(Input{
				Candidate: mixed(n, 0, c.wrong), Published: c.published, Reference: r,
				Compared: c.compared, Gained: c.gained, Level: c.level,
			})
			if g.Passed != c.passed || g.Better != c.better || g.NewReference != c.next || g.ReferenceLost != c.lost {
				t.Errorf("%+v\n%v", *g, g)
			}
			if doubtful := c.lost || c.published.Verdicts == nil; g.Doubtful() != doubtful || g.ReferenceName() != r.Name {
				t.Errorf("doubtful %v, reference %s", !doubtful, g.ReferenceName())
			}
			if text := g.String(); !strings.Contains(text, "level") || r != c.published != strings.Contains(text, "the reference r ") {
				t.Errorf("says %q", text)
			}
		})
	}
}

// A p so small that it is rounded to 0 is not significant at the level 0.
func TestLevelZero(t *testing.T) {
	p := &Judged{"p", mixed(3000, 0, 0)}
	if g := Decide(Input{Candidate: mixed(3000, 0, 3000), Published: p, Reference: p}); !g.Passed || g.P != 0 {
		t.Errorf("%v", g)
	}
}

func TestFirstHead(t *testing.T) {
	g := Decide(Input{Candidate: mixed(10, 0, 10), Level: .05})
	if !g.Passed || !g.NewReference || g.Doubtful() || g.String() != "no head is published yet" {
		t.Errorf("%+v: %v", *g, g)
	}
}
