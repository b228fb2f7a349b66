package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Parts says which parts of a folder's files a scan has, when an extraction is
// divided. The zero value means all of them, never divided.
type Parts struct {
	Count int   // of the division
	Have  []int // from 1, in ascending order
	// Set identifies, in hexadecimal, the data set that was divided, as whoever
	// divided it knows it: equal only for the same set, wherever it is mounted.
	// "" when it is not known.
	Set string
}

// PartOf is the part, 1 to count, that a path relative to the root is in. A hash of
// it decides: a file stays in its part when others come or go.
func PartOf(path string, count int) int {
	sum := sha256.Sum256([]byte(path))
	return 1 + int(binary.BigEndian.Uint64(sum[:])%uint64(count))
}

// A scan keeps its parts among what it ignored: the folder itself, "." (which is no
// image's path), but for its parts.
const partsPath = "."

// partsNote is the reason there, either of a part or of all parts.
var partsNote = regexp.MustCompile(`^(not all of it: has only|joined of) the shards ([0-9]+(?:,[0-9]+)*) of ([0-9]+)(?:; data set ([0-9a-f]+))?$`)

// Note is how a scan says which parts it has.
func (p Parts) Note() Ignored {
	begin := "joined of"
	if len(p.Missing()) > 0 {
		begin = "not all of it: has only"
	}
	var have []string
	for _, i := range p.Have {
		have = append(have, strconv.Itoa(i))
	}
	reason := fmt.Sprintf("%s the shards %s of %d", begin, strings.Join(have, ","), p.Count)
	if p.Set != "" {
		reason += "; data set " + p.Set
	}
	return Ignored{Path: partsPath, Reason: reason}
}

func isPartsNote(ignored Ignored) bool { return ignored.Path == partsPath }

// PartsOf reads which parts a scan has.
func PartsOf(scan *Scan) (Parts, error) {
	at := slices.IndexFunc(scan.Ignored, isPartsNote)
	if at < 0 {
		return Parts{}, nil
	}
	bad := func() (Parts, error) {
		return Parts{}, fmt.Errorf("cache: the scan of %s does not tell its shards: %q", scan.Root, scan.Ignored[at].Reason)
	}
	m := partsNote.FindStringSubmatch(scan.Ignored[at].Reason)
	if m == nil {
		return bad()
	}
	count, err := strconv.ParseInt(m[3], 10, 32)
	if err != nil {
		return bad()
	}
	p := Parts{Count: int(count), Set: m[4]}
	for _, word := range strings.Split(m[2], ",") {
		i, err := strconv.Atoi(word)
		if err != nil || i < 1 || i > p.Count || len(p.Have) > 0 && i <= p.Have[len(p.Have)-1] {
			return bad()
		}
		p.Have = append(p.Have, i)
	}
	return p, nil
}

// setParts makes a scan say which parts it has.
func (s *Scan) setParts(p Parts) {
	s.Ignored = slices.DeleteFunc(s.Ignored, isPartsNote)
	if p.Count > 0 {
		s.Ignored = slices.Insert(s.Ignored, 0, p.Note())
	}
}

// Missing lists the parts that are not there.
func (p Parts) Missing() (missing []int) {
	have := p.Have
	for i := 1; i <= p.Count; i++ {
		if len(have) > 0 && have[0] == i {
			have = have[1:]
			continue
		}
		missing = append(missing, i)
	}
	return missing
}

// has says whether a file of that path would be in the scan.
func (p Parts) has(path string) bool {
	if len(p.Have) == p.Count { // all, or never divided
		return true
	}
	_, found := slices.BinarySearch(p.Have, PartOf(path, p.Count))
	return found
}

// join is the parts of two scans together, of which p is the newer.
func (p Parts) join(older Parts) (Parts, error) {
	whole := func(q Parts) bool { return len(q.Missing()) == 0 }
	switch {
	case whole(p):
		return p, nil
	case whole(older): // one with its parts made anew
		all := Parts{Count: p.Count, Set: p.Set}
		for i := range p.Count {
			all.Have = append(all.Have, i+1)
		}
		return all, nil
	case p.Count != older.Count:
		return p, fmt.Errorf("one store has shards of %d and another of %d", p.Count, older.Count)
	}
	have := slices.Concat(p.Have, older.Have)
	slices.Sort(have)
	joined := Parts{p.Count, slices.Compact(have), p.Set}
	if joined.Set == "" {
		joined.Set = older.Set
	}
	return joined, nil
}
