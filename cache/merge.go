package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// ErrConflict is returned when two stores hold different bits under one key, or
// different spaces. What stood before it in the sources may have been merged.
var ErrConflict = errors.New("the stores don't fit together")

// A MergeReport tells what Merge has done.
type MergeReport struct {
	Added int // features that were new
	Same  int // features that were there already, with the same bits
}

// Merge adds everything in the sources to dst. Merging again changes nothing, and
// a merge that was cut off is completed by merging again. A store that has spaces
// takes no others: that the sources belong to the same job is so made sure, and
// the error, [ErrConflict], names the field that differs. The same key with other
// bits is [ErrConflict] too: some machine or program computes wrong. Progress, if
// given, is called with the number of features done and of all.
func Merge(ctx context.Context, dst *Store, srcs []*Store, progress func(done, total int)) (report MergeReport, err error) {
	target, err := dst.Spaces()
	if err != nil {
		return report, err
	}
	var total int
	var jobs []func() error
	for _, src := range srcs {
		spaces, err := src.Spaces()
		if err != nil {
			return report, err
		}
		if len(target) == 0 {
			target = spaces
		}
		for _, info := range spaces {
			if err := fits(info, target); err != nil {
				return report, fmt.Errorf("cache: merge %s into %s: %w: %w", src.path, dst.path, ErrConflict, err)
			}
			total += info.Features
			jobs = append(jobs, func() error {
				return dst.mergeSpace(ctx, src, info, &report, func() {
					if progress != nil {
						progress(report.Added+report.Same, total)
					}
				})
			})
		}
	}
	for _, job := range jobs {
		if err := job(); err != nil {
			return report, err
		}
	}
	return report, nil
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
	for c, reason := range (*Scan)(nil).liveBad(theirs) {
		if err := w.PutBad(c, reason); err != nil {
			return errors.Join(err, w.Close())
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return s.mergeScan(src, info.ID)
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
			return 0, fmt.Errorf("%w: %v has other bits in %s", ErrConflict, k, s.path)
		}
	}
	return len(common), nil
}

// Missing lists the features that a scan wants and a space lacks: of its training
// images the views 1 to Views, of its validation images view 0.
func (x *Index) Missing(scan *Scan) (keys []Key) {
	for _, img := range scan.Images {
		first, last := img.Split.Views(scan.Views)
		for _, v := range x.Lacks(img.Content, first, last) {
			keys = append(keys, Key{img.Content, v})
		}
	}
	return keys
}
