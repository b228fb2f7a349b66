package pipeline

import (
	"math"
	"math/big"
	"strings"
	"testing"
)

// The tail against exact integers.
func TestAtLeast(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5, 17, 60, 300} {
		for k := 0; k <= n; k++ {
			sum := new(big.Int)
			for i := k; i <= n; i++ {
				sum.Add(sum, new(big.Int).Binomial(int64(n), int64(i)))
			}
			want, _ := new(big.Rat).SetFrac(sum, new(big.Int).Lsh(big.NewInt(1), uint(n))).Float64()
			if got := atLeast(k, n); math.Abs(got-want) > 1e-11*want {
				t.Errorf("%d of %d: %g, want %g", k, n, got, want)
			}
		}
	}
	if p := atLeast(500_000, 1_000_000); math.Abs(p-0.5004) > 1e-4 {
		t.Errorf("half of a million: %g", p)
	}
}

func TestGateCompare(t *testing.T) {
	for _, c := range []struct {
		name               string
		published, tonight string // R right, W wrong, - not judged
		passed             bool
		images             int
		p                  float64
		note               string
	}{
		{"equal", "RRWW", "RRWW", true, 4, 1, ""},
		{"better", "WWWWWW", "RRRRRR", true, 6, 1, ""},
		{"four of four are not yet significant", "RRRRR", "RWWWW", true, 5, 1. / 16, ""},
		{"five of five are", "RRRRRW", "WWWWWW", false, 6, 1. / 32, ""},
		{"one sided", "RRRRRRRRWW", "WWWWWWWWRR", true, 10, 56. / 1024, ""},
		{"pairs only", "R-RRRRR", "WW-WWWW", false, 5, 1. / 32, "2 images lack"},
		{"nothing in common", "--", "RR", true, 0, 1, "not compared"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &GateResult{Level: DefaultLevel, P: 1, Passed: true}
			g.compare(verdicts(c.published), verdicts(c.tonight))
			if g.Passed != c.passed || g.Images != c.images || math.Abs(g.P-c.p) > 1e-12 || !strings.Contains(g.Note, c.note) {
				t.Errorf("got %+v", g)
			}
		})
	}
	g := &GateResult{Level: 0, Passed: true}
	g.compare(verdicts(strings.Repeat("R", 1000)), verdicts(strings.Repeat("W", 1000)))
	if !g.Passed {
		t.Error("level 0 refused")
	}
}

func verdicts(s string) []verdict {
	v := make([]verdict, len(s))
	for i, c := range s {
		v[i] = map[rune]verdict{'R': right, 'W': wrong}[c]
	}
	return v
}
