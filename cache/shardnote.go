package cache

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"featurecache/cache/folder"
)

// In the file, a scan's shards are an extra entry in its list of ignored files. Its path
// is ".", the folder itself, which is never ignored, and its reason lists the shards.
// The package documentation gives the grammar.
const shardsPath = "."

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

// ignoredEntries returns the scan's list of ignored files as it is stored, shards included.
func ignoredEntries(scan *folder.Scan) []folder.Ignored {
	if scan.Shards.Count == 0 {
		return scan.Ignored
	}
	at, _ := slices.BinarySearchFunc(scan.Ignored, shardsPath, func(ign folder.Ignored, path string) int { return strings.Compare(ign.Path, path) })
	return slices.Insert(slices.Clone(scan.Ignored), at, folder.Ignored{Path: shardsPath, Reason: encodeShards(scan.Shards)})
}
