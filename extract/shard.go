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

// Shard is one of Count parts of the images, numbered from 1. The zero value and 1 of 1
// are all images.
//
// A hash of an image's path, relative to the folder and with slashes, decides in
// which part it is, see [folder.ShardOf]. So every machine knows its part from the
// names alone, and an image stays in its part when others come or go. Of other
// parts it reads at most the few images of the data set's fingerprint. Two files of
// the same content may be in two parts; their features are computed twice, and are
// one again when the parts' stores are merged.
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

// cut leaves of a scan what is in the shard.
func (s Shard) cut(scan *folder.Scan) {
	if s.Count <= 1 {
		return
	}
	scan.Shards = folder.Shards{Count: s.Count, Have: []int{s.Index}, Set: fingerprint(scan)}
	has := func(path string) bool { return folder.ShardOf(path, s.Count) == s.Index }
	scan.Images = slices.DeleteFunc(scan.Images, func(img folder.Image) bool { return !has(img.Path) })
	scan.Bad = slices.DeleteFunc(scan.Bad, func(bad folder.BadImage) bool { return !has(bad.Path) })
}

// witnesses is the number of images that a fingerprint tells the content of.
const witnesses = 8

// fingerprint identifies a data set, so that shards of it that were made where it is
// mounted elsewhere, or copied to, can be told from those of another: by the names
// and sizes of all its images, and by the content of a few. Every shard of a set
// has the same, for which few are chosen the names alone decide. One that can't be
// read makes another fingerprint.
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
