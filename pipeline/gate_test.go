package pipeline

import (
	"strings"
	"testing"
)

// mixed is verdicts of a head that has n images right but for a range.
func mixed(n, from, to int) []verdict {
	return verdicts(strings.Repeat("R", from) + strings.Repeat("W", to-from) + strings.Repeat("R", n-to))
}

func TestDecide(t *testing.T) {
	const n = 100
	head := func(name string, from, to int) *judged { return &judged{name, mixed(n, from, to)} }
	good, goodRef, gone := head("p", 0, 0), head("r", 0, 0), &judged{folder: "r"}
	few := &judged{"r", append(mixed(n/2-1, 0, 0), make([]verdict, n/2+1)...)}
	for _, c := range []struct {
		name                 string
		published, reference *judged
		wrong                int // tonight's head has the first images wrong
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
		{"the night after a gain", head("p", 0, 6), head("r", 0, 12), 1, .05, 0, true, true, false, false, true},
		{"the night after a gain, and worse", good, head("r", 0, 12), 6, .05, 0, true, false, false, false, false},
		{"the reference is gone", good, gone, 0, .05, 40, false, true, true, false, false},
		{"the reference has judged too few", good, few, 0, .05, 40, false, true, true, false, false},
		{"the published one counts instead", head("p", 0, 6), gone, 0, .05, 40, false, true, true, true, false},
		{"and refuses", good, gone, 5, .05, 0, false, false, true, false, false},
		{"all gone", &judged{folder: "p"}, &judged{folder: "p"}, 5, .05, 40, false, true, false, false, true},
		{"level 0", good, goodRef, 100, 0, 0, false, true, false, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.reference
			if r.folder == c.published.folder {
				r = c.published
			}
			s := standing{compared: c.compared, gained: c.gained}
			g := s.decide(c.level, c.published, r, mixed(n, 0, c.wrong))
			if g.Passed != c.passed || g.Better != c.better || g.NewReference != c.next || g.ReferenceLost != c.lost {
				t.Errorf("%+v\n%v", *g, g)
			}
			if doubtful := c.lost || c.published.verdicts == nil; g.Doubtful() != doubtful || g.reference() != r.folder {
				t.Errorf("doubtful %v, reference %s", !doubtful, g.reference())
			}
			if text := g.String(); !strings.Contains(text, "level") || r != c.published != strings.Contains(text, "the reference r ") {
				t.Errorf("says %q", text)
			}
		})
	}
}

// A p so small that it is rounded to 0 is not significant at the level 0.
func TestLevelZero(t *testing.T) {
	p := &judged{"p", mixed(3000, 0, 0)}
	if g := (&standing{}).decide(0, p, p, mixed(3000, 0, 3000)); !g.Passed || g.P != 0 {
		t.Errorf("%v", g)
	}
}
