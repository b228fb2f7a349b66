// Package folder describes a scanned image folder. [Scan] is the description: which
// files are images, their classes and splits, and what the file system knows of them.
// extract/imagefolder creates it, extract adds the content of each file, package cache
// stores it, and training reads it.
//
// A data set may be divided into shards that different machines scan: [ShardOf] says
// which shard a file is in, and [Join] makes one scan of two.
//
// The package opens no file and decodes no image.
package folder

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"math"
	"time"
)

// Content is the SHA-256 of an image file's bytes.
type Content [32]byte

// String is the whole hash in hexadecimal.
func (c Content) String() string { return hex.EncodeToString(c[:]) }

// Split says whether an image is for training or validation.
type Split uint8

// The two splits of an image folder.
const (
	Train Split = iota
	Val
)

// String is the name of the split's folder.
func (s Split) String() string {
	if s == Train {
		return "train"
	}
	return "val"
}

// Views are the numbers, first to last, of the views that an image of the split needs:
// 1 to training for a training image, the evaluation view 0 for a validation image.
func (s Split) Views(training int) (first, last uint32) {
	if s == Val {
		return 0, 0
	}
	return 1, uint32(training)
}

// A Stamp is what a file system knows about a file without reading it. A file whose
// stamp has not changed is assumed to be unchanged.
type Stamp struct {
	Size      int64
	ModTimeNS int64  // nanoseconds since 1970
	Inode     uint64 // 0 on systems without inodes
}

// An Image is an image file as a scan found it.
type Image struct {
	Path    string // relative to the scan's root, with slashes; any bytes
	Split   Split
	Label   int // index into the scan's classes
	Stamp   Stamp
	Content Content // all zero if the file has not been read yet or can't be read
}

// A BadImage is an image file that can't be used.
type BadImage struct {
	Image
	Reason string
}

// An Ignored is a file or folder that a scan skipped because it is not an image.
type Ignored struct {
	Path   string
	Reason string
}

// A Scan describes an image folder at one time, and says which views of its images are
// wanted. A scan and the features are all that training needs.
type Scan struct {
	Root    string    // the folder, as an absolute path
	Time    time.Time // when the scan began, before any file was looked at
	Views   int       // training images have views 1…Views
	Seed    uint64    // shapes the views' random crops and flips
	Shards  Shards    // shards that the scan covers; the zero value means the whole folder
	Classes []string  // class names; a label is an index into it
	// Preprocessing says how images became the network's input and why so, in words; ""
	// if that is not known. Older versions told of the colours only.
	Preprocessing string

	// Images are in torchvision's order: train before val, then by class, folder and
	// file name, each in byte order.
	Images  []Image
	Bad     []BadImage
	Ignored []Ignored // sorted by path; without the contents of ignored folders
}

// racyWindow is how much older than the scan a file must be for its stamp to be trusted.
// File systems count time in steps of up to two seconds, so a file that changes right
// after it was read may keep its time. git's index has the same rule.
const racyWindow = 2 * time.Second

// Racy reports whether an image may have changed since the scan although its stamp
// is the same.
func (s *Scan) Racy(img Image) bool {
	return img.Stamp.ModTimeNS >= s.Time.Add(-racyWindow).UnixNano()
}

// Validate checks that labels, splits, views and shards are within their ranges.
func (s *Scan) Validate() error {
	for img := range s.files() {
		if img.Label < 0 || img.Label >= len(s.Classes) || img.Split > Val {
			return fmt.Errorf("%q has label %d of %d classes, split %d", img.Path, img.Label, len(s.Classes), img.Split)
		}
	}
	if s.Views < 0 || s.Views > math.MaxInt32 {
		return fmt.Errorf("%d views", s.Views)
	}
	return s.Shards.validate()
}

// Cause returns the error inside an [fs.PathError], without the path, for messages and
// lists that already name it. Other errors are returned unchanged, even if they wrap one.
func Cause(err error) error {
	if path, ok := err.(*fs.PathError); ok { //nolint:errorlint // only the outermost error
		return path.Err
	}
	return err
}
