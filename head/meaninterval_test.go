package head

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// student is Student's interval of a mean, which can leave the bounds.
func student(mean, sd float64, n int) Interval {
	half := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(.975) * sd / math.Sqrt(float64(n))
	return Interval{mean - half, mean + half}
}

func TestMeanInterval(t *testing.T) {
	// The roots of (m-x)² = t²·(sd²/n)/(m(1-m))·x(1-x), by numpy.roots.
	mean, sd := meanSD([]float64{.9, .75, .8})
	if s := student(mean, sd, 3); math.Abs(s.Low-.626937) > 1e-6 || math.Abs(s.High-1.006396) > 1e-6 {
		t.Fatalf("the case is another: %v", s)
	}
	got := meanInterval(mean, sd, 3)
	if math.Abs(got.Low-.574216082) > 1e-9 || math.Abs(got.High-.936361099) > 1e-9 {
		t.Errorf("three seeds: %v", got)
	}
	// For binomial counts it is Wilson's, but for t.
	const p, trials = .9, 400
	t99 := distuv.StudentsT{Sigma: 1, Nu: 99}.Quantile(.975)
	got = meanInterval(p, math.Sqrt(p*(1-p)/trials*100), 100)
	want := Wilson(p*trials, trials)
	if scale := 1.959963985 / t99; math.Abs((got.High-got.Low)*scale-(want.High-want.Low)) > 1e-4 {
		t.Errorf("binomial: %v, Wilson %v", got, want)
	}
	for _, all := range []float64{0, .25, 1} {
		if got := meanInterval(all, 0, 3); got != (Interval{all, all}) {
			t.Errorf("all seeds are %g: %v", all, got)
		}
	}
	if s := summarise([]*Result{{BestValAcc: 1}, {BestValAcc: 1}}); s.Low != 1 || s.High != 1 || s.SD != 0 {
		t.Errorf("all seeds are 1: %+v", s)
	}
}

// With many values the interval is Student's.
func TestMeanIntervalOfMany(t *testing.T) {
	for _, n := range []int{1000, 1_000_000} {
		got, want := meanInterval(.95, .01, n), student(.95, .01, n)
		width := want.High - want.Low
		if d := max(math.Abs(got.Low-want.Low), math.Abs(got.High-want.High)); d > width*width*20 {
			t.Errorf("n = %d: %v, Student's %v", n, got, want)
		}
	}
}

// Whatever the values are, the interval is within 0 and 1 and holds their mean.
func TestMeanIntervalWithinBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	left := 0
	for range 20_000 {
		n, hard := 2+rng.IntN(9), math.Pow(10, 3*rng.Float64())
		v := make([]float64, n)
		for i := range v {
			v[i] = 1 - math.Pow(rng.Float64(), hard) // most are near 1
			if rng.IntN(8) == 0 {
				v[i] = float64(rng.IntN(2))
			}
		}
		mean, sd := meanSD(v)
		got := meanInterval(mean, sd, n)
		if got.Low < 0 || got.High > 1 || got.Low > mean || got.High < mean || math.IsNaN(got.Low+got.High) {
			t.Fatalf("%v: mean %g, sd %g, interval %v", v, mean, sd, got)
		}
		if s := student(mean, sd, n); s.Low < 0 || s.High > 1 {
			left++
		}
	}
	if left < 1000 {
		t.Errorf("only in %d cases would Student's leave the bounds", left)
	}
}

// It covers the true mean of accuracies on 1000 images about as often as it says.
func TestMeanIntervalCovers(t *testing.T) {
	const repeats, images = 2000, 1000
	rng := rand.New(rand.NewPCG(3, 4))
	for _, p := range []float64{.5, .9, .98, .998} {
		binomial := distuv.Binomial{N: images, P: p, Src: rng}
		for _, n := range []int{3, 5, 10, 100} {
			covers := 0
			v := make([]float64, n)
			for range repeats {
				for i := range v {
					v[i] = binomial.Rand() / images
				}
				mean, sd := meanSD(v)
				if ci := meanInterval(mean, sd, n); ci.Low <= p && p <= ci.High {
					covers++
				}
			}
			// 2.5 points are five standard errors of the share.
			if share := float64(covers) / repeats; share < .925 || share > .975 {
				t.Errorf("p = %g, n = %d: covered in %.3f", p, n, share)
			}
		}
	}
}
