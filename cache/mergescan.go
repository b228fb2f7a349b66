package cache

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// mergeScan keeps what two stores' scans of a space say together. Scans of one data
// set are joined, see [SameSet]; of different ones the newer scan stays.
func (s *Store) mergeScan(src *Store, id SpaceID) error {
	theirs, err := src.Scan(id)
	if errors.Is(err, ErrNoScan) {
		return nil
	}
	if err != nil {
		return err
	}
	ours, err := s.Scan(id)
	if errors.Is(err, ErrNoScan) {
		return s.PutScan(id, theirs)
	}
	if err != nil {
		return err
	}
	switch same, err := SameSet(ours, theirs); {
	case err != nil:
		return err
	case !same && ours.Time.Before(theirs.Time):
		return s.PutScan(id, theirs)
	case !same:
		return nil
	}
	joined, err := joinScans(ours, theirs)
	if err != nil {
		return fmt.Errorf("cache: merge %s: scan of %s: %w: %w", src.path, theirs.Root, ErrConflict, err)
	}
	return s.PutScan(id, joined)
}

// SameSet says whether two scans of a space are of one data set: of one root, or,
// since a data set may be mounted elsewhere on each machine, parts of one division
// of it. That is the case when their [Parts] are of as many and name the same set,
// and when classes, seed and views are the same. Scans that were never divided say
// nothing of what else they could be a part of, and are joined under one root only.
func SameSet(a, b *Scan) (bool, error) {
	if a.Root == b.Root {
		return true, nil
	}
	p, err := PartsOf(a)
	if err != nil {
		return false, err
	}
	q, err := PartsOf(b)
	return p.Set != "" && p.Set == q.Set && p.Count == q.Count &&
		slices.Equal(a.Classes, b.Classes) && a.Seed == b.Seed && a.Views == b.Views, err
}

// joinScans makes one scan of two of the same data set. Its root is the newer
// one's. A scan knows all files of the parts that it has, so the older one adds
// those of other parts only: a file that is gone by now does not come back. Stamps
// of another root match no file, for that the same inode number there is the same
// file is not known.
func joinScans(a, b *Scan) (*Scan, error) {
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
	has, err := PartsOf(newer)
	if err != nil {
		return nil, err
	}
	others, err := PartsOf(older)
	if err != nil {
		return nil, err
	}
	joined := &Scan{Root: newer.Root, Time: newer.Time, Views: max(a.Views, b.Views), Seed: a.Seed, Classes: a.Classes}
	files := files{}
	for f := range newer.files() {
		files[f.Path] = f
	}
	for f := range older.files() {
		if older.Root != newer.Root {
			f.Stamp = Stamp{}
		}
		if files.add(f, has.has(f.Path)) {
			joined.Time = older.Time // an earlier time trusts fewer stamps
		}
	}
	joined.setFiles(files)
	joined.Ignored = joinIgnored(older.Ignored, newer.Ignored)
	parts, err := has.join(others)
	if err != nil {
		return nil, err
	}
	joined.setParts(parts)
	return joined, nil
}

// files are image files, good and bad ones, by their paths.
type files map[string]BadImage

// files yields the scan's files.
func (s *Scan) files() func(yield func(BadImage) bool) {
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

// add enters what an older scan knows of a file, if that counts. The newer scan,
// whose part the file may be in, knows better, with two exceptions: could it not
// read the file, the older one's content counts; and of the same content a reason
// why it is bad tells more than none, for not every shard tries it.
func (fs files) add(f BadImage, known bool) (added bool) {
	now, found := fs[f.Path]
	switch {
	case !found && known:
		return false // it is gone
	case !found, now.Content == (Content{}) && f.Content != (Content{}):
		fs[f.Path] = f
		return true
	case now.Reason == "" && f.Reason != "" && f.Content == now.Content:
		now.Reason = f.Reason
		fs[f.Path] = now
	}
	return false
}

// setFiles makes lists of files, in the data set's order.
func (s *Scan) setFiles(fs files) {
	for _, f := range fs {
		if f.Reason == "" {
			s.Images = append(s.Images, f.Image)
		} else {
			s.Bad = append(s.Bad, f)
		}
	}
	slices.SortFunc(s.Images, dataOrder)
	slices.SortFunc(s.Bad, func(a, b BadImage) int { return dataOrder(a.Image, b.Image) })
}

// dataOrder is the order of a data set: split, class, folder, file.
func dataOrder(a, b Image) int {
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
