package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"featurecache/cache/folder"
)

// errConflict is the error for stores that hold different bits under one key, or
// different spaces. Features that precede the conflict may have been merged.
var errConflict = errors.New("the stores don't fit together")

// A MergeReport says what Merge did and what is still missing.
type MergeReport struct {
	Added  int           // features that were new
	Same   int           // features that the store already had, with the same bits
	Images int           // images of the merged scan
	Shards folder.Shards // shards that the merged scan covers
	Apart  []string      // roots of the scans of other data sets, which are not in the merged scan
	Lacks  []string      // features that the scan wants and no store has, as path and view; at most the first hundred
	Gaps   int           // number of such features
}

// Merge adds all features of the stores at sources to the store at into, which it
// creates if absent. It joins the scans of one data set, see [folder.SameSet]; of scans
// of different data sets it keeps the newest. Merging again changes nothing, and
// completes a merge that was interrupted.
//
// Merge never adds a space to those that the store at into has, or, if it is new, to those
// of the first source, so that stores of different jobs are not mixed up. The error then
// names the field that differs. Different bits under the same key are an error too: some
// machine or program computes wrongly. Progress, if not nil, is called with the numbers
// of features merged and of all features.
func Merge(ctx context.Context, sources []string, into string, progress func(done, total int)) (report *MergeReport, err error) {
	if err := distinct(sources, into); err != nil {
		return nil, err
	}
	var stores []*Store
	defer func() {
		for _, s := range stores {
			_ = s.Close() // read-only: nothing can be lost
		}
	}()
	for _, path := range sources {
		s, err := Open(path, Options{ReadOnly: true, Timeout: LockTimeout})
		if err != nil {
			return nil, err
		}
		stores = append(stores, s)
	}
	scans, err := byAge(stores)
	if err != nil {
		return nil, err
	}
	dst, err := Open(into, Options{Timeout: LockTimeout})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	report = &MergeReport{}
	if err := mergeStores(ctx, dst, stores, report, progress); err != nil {
		return nil, err
	}
	return report, report.finish(dst, scans)
}

// distinct refuses to merge a store into itself.
func distinct(sources []string, into string) error {
	dst, err := os.Stat(into)
	if err != nil {
		return nil // absent; any other error comes back when it is opened
	}
	for _, path := range sources {
		if src, err := os.Stat(path); err == nil && os.SameFile(src, dst) {
			return fmt.Errorf("cache: merge %s into itself: choose another file for --into", path)
		}
	}
	return nil
}

// A spaceScan is a scan and the space of its features.
type spaceScan struct {
	space SpaceID
	scan  *folder.Scan
}

// byAge sorts stores by the times of their last scans, oldest first, so that the newest
// scan is stored last. Stores without a scan come first. It returns the scans, in the
// order in which the stores were given.
func byAge(stores []*Store) ([]spaceScan, error) {
	var scans []spaceScan
	times := map[*Store]time.Time{}
	for _, s := range stores {
		space, scan, err := s.LastScan()
		if errors.Is(err, ErrNoScan) {
			continue
		}
		if err != nil {
			return nil, err
		}
		scans = append(scans, spaceScan{space, scan})
		times[s] = scan.Time
	}
	slices.SortStableFunc(stores, func(a, b *Store) int { return times[a].Compare(times[b]) })
	return scans, nil
}

// finish reports what the merged scan holds and what is missing.
func (r *MergeReport) finish(dst *Store, sources []spaceScan) error {
	space, scan, err := dst.LastScan()
	if errors.Is(err, ErrNoScan) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, s := range sources {
		if s.space != space || !folder.SameSet(s.scan, scan) {
			r.Apart = append(r.Apart, s.scan.Root)
		}
	}
	r.Shards, r.Images = scan.Shards, len(scan.Images)+len(scan.Bad)
	index, err := dst.Index(space)
	if err != nil {
		return err
	}
	r.gaps(scan, index.missing(scan))
	return nil
}

// gaps reports missing features, by their images' paths.
func (r *MergeReport) gaps(scan *folder.Scan, keys []Key) {
	const most = 100
	if r.Gaps = len(keys); r.Gaps == 0 {
		return
	}
	paths := map[folder.Content]string{}
	for _, img := range scan.Images {
		paths[img.Content] = img.Path
	}
	for _, k := range keys[:min(len(keys), most)] {
		r.Lacks = append(r.Lacks, fmt.Sprintf("%s view %d", paths[k.Content], k.View))
	}
}

// mergeStores adds all features of srcs to dst, and counts them.
func mergeStores(ctx context.Context, dst *Store, srcs []*Store, report *MergeReport, progress func(done, total int)) error {
	target, err := dst.Spaces()
	if err != nil {
		return err
	}
	var total int
	var jobs []func() error
	for _, src := range srcs {
		spaces, err := src.Spaces()
		if err != nil {
			return err
		}
		if len(target) == 0 {
			target = spaces
		}
		for _, info := range spaces {
			if err := fits(info, target); err != nil {
				return fmt.Errorf("cache: merge %s into %s: %w: %w", src.path, dst.path, errConflict, err)
			}
			total += info.Features
			jobs = append(jobs, func() error {
				return dst.mergeSpace(ctx, src, info, report, func() {
					if progress != nil {
						progress(report.Added+report.Same, total)
					}
				})
			})
		}
	}
	for _, job := range jobs {
		if err := job(); err != nil {
			return err
		}
	}
	return nil
}

// fits returns an error that says how a space differs from the target's, unless the
// target has it, or has no spaces.
func fits(info SpaceInfo, target []SpaceInfo) error {
	for _, t := range target {
		if t.ID == info.ID {
			return nil
		}
	}
	if len(target) == 0 {
		return nil
	}
	return fmt.Errorf("%s", target[0].difference(info.Space))
}

// mergeSpace adds a space of src, with its scan, to the store.
func (s *Store) mergeSpace(ctx context.Context, src *Store, info SpaceInfo, report *MergeReport, progress func()) error {
	theirs, err := src.Index(info.ID)
	if err != nil {
		return err
	}
	w, err := s.newWriter(info.Space, info.Created)
	if err != nil {
		return err
	}
	err = src.eachBatch(ctx, theirs, theirs.Keys(), func(keys []Key, features []float32) error {
		both, err := s.compare(w.index, keys, features)
		if err != nil {
			return fmt.Errorf("cache: merge %s: %w", src.path, err)
		}
		for i, k := range keys {
			if err := w.Put(k, features[i*info.Width:][:info.Width]); err != nil {
				return err
			}
		}
		report.Same += both
		report.Added += len(keys) - both
		progress()
		return nil
	})
	if err != nil {
		return errors.Join(err, w.Close())
	}
	for c, reason := range liveBad(nil, theirs) {
		if err := w.PutBad(c, reason); err != nil {
			return errors.Join(err, w.Close())
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return s.mergeScan(src, info.ID)
}

// mergeScan merges src's scan of a space into the store's. Scans of one data set are
// joined, see [folder.SameSet]; of two different data sets the newer scan is kept.
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
	if !folder.SameSet(ours, theirs) {
		if ours.Time.Before(theirs.Time) {
			return s.PutScan(id, theirs)
		}
		return nil
	}
	joined, err := folder.Join(ours, theirs)
	if err != nil {
		return fmt.Errorf("cache: merge %s: scan of %s: %w: %w", src.path, theirs.Root, errConflict, err)
	}
	return s.PutScan(id, joined)
}

// compare returns how many of the keys the store has, and an error if the store has
// different bits for one of them.
func (s *Store) compare(x *Index, keys []Key, features []float32) (both int, err error) {
	width := x.space.Width
	var common []Key
	var theirs []byte
	for i, k := range keys {
		if x.Has(k) {
			common = append(common, k)
			theirs = appendFloats(theirs, features[i*width:][:width])
		}
	}
	ours := make([]float32, len(common)*width)
	if err := s.Read(x.id, common, ours); err != nil {
		return 0, err
	}
	for i, k := range common {
		// Compare bits, not numbers: a NaN must equal itself.
		if !bytes.Equal(appendFloats(nil, ours[i*width:][:width]), theirs[4*i*width:][:4*width]) {
			return 0, fmt.Errorf("%w: %v has different bits in %s", errConflict, k, s.path)
		}
	}
	return len(common), nil
}

// missing lists the features that a scan wants and the space lacks. It wants views 1 to
// Views of training images, and view 0 of validation images.
func (x *Index) missing(scan *folder.Scan) (keys []Key) {
	for _, img := range scan.Images {
		first, last := img.Split.Views(scan.Views)
		for _, v := range x.Lacks(img.Content, first, last) {
			keys = append(keys, Key{img.Content, v})
		}
	}
	return keys
}
