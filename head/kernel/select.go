package kernel

import "featurecache/simd"

// All returns the sets that this machine can run, the slowest first.
func All() []*Set {
	return append([]*Set{generic}, accelerated...)
}

// Wanted returns the set of the level that PIPELINE_KERNEL names, by default the
// fastest. Errors are those of [simd.Wanted].
func Wanted() (*Set, error) {
	level, err := simd.Wanted()
	if err != nil {
		return nil, err
	}
	return All()[level], nil
}

// Best returns the set that [Wanted] does, or the fastest one when Wanted fails: all
// sets give the same bits. A caller that must report the error calls Wanted first.
func Best() *Set {
	s, err := Wanted()
	if err != nil {
		all := All()
		return all[len(all)-1]
	}
	return s
}
