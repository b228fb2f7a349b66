package head

import (
	"fmt"
	"slices"
)

// folds divides n samples into k folds and returns each sample's fold. Groups are
// those of [CrossData].
//
// Folds are stratified. Groups are dealt in random order, the largest first. Each
// goes to the fold that so far has the fewest samples of the group's classes, then
// to the one with the fewest samples. Without groups, a class's counts differ by at
// most one between folds.
func folds(labels []int32, groups []int, k int, seed uint64) ([]int, error) {
	n := len(labels)
	if groups != nil && len(groups) != n {
		return nil, fmt.Errorf("%w: %d group numbers for %d samples", errOptions, len(groups), n)
	}
	members := make(map[int][]int32)
	for i := range labels {
		g := i
		if groups != nil {
			g = groups[i]
		}
		members[g] = append(members[g], int32(i))
	}
	if k < 2 || k > len(members) {
		return nil, fmt.Errorf("%w: %d folds: want 2 to %d, the number of separate samples", errOptions, k, len(members))
	}
	// The groups, in the order of their first samples, then shuffled.
	var firsts []int32
	byFirst := make(map[int32][]int32, len(members))
	for _, m := range members {
		firsts = append(firsts, m[0])
		byFirst[m[0]] = m
	}
	slices.Sort(firsts)
	newStream(seed, streamFolds, 0).shuffle(firsts)
	slices.SortStableFunc(firsts, func(a, b int32) int { return len(byFirst[b]) - len(byFirst[a]) })

	fold := make([]int, n)
	total := make([]int, k)
	perClass := make([]map[int32]int, k)
	for f := range perClass {
		perClass[f] = make(map[int32]int)
	}
	for _, first := range firsts {
		group := byFirst[first]
		best, bestSame := 0, 0
		for f := range k {
			same := 0
			for _, i := range group {
				same += perClass[f][labels[i]]
			}
			if f == 0 || same < bestSame || same == bestSame && total[f] < total[best] {
				best, bestSame = f, same
			}
		}
		for _, i := range group {
			fold[i] = best
			perClass[best][labels[i]]++
		}
		total[best] += len(group)
	}
	return fold, nil
}
