package extract

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"featurecache/cache/folder"
)

// Shard is one of Count shards of the images, numbered from 1. The zero value and 1 of 1
// mean all images.
//
// A hash of an image's path, relative to the folder and with slashes, decides which shard
// it is in, see [folder.ShardOf]. So every machine knows its shard from the names alone,
// and an image stays in its shard when others are added or deleted. Of other shards a
// machine reads at most the few images of the data set's fingerprint. Two files of the
// same content may be in different shards; their features are computed twice, and merging
// the shards' stores keeps one.
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
	return Shard{}, fmt.Errorf("shard %q: want I/N, such as 3/8 for the third of eight", text)
}

func (s Shard) validate() error {
	if s == (Shard{}) || s.Index >= 1 && s.Index <= s.Count {
		return nil
	}
	return fmt.Errorf("shard %v: the parts are 1 to %d", s, s.Count)
}

// cut removes the files that are not in the shard from a scan.
func (s Shard) cut(scan *folder.Scan) {
	if s.Count <= 1 {
		return
	}
	scan.Shards = folder.Shards{Count: s.Count, Have: []int{s.Index}, Set: fingerprint(scan)}
	has := func(path string) bool { return folder.ShardOf(path, s.Count) == s.Index }
	scan.Images = slices.DeleteFunc(scan.Images, func(img folder.Image) bool { return !has(img.Path) })
	scan.Bad = slices.DeleteFunc(scan.Bad, func(bad folder.BadImage) bool { return !has(bad.Path) })
}

// witnesses is the number of images whose content a fingerprint covers.
const witnesses = 8

// fingerprint identifies a data set, wherever it is mounted or copied to, so that shards of
// different sets are not joined. It covers the names and sizes of all images, and the
// content of a few, which are chosen by name, so every shard of a set has the same
// fingerprint. If one of the few can't be read, the fingerprint differs.
func fingerprint(scan *folder.Scan) string {
	h := sha256.New()
	var chosen []witness
	for _, img := range scan.Images {
		fmt.Fprintf(h, "%q %d\n", img.Path, img.Stamp.Size)
		w := witness{sha256.Sum256([]byte(img.Path)), img.Path}
		at, _ := slices.BinarySearchFunc(chosen, w, witness.compare)
		if chosen = slices.Insert(chosen, at, w); len(chosen) > witnesses {
			chosen = chosen[:witnesses]
		}
	}
	var files fileReader
	for _, w := range chosen {
		data, _, err := files.read(filepath.Join(scan.Root, w.path))
		if err != nil {
			fmt.Fprintf(h, "%q\n", reason(err))
			continue
		}
		fmt.Fprintf(h, "%x\n", sha256.Sum256(data))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// A witness is an image whose path has a small hash.
type witness struct {
	order [sha256.Size]byte
	path  string
}

func (w witness) compare(v witness) int { return bytes.Compare(w.order[:], v.order[:]) }
