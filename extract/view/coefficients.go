package view

// The resize is Pillow's: an [Interpolation], widened by the scale when shrinking
// (antialiasing), with weights in fixed point. It is applied along rows and along
// columns, and each pass rounds to 8 bits. See ImagingResample in Pillow's
// Resample.c, the 8-bit path.

const (
	// resampleVersion is the version of the resize's arithmetic. It changes with any
	// change to pixels. 13 is the release of Pillow whose order of passes it follows.
	resampleVersion = "13.1"

	// precisionBits is the number of fractional bits of a weight: 32 bits less 8
	// for the sample and 2 for overshoot.
	precisionBits = 32 - 8 - 2
)

// axis holds the weights of one direction: output i is the sum over t of
// weights[i·taps+t] times input first[i]+t. Every output has the same number of
// taps; those that need fewer have zero weights. A weight is in two's complement, as a
// lobe of the filter may be negative.
type axis struct {
	filter  Interpolation
	taps    int
	first   []int
	weights []uint64
	exact   []float64 // scratch: the weights of one output before rounding
}

// set computes the weights of the outputs from, …, from+n−1 of a resize from size
// inputs to outSize.
func (a *axis) set(size, outSize, from, n int) {
	scale := float64(float32(size)) / float64(outSize)
	widening := max(scale, 1)
	support := a.filter.support() * widening
	span := func(i int) (centre float64, lo, hi int) {
		centre = float64((float64(from+i) + 0.5) * scale)
		return centre, max(0, int(centre-support+0.5)), min(size, int(centre+support+0.5))
	}
	a.taps = 0
	for i := range n {
		_, lo, hi := span(i)
		a.taps = max(a.taps, hi-lo)
	}
	a.first = resized(a.first, n)
	a.weights = resized(a.weights, n*a.taps)
	a.exact = resized(a.exact, a.taps)
	clear(a.weights)
	for i := range n {
		centre, lo, hi := span(i)
		a.first[i] = min(lo, size-a.taps) // all taps lie in the input
		row := a.weights[i*a.taps+lo-a.first[i]:]
		exact := a.exact[:hi-lo]
		a.filter.sample(exact, lo, centre, 1/widening)
		normalise(exact)
		for t, w := range exact {
			row[t] = fixed(w)
		}
	}
}

// normalise scales weights to a sum of 1.
func normalise(w []float64) {
	sum := 0.0
	for _, v := range w {
		sum += v
	}
	if sum == 0 {
		return
	}
	for t := range w {
		w[t] /= sum
	}
}

// fixed is a weight in fixed point, halves rounded away from 0.
func fixed(w float64) uint64 {
	w = float64(w * (1 << precisionBits))
	if w < 0 {
		return uint64(int64(w - 0.5))
	}
	return uint64(int64(w + 0.5))
}

// span returns the range of inputs that the outputs read: from, …, to−1.
func (a *axis) span() (from, to int) {
	return a.first[0], a.first[len(a.first)-1] + a.taps
}

// resized returns a slice of n elements, s itself when it is large enough.
func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
