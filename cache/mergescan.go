package cache

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// mergeScan keeps what two stores' scans of a space say together. Scans of one
// root are joined: shards may each know a part of the images, or that different
// ones are bad. Of different roots the newer scan stays.
func (s *Store) mergeScan(src *Store, id SpaceID) error {
	theirs, err := src.Scan(id)
	if errors.Is(err, ErrNoScan) {
		return nil
	}
	if err != nil {
		return err
	}
	ours, err := s.Scan(id)
	switch {
	case errors.Is(err, ErrNoScan):
		return s.PutScan(id, theirs)
	case err != nil:
		return err
	case ours.Root != theirs.Root && ours.Time.Before(theirs.Time):
		return s.PutScan(id, theirs)
	case ours.Root != theirs.Root:
		return nil
	}
	joined, err := joinScans(ours, theirs)
	if err != nil {
		return fmt.Errorf("cache: merge %s: scan of %s: %w", src.path, ours.Root, err)
	}
	return s.PutScan(id, joined)
}

// joinScans makes one scan of two of the same root.
func joinScans(a, b *Scan) (*Scan, error) {
	if !slices.Equal(a.Classes, b.Classes) {
		return nil, fmt.Errorf("the classes differ: %q and %q", a.Classes, b.Classes)
	}
	if a.Seed != b.Seed {
		return nil, fmt.Errorf("the seeds differ: %d and %d", a.Seed, b.Seed)
	}
	joined := &Scan{Root: a.Root, Time: a.Time, Views: max(a.Views, b.Views), Seed: a.Seed, Classes: a.Classes}
	older, newer := a, b
	if b.Time.Before(a.Time) {
		older, newer = b, a
		joined.Time = b.Time // an earlier time trusts fewer stamps
	}
	files := map[string]BadImage{}
	for _, scan := range []*Scan{older, newer} {
		for _, img := range scan.Images {
			add(files, BadImage{Image: img})
		}
		for _, bad := range scan.Bad {
			add(files, bad)
		}
	}
	for _, f := range files {
		if f.Reason == "" {
			joined.Images = append(joined.Images, f.Image)
		} else {
			joined.Bad = append(joined.Bad, f)
		}
	}
	slices.SortFunc(joined.Images, dataOrder)
	slices.SortFunc(joined.Bad, func(a, b BadImage) int { return dataOrder(a.Image, b.Image) })
	joined.Ignored = joinIgnored(older.Ignored, newer.Ignored)
	return joined, nil
}

// add enters a file that may be known from an older scan already. One that could
// not be read tells less than one that could; of the same content a reason why it
// is bad tells more than none, for not every shard tries it.
func add(files map[string]BadImage, f BadImage) {
	old, known := files[f.Path]
	switch {
	case known && f.Content == (Content{}) && old.Content != (Content{}):
		return
	case known && f.Reason == "" && old.Reason != "" && f.Content == old.Content:
		f.Reason = old.Reason
	}
	files[f.Path] = f
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
