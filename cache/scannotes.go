package cache

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"featurecache/cache/folder"
)

// In the file, a scan's shards and its preprocessing are extra entries in its list of ignored
// files, with paths that no scan ignores: the folder itself, and one that is not in its
// shortest form. The reason of the first lists the shards, in the grammar that the package
// documentation gives; that of the second is the
// text. The second's path is from the time when it only told of colours.
const (
	shardsPath        = "."
	preprocessingPath = "./colours"
)

const (
	someShards = "not all of it: has only the shards "
	allShards  = "joined of the shards "
	ofShards   = " of "
	setShards  = "; data set "
)

// encodeShards returns the reason that stores a scan's shards.
func encodeShards(s folder.Shards) string {
	var have []string
	for _, i := range s.Have {
		have = append(have, strconv.Itoa(i))
	}
	note := someShards
	if s.Whole() {
		note = allShards
	}
	note += strings.Join(have, ",") + ofShards + strconv.Itoa(s.Count)
	if s.Set != "" {
		note += setShards + s.Set
	}
	return note
}

// decodeShards reverses encodeShards. [folder.Scan.Validate] checks the numbers.
func decodeShards(note string) (s folder.Shards, err error) {
	rest, _ := strings.CutPrefix(note, someShards)
	rest, _ = strings.CutPrefix(rest, allShards)
	rest, s.Set, _ = strings.Cut(rest, setShards)
	have, count, _ := strings.Cut(rest, ofShards)
	s.Count, err = strconv.Atoi(count)
	for number := range strings.SplitSeq(have, ",") {
		i, numberErr := strconv.Atoi(number)
		err = errors.Join(err, numberErr)
		s.Have = append(s.Have, i)
	}
	if err != nil || encodeShards(s) != note {
		return folder.Shards{}, fmt.Errorf("shards %q: %w", note, errEncoding)
	}
	return s, nil
}

// ignoredEntries returns the scan's list of ignored files as it is stored, notes included.
func ignoredEntries(scan *folder.Scan) []folder.Ignored {
	var notes []folder.Ignored
	if scan.Shards.Count > 0 {
		notes = append(notes, folder.Ignored{Path: shardsPath, Reason: encodeShards(scan.Shards)})
	}
	if scan.Preprocessing != "" {
		notes = append(notes, folder.Ignored{Path: preprocessingPath, Reason: scan.Preprocessing})
	}
	if notes == nil {
		return scan.Ignored
	}
	all := slices.Concat(notes, scan.Ignored)
	slices.SortStableFunc(all, func(a, b folder.Ignored) int { return strings.Compare(a.Path, b.Path) })
	return all
}
