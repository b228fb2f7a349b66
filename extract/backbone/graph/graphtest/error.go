package graphtest

import "math"

// RelativeError is the relative L2 error of got, ‖got − want‖ / ‖want‖; 0 when
// they are equal, and NaN when an element is.
func RelativeError[G, W float32 | float64](got []G, want []W) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var num, den float64
	for i := range want {
		d := float64(got[i]) - float64(want[i])
		num += d * d
		den += float64(want[i]) * float64(want[i])
	}
	if num == 0 {
		return 0
	}
	return math.Sqrt(num / den)
}
