package kernel

// A Share is a part of a layer's work, the Part-th of Parts, for goroutines that compute a
// layer together. The zero Share is all of it. The division changes no bit: every output
// is computed by one goroutine, always in the same way.
type Share struct{ Part, Parts int }

// Of is the share's range of n equal pieces of work, from, …, to−1.
func (s Share) Of(n int) (from, to int) {
	if s.Parts == 0 {
		return 0, n
	}
	return n * s.Part / s.Parts, n * (s.Part + 1) / s.Parts
}
