package gate

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

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name               string
		earlier, candidate string // R right, W wrong, - not judged
		images             int
		p                  float64
		note               string
	}{
		{"equal", "RRWW", "RRWW", 4, 1, ""},
		{"better", "WWWWWW", "RRRRRR", 6, 1, ""},
		{"four of four", "RRRRR", "RWWWW", 5, 1. / 16, ""},
		{"five of five", "RRRRRW", "WWWWWW", 6, 1. / 32, ""},
		{"one sided", "RRRRRRRRWW", "WWWWWWWWRR", 10, 56. / 1024, ""},
		{"pairs only", "R-RRRRR", "WW-WWWW", 5, 1. / 32, "features of 2 of 7"},
		{"nothing in common", "--", "RR", 0, 1, "not compared"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := compare(&Judged{"x", verdicts(c.earlier)}, verdicts(c.candidate))
			if got.Against != "x" || got.Images != c.images || math.Abs(got.P-c.p) > 1e-12 || !strings.Contains(got.Note, c.note) {
				t.Errorf("got %+v", got)
			}
		})
	}
	if got := compare(&Judged{"x", nil}, verdicts("RR")); got.Images != 0 || got.P != 1 || !strings.Contains(got.Note, "gone") {
		t.Errorf("a head that is gone: %+v", got)
	}
}

func verdicts(s string) []Verdict {
	v := make([]Verdict, len(s))
	for i, c := range s {
		v[i] = map[rune]Verdict{'R': Right, 'W': Wrong}[c]
	}
	return v
}
