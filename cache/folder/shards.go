package folder

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Shards says which shards of a divided data set a scan covers. The zero value
// means that the data set was never divided.
type Shards struct {
	Count int   // number of shards in the data set
	Have  []int // the covered shards, from 1, in ascending order
	// Set is a fingerprint of the data set, in hexadecimal: all its shards have the same
	// one, wherever it is mounted, and other data sets have different ones. "" means
	// that it is not known.
	Set string
}

// ShardOf is the shard, 1 to count, of a path relative to the root. It depends on a hash
// of the path only, so a file stays in its shard when others are added or deleted.
func ShardOf(path string, count int) int {
	sum := sha256.Sum256([]byte(path))
	return 1 + int(binary.BigEndian.Uint64(sum[:])%uint64(count))
}

// Missing lists the shards that are not covered.
func (s Shards) Missing() (missing []int) {
	have := s.Have
	for i := 1; i <= s.Count; i++ {
		if len(have) > 0 && have[0] == i {
			have = have[1:]
			continue
		}
		missing = append(missing, i)
	}
	return missing
}

// Whole reports whether all shards are covered.
func (s Shards) Whole() bool { return len(s.Have) == s.Count }

func (s Shards) validate() error {
	if s.Count == 0 && len(s.Have) == 0 && s.Set == "" {
		return nil
	}
	if s.Count < 1 || s.Count > math.MaxInt32 || len(s.Have) == 0 {
		return fmt.Errorf("shards %v of %d", s.Have, s.Count)
	}
	last := 0
	for _, i := range s.Have {
		if i <= last || i > s.Count {
			return fmt.Errorf("shards %v of %d", s.Have, s.Count)
		}
		last = i
	}
	if strings.Trim(s.Set, "0123456789abcdef") != "" {
		return fmt.Errorf("data set %q: the fingerprint is not in hexadecimal", s.Set)
	}
	return nil
}

// covers reports whether the path belongs to one of the covered shards.
func (s Shards) covers(path string) bool {
	if s.Whole() {
		return true
	}
	_, found := slices.BinarySearch(s.Have, ShardOf(path, s.Count))
	return found
}

// join returns the shards that two scans cover together. s is the newer scan's.
func (s Shards) join(older Shards) (Shards, error) {
	switch {
	case s.Whole():
		return s, nil
	case older.Whole(): // s covers shards of the whole scan again
		all := Shards{Count: s.Count, Set: s.Set}
		for i := range s.Count {
			all.Have = append(all.Have, i+1)
		}
		return all, nil
	case s.Count != older.Count:
		return s, fmt.Errorf("one store has shards of %d and another of %d", s.Count, older.Count)
	}
	have := slices.Concat(s.Have, older.Have)
	slices.Sort(have)
	joined := Shards{s.Count, slices.Compact(have), s.Set}
	if joined.Set == "" {
		joined.Set = older.Set
	}
	return joined, nil
}
