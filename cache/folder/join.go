package folder

import (
	"cmp"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"
)

// SameSet reports whether two scans are of one data set: they have the same root, or
// they are shards of the same division of it, which each machine may have mounted
// elsewhere. Shards belong together if their [Shards] have the same count and the same
// known fingerprint, and the scans have the same classes, seed and views.
func SameSet(a, b *Scan) bool {
	if a.Root == b.Root {
		return true
	}
	p, q := a.Shards, b.Shards
	return p.Set != "" && p.Set == q.Set && p.Count == q.Count &&
		slices.Equal(a.Classes, b.Classes) && a.Seed == b.Seed && a.Views == b.Views
}

// Join joins two scans of the same data set, see [SameSet]. The root is the newer scan's.
// The newer scan lists all files of its shards, so the older one adds only files of
// other shards: a deleted file does not come back. The stamps of files under another
// root are cleared, because the same inode number there may belong to another file. The
// error says in what the two differ.
func Join(a, b *Scan) (*Scan, error) {
	if !slices.Equal(a.Classes, b.Classes) {
		return nil, fmt.Errorf("the classes differ: %q and %q", a.Classes, b.Classes)
	}
	if a.Seed != b.Seed {
		return nil, fmt.Errorf("the seeds differ: %d and %d", a.Seed, b.Seed)
	}
	older, newer := b, a
	if a.Time.Before(b.Time) {
		older, newer = a, b
	}
	shards, err := newer.Shards.join(older.Shards)
	if err != nil {
		return nil, err
	}
	joined := &Scan{Root: newer.Root, Time: newer.Time, Views: max(a.Views, b.Views), Seed: a.Seed, Shards: shards,
		Preprocessing: newer.Preprocessing, Classes: a.Classes}
	files := files{}
	for f := range newer.files() {
		files[f.Path] = f
	}
	for f := range older.files() {
		if older.Root != newer.Root {
			f.Stamp = Stamp{}
		}
		if files.add(f, newer.Shards.covers(f.Path)) {
			joined.Time = older.Time // an earlier time trusts fewer stamps
		}
	}
	joined.setFiles(files)
	joined.Ignored = joinIgnored(older.Ignored, newer.Ignored)
	return joined, nil
}

// files maps paths to image files, good and bad. A good one has no reason.
type files map[string]BadImage

// files yields the scan's image files: first the good ones, without a reason, then the
// bad ones.
func (s *Scan) files() iter.Seq[BadImage] {
	return func(yield func(BadImage) bool) {
		for _, img := range s.Images {
			if !yield(BadImage{Image: img}) {
				return
			}
		}
		for _, bad := range s.Bad {
			if !yield(bad) {
				return
			}
		}
	}
}

// add adds what the older scan knows of a file, unless the newer scan knows better. The
// newer scan takes precedence for the files that it covers, with two exceptions: if it
// could not read the file, the older scan's content is used; and if the content is the
// same, a reason why it is bad is kept, because not every shard tries to decode it.
// It reports whether the older scan's entry is used.
func (fs files) add(f BadImage, covered bool) (added bool) {
	now, found := fs[f.Path]
	switch {
	case !found && covered:
		return false // the file has been deleted
	case !found, now.Content == (Content{}) && f.Content != (Content{}):
		fs[f.Path] = f
		return true
	case now.Reason == "" && f.Reason != "" && f.Content == now.Content:
		now.Reason = f.Reason
		fs[f.Path] = now
	}
	return false
}

// setFiles sets the scan's lists of images and bad images, in the data set's order.
func (s *Scan) setFiles(fs files) {
	for _, f := range fs {
		if f.Reason == "" {
			s.Images = append(s.Images, f.Image)
		} else {
			s.Bad = append(s.Bad, f)
		}
	}
	slices.SortFunc(s.Images, compareImages)
	slices.SortFunc(s.Bad, func(a, b BadImage) int { return compareImages(a.Image, b.Image) })
}

// compareImages orders images by split, class, folder and file name.
func compareImages(a, b Image) int {
	dirA, fileA := path.Split(a.Path)
	dirB, fileB := path.Split(b.Path)
	return cmp.Or(
		cmp.Compare(a.Split, b.Split),
		cmp.Compare(a.Label, b.Label),
		strings.Compare(strings.TrimSuffix(dirA, "/"), strings.TrimSuffix(dirB, "/")),
		strings.Compare(fileA, fileB))
}

func joinIgnored(older, newer []Ignored) []Ignored {
	all := slices.Concat(newer, older)
	slices.SortStableFunc(all, func(a, b Ignored) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(all, func(a, b Ignored) bool { return a.Path == b.Path })
}
