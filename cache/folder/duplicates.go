package folder

import "encoding/binary"

// Duplicates are images of a scan whose files have the same bytes. An image, here, is a
// content: two files with the same bytes are one image. One image may be counted both as
// in both splits and as under two labels.
type Duplicates struct {
	// InBothSplits is the number of images that train and val both have. They make the
	// accuracy look better than it is.
	InBothSplits int `json:"in_both_splits"`
	// UnderTwoLabels is the number of images that are in more than one class, in one split
	// or across both. At least one of the labels is wrong.
	UnderTwoLabels int `json:"under_two_labels"`
	// Copies is the number of files whose bytes an earlier file has too. Those within one
	// split and one class are harmless.
	Copies int `json:"copies"`

	FirstInBothSplits   []Pair `json:"first_in_both_splits"`   // of the first five images
	FirstUnderTwoLabels []Pair `json:"first_under_two_labels"` // likewise
}

// A Pair is the paths of two files with the same bytes, relative to the root: the first
// file of an image and the first one that differs from it in split or label.
type Pair [2]string

// mostPairs is the number of pairs that Duplicates names.
const mostPairs = 5

// Entries of findDuplicates' table: the index of an image's first file plus 1, and whether
// the image has been counted.
const (
	seenInBoth   = 1 << 31
	seenAsTwo    = 1 << 30
	indexPlusOne = seenAsTwo - 1
)

// FindDuplicates compares the contents of images, which are at most 2^30 − 2. Images that
// have not been read are left out. It takes time in proportion to their number, and 5.3 to
// 10.7 bytes of memory for each.
func FindDuplicates(images []Image) *Duplicates {
	d := &Duplicates{FirstInBothSplits: []Pair{}, FirstUnderTwoLabels: []Pair{}}
	// A hash table with linear probing. The contents are hashes already, and images are
	// only looked at where two of them meet.
	size := uint64(8)
	for size < uint64(len(images))+uint64(len(images))/3 {
		size *= 2
	}
	table := make([]uint32, size)
	for i := range images {
		img := &images[i]
		if img.Content == (Content{}) {
			continue
		}
		at := binary.LittleEndian.Uint64(img.Content[:]) & (size - 1)
		for ; table[at] != 0; at = (at + 1) & (size - 1) {
			if first := &images[table[at]&indexPlusOne-1]; first.Content == img.Content {
				table[at] |= d.add(first, img, table[at])
				break
			}
		}
		if table[at] == 0 {
			table[at] = uint32(i + 1)
		}
	}
	return d
}

// add counts a file that has the bytes of an earlier one, and returns what the image is
// now counted as. It was counted as seen before.
func (d *Duplicates) add(first, img *Image, seen uint32) (now uint32) {
	d.Copies++
	pair := Pair{first.Path, img.Path}
	if img.Split != first.Split && seen&seenInBoth == 0 {
		now |= seenInBoth
		if d.InBothSplits++; len(d.FirstInBothSplits) < mostPairs {
			d.FirstInBothSplits = append(d.FirstInBothSplits, pair)
		}
	}
	if img.Label != first.Label && seen&seenAsTwo == 0 {
		now |= seenAsTwo
		if d.UnderTwoLabels++; len(d.FirstUnderTwoLabels) < mostPairs {
			d.FirstUnderTwoLabels = append(d.FirstUnderTwoLabels, pair)
		}
	}
	return now
}
