package extract

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"featurecache/cache"
	"featurecache/extract/imagefolder"
)

// Shard is a part of the images: of Count parts the one numbered Index, from 1. The
// zero value and 1 of 1 are all images.
//
// A hash of an image's path, relative to the folder and with slashes, decides in
// which part it is. So every machine knows its part from the names alone and reads
// no other file, and an image stays in its part when others come or go. Two files
// of the same content may be in two parts; their features are computed twice, and
// are one again when the parts' stores are merged.
type Shard struct {
	Index, Count int
}

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// ParseShard reads the form I/N.
func ParseShard(text string) (Shard, error) {
	left, right, _ := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(left)
	n, err2 := strconv.Atoi(right)
	if s := (Shard{i, n}); err1 == nil && err2 == nil && n >= 1 {
		return s, s.validate()
	}
	return Shard{}, fmt.Errorf("shard %q: want I/N, as 3/8 for the third of eight", text)
}

func (s Shard) validate() error {
	if s == (Shard{}) || s.Index >= 1 && s.Index <= s.Count {
		return nil
	}
	return fmt.Errorf("shard %v: the parts are 1 to %d", s, s.Count)
}

// whole says whether the shard is all images.
func (s Shard) whole() bool { return s.Count <= 1 }

// has says whether an image is in the shard.
func (s Shard) has(path string) bool {
	sum := sha256.Sum256([]byte(path))
	return binary.BigEndian.Uint64(sum[:])%uint64(s.Count) == uint64(s.Index-1)
}

// cut leaves of a tree what is in the shard, and a note of that.
func (s Shard) cut(tree *imagefolder.Tree) {
	if s.whole() {
		return
	}
	tree.Images = slices.DeleteFunc(tree.Images, func(img cache.Image) bool { return !s.has(img.Path) })
	tree.Bad = slices.DeleteFunc(tree.Bad, func(bad cache.BadImage) bool { return !s.has(bad.Path) })
	tree.Ignored = append(tree.Ignored, Shards{Count: s.Count, Have: []int{s.Index}}.note())
	slices.SortStableFunc(tree.Ignored, func(a, b cache.Ignored) int { return strings.Compare(a.Path, b.Path) })
}

// Shards says which parts of the images a scan has. The zero value means all.
type Shards struct {
	Count int
	Have  []int // in ascending order
}

// A scan keeps its shards among what it ignored: the folder itself, "." (which is
// no image's path), but for its parts.
const (
	shardPath   = "."
	shardReason = "not all of it: has only the shards "
)

// note is how a scan says which parts it has.
func (s Shards) note() cache.Ignored {
	var have []string
	for _, i := range s.Have {
		have = append(have, strconv.Itoa(i))
	}
	return cache.Ignored{Path: shardPath, Reason: fmt.Sprintf("%s%s of %d", shardReason, strings.Join(have, ","), s.Count)}
}

// ShardsOf reads which parts of the images a scan has.
func ShardsOf(scan *cache.Scan) (Shards, error) {
	at := slices.IndexFunc(scan.Ignored, isShardNote)
	if at < 0 {
		return Shards{}, nil
	}
	list, count, _ := strings.Cut(strings.TrimPrefix(scan.Ignored[at].Reason, shardReason), " of ")
	var s Shards
	var err error
	if s.Count, err = strconv.Atoi(count); err != nil {
		return s, fmt.Errorf("the scan of %s does not tell its shards: %w", scan.Root, err)
	}
	for _, word := range strings.Split(list, ",") {
		i, err := strconv.Atoi(word)
		if err != nil {
			return s, fmt.Errorf("the scan of %s does not tell its shards: %w", scan.Root, err)
		}
		s.Have = append(s.Have, i)
	}
	return s, nil
}

func isShardNote(ignored cache.Ignored) bool {
	return ignored.Path == shardPath && strings.HasPrefix(ignored.Reason, shardReason)
}

// SetShards makes a scan say which parts it has.
func SetShards(scan *cache.Scan, s Shards) {
	scan.Ignored = slices.DeleteFunc(scan.Ignored, isShardNote)
	if len(s.Missing()) > 0 {
		scan.Ignored = slices.Insert(scan.Ignored, 0, s.note())
	}
}

// Missing lists the parts that are not there.
func (s Shards) Missing() (missing []int) {
	for i := 1; i <= s.Count; i++ {
		if !slices.Contains(s.Have, i) {
			missing = append(missing, i)
		}
	}
	return missing
}

// Join is the parts of two scans together. The error tells when they are parts of
// different divisions.
func (s Shards) Join(t Shards) (Shards, error) {
	switch {
	case len(s.Missing()) == 0 || len(t.Missing()) == 0:
		return Shards{}, nil
	case s.Count != t.Count:
		return s, fmt.Errorf("one store has shards of %d and another of %d", s.Count, t.Count)
	}
	have := slices.Concat(s.Have, t.Have)
	slices.Sort(have)
	return Shards{s.Count, slices.Compact(have)}, nil
}
