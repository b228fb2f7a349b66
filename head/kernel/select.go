package kernel

import "featurecache/simd"

// All returns the sets that this machine can run, slowest first.
func All() []*Set {
	return append([]*Set{generic}, accelerated...)
}

// Wanted returns the set of the level that the environment asks for, by default
// the fastest; see [simd.Wanted] for the errors.
func Wanted() (*Set, error) {
	level, err := simd.Wanted()
	if err != nil {
		return nil, err
	}
	return All()[level], nil
}

// Best returns the set that [Wanted] does, and the fastest one when the environment
// asks for what is not there: the sets are interchangeable, and who must be told
// has called Wanted.
func Best() *Set {
	s, err := Wanted()
	if err != nil {
		all := All()
		return all[len(all)-1]
	}
	return s
}
