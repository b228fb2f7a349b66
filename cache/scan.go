package cache

import "time"

// Split says what an image is for.
type Split uint8

// The two splits of an image folder.
const (
	Train Split = iota
	Val
)

// String is the split's folder name.
func (s Split) String() string {
	if s == Train {
		return "train"
	}
	return "val"
}

// Views are the numbers, first to last, of the views that an image of the split is
// to have when training images have so many: 1 to training, or the evaluation view 0.
func (s Split) Views(training int) (first, last uint32) {
	if s == Val {
		return 0, 0
	}
	return 1, uint32(training)
}

// A Stamp is what a file system tells about a file without reading it. A file
// whose stamp has not changed is taken to be unchanged.
type Stamp struct {
	Size      int64
	ModTimeNS int64  // nanoseconds since 1970
	Inode     uint64 // 0 where there are none
}

// An Image is an image file as a scan found it.
type Image struct {
	Path    string // relative to the scan's root, with slashes; any bytes
	Split   Split
	Label   int // index into the scan's classes
	Stamp   Stamp
	Content Content // all zero when the file could not be read
}

// A BadImage is an image file that can't be used.
type BadImage struct {
	Image
	Reason string
}

// An Ignored is a file or folder that a scan did not take for an image.
type Ignored struct {
	Path   string
	Reason string
}

// A Scan is what the last extract saw and wanted: the images of a folder in the
// order of the data set, and which views of them it made features of. It is all
// that training needs besides the features.
type Scan struct {
	Space   SpaceID   // the space of its features; PutScan fills it in
	Root    string    // the folder, as an absolute path
	Time    time.Time // when the scan began, before any file was looked at
	Views   int       // training images have views 1…Views
	Seed    uint64    // of the views
	Classes []string
	Images  []Image
	Bad     []BadImage
	Ignored []Ignored
}

// A ScanSummary is the numbers of a scan.
type ScanSummary struct {
	Root       string
	Time       time.Time
	Views      int
	Seed       uint64
	Classes    int
	Train, Val int // usable images
	Bad        int
	Ignored    int
}

// racyWindow is how much older than the scan a file must be for its stamp to be
// trusted: a file that changes right after it was read may keep its time, for
// file systems count time in steps of up to two seconds. The index of git has the
// same rule.
const racyWindow = 2 * time.Second

// racy reports whether an image may have changed since with an equal stamp.
func (s *Scan) racy(img Image) bool {
	return img.Stamp.ModTimeNS >= s.Time.Add(-racyWindow).UnixNano()
}
