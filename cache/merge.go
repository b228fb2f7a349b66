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

// errConflict begins the error of two stores that hold different bits under one key, or
// different spaces. What stood before it in the sources may have been merged.
var errConflict = errors.New("the stores don't fit together")

// A MergeReport tells what Merge has done and what is still missing.
type MergeReport struct {
	Added  int           // features that were new
	Same   int           // features that were there already, with the same bits
	Images int           // of the merged scan
	Shards folder.Shards // that it covers
	Apart  []string      // roots of the sources' scans that are of another data set, and so are not in it
	Lacks  []string      // features that the scan wants and no store had: path and view, the first hundred
	Gaps   int           // how many they are
}

// Merge adds all features of the stores at sources to the store at into, which is
// made when absent, and joins their scans where these are of one data set, see
// [folder.SameSet]; of others the newest stays. Merging again changes nothing, and a
// merge that was cut off is completed by merging again.
//
// A store that has spaces takes no others, so that stores of different jobs are not
// mixed up; the error names the field that differs. The same key with other bits is an
// error too: some machine or program computes wrong. Progress, if given, is called
// with the number of features done and of all.
func Merge(ctx context.Context, sources []string, into string, progress func(done, total int)) (report *MergeReport, err error) {
	if err := distinct(sources, into); err != nil {
		return nil, err
	}
	var stores []*Store
	defer func() {
		for _, s := range stores {
			_ = s.Close() // only read
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
		return nil // not there yet; if it is something else, opening it fails
	}
	for _, path := range sources {
		if src, err := os.Stat(path); err == nil && os.SameFile(src, dst) {
			return fmt.Errorf("cache: merge %s into itself: choose another file for --into", path)
		}
	}
	return nil
}

// spaceScan is a scan and the space of its features.
type spaceScan struct {
	space SpaceID
	scan  *folder.Scan
}

// byAge sorts stores by their last scans from the oldest, so that the newest counts
// in the end, and returns those scans. Stores without one come first.
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

// finish tells what the merged scan has, and what is missing.
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

// gaps names missing features by their images' paths.
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

// mergeStores adds all features of the sources to dst, and counts them.
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

// fits tells how a space differs from those that a store has.
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

// mergeSpace adds a space of src to the store.
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

// mergeScan keeps what two stores' scans of a space say together. Scans of one data
// set are joined, see [folder.SameSet]; of different ones the newer scan stays.
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

// compare tells how many of the keys the store has, and fails when the bits that it
// has for one are not those given.
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
		// Bits, not numbers: a NaN is equal to itself here.
		if !bytes.Equal(appendFloats(nil, ours[i*width:][:width]), theirs[4*i*width:][:4*width]) {
			return 0, fmt.Errorf("%w: %v has other bits in %s", errConflict, k, s.path)
		}
	}
	return len(common), nil
}

// missing lists the features that a scan wants and a space lacks: of its training
// images the views 1 to Views, of its validation images view 0.
func (x *Index) missing(scan *folder.Scan) (keys []Key) {
	for _, img := range scan.Images {
		first, last := img.Split.Views(scan.Views)
		for _, v := range x.Lacks(img.Content, first, last) {
			keys = append(keys, Key{img.Content, v})
		}
	}
	return keys
}
