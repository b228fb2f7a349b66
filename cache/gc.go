package cache

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"time"

	"featurecache/cache/folder"
)

// GCOptions say what GC keeps.
type GCOptions struct {
	Keep     []SpaceID             // spaces to keep in addition to the last scan's
	Timeout  time.Duration         // how long to wait for the file's lock
	Progress func(done, total int) // called with the numbers of features copied and to copy; may be nil
}

// A GCReport says what GC kept and dropped.
type GCReport struct {
	Spaces, SpacesDropped     int
	Features, FeaturesDropped int
	Before, After             int64 // sizes of the file in bytes
}

// GC rewrites the store with only what is still in use: the space of the last scan and
// the spaces in opt.Keep, each with only the images that its last scan names. A space
// without a scan is kept whole. If the store has no scan at all, all spaces are kept.
// The new blocks are full and in the order of the scan, in which training reads them.
// A rename puts the new file in place of the old one; until then the old one is left
// unchanged, whatever happens.
func GC(ctx context.Context, path string, opt GCOptions) (report GCReport, err error) {
	if _, err := os.Stat(path); err != nil {
		return report, fmt.Errorf("cache: gc %s: %w", path, folder.Cause(err))
	}
	src, err := Open(path, Options{Timeout: opt.Timeout})
	if err != nil {
		return report, err
	}
	err = src.rewrite("gc", func(dst *Store) error { return src.copyLive(ctx, dst, opt, &report) }, func(temp, path string) error {
		if err := os.Rename(temp, path); err != nil {
			_ = os.Remove(temp)
			return fmt.Errorf("cache: gc: %w", err)
		}
		return nil
	})
	return report, err
}

// copyLive copies what GC keeps to a new store.
func (s *Store) copyLive(ctx context.Context, dst *Store, opt GCOptions, report *GCReport) error {
	spaces, err := s.Spaces()
	if err != nil {
		return err
	}
	if report.Before, err = s.Size(); err != nil {
		return err
	}
	live, total := liveSpaces(spaces, opt.Keep)
	report.Spaces, report.SpacesDropped = len(live), len(spaces)-len(live)
	for _, info := range live {
		n, e := s.copySpace(ctx, dst, info, func(done int) {
			if opt.Progress != nil {
				opt.Progress(report.Features+done, total)
			}
		})
		report.Features += n
		if err = e; err != nil {
			break
		}
	}
	for _, info := range spaces {
		report.FeaturesDropped += info.Features
	}
	report.FeaturesDropped -= report.Features
	if err == nil {
		report.After, err = dst.Size()
	}
	return err
}

// liveSpaces returns the spaces to keep, with the last scan's at the end, and the number
// of their features.
func liveSpaces(spaces []SpaceInfo, keep []SpaceID) (live []SpaceInfo, features int) {
	keepAll := true
	wanted := map[SpaceID]bool{}
	for _, id := range keep {
		wanted[id] = true
	}
	for _, info := range spaces {
		if info.Last {
			keepAll = false
		}
	}
	var last []SpaceInfo
	for _, info := range spaces {
		switch {
		case info.Last:
			last = append(last, info)
		case keepAll || wanted[info.ID]:
			live = append(live, info)
		default:
			continue
		}
		features += info.Features
	}
	return append(live, last...), features
}

// copySpace copies a space's live images and its scan.
func (s *Store) copySpace(ctx context.Context, dst *Store, info SpaceInfo, progress func(done int)) (n int, err error) {
	x, err := s.Index(info.ID)
	if err != nil {
		return 0, err
	}
	scan, err := s.Scan(info.ID)
	if errors.Is(err, ErrNoScan) {
		scan, err = nil, nil
	}
	if err != nil {
		return 0, err
	}
	w, err := dst.newWriter(info.Space, info.Created)
	if err != nil {
		return 0, err
	}
	err = s.eachBatch(ctx, x, liveKeys(scan, x), func(keys []Key, features []float32) error {
		for i, k := range keys {
			if err := w.Put(k, features[i*info.Width:][:info.Width]); err != nil {
				return err
			}
		}
		n += len(keys)
		progress(n)
		return nil
	})
	if err != nil {
		return n, err
	}
	for c, reason := range liveBad(scan, x) {
		if err := w.PutBad(c, reason); err != nil {
			return n, err
		}
	}
	if err := w.Close(); err != nil || scan == nil {
		return n, err
	}
	return n, dst.PutScan(info.ID, scan)
}

// liveKeys yields the stored views of the scan's images, in the scan's order. If scan is
// nil, it yields those of all images.
func liveKeys(scan *folder.Scan, x *Index) iter.Seq[Key] {
	if scan == nil {
		return x.Keys()
	}
	return func(yield func(Key) bool) {
		done := make(map[folder.Content]struct{}, len(scan.Images))
		for _, img := range scan.Images {
			if _, ok := done[img.Content]; ok {
				continue
			}
			done[img.Content] = struct{}{}
			for _, k := range x.views(img.Content) {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// liveBad returns the bad images that the scan names, or all of them if scan is nil.
func liveBad(scan *folder.Scan, x *Index) map[folder.Content]string {
	live := map[folder.Content]string{}
	if scan == nil {
		x.mu.RLock()
		defer x.mu.RUnlock()
		for c, reason := range x.bad {
			live[c] = reason
		}
		return live
	}
	for _, bad := range scan.Bad {
		if reason, ok := x.Bad(bad.Content); ok {
			live[bad.Content] = reason
		}
	}
	return live
}

// eachBatch calls f with the keys and their features, one block's worth at a time. The
// slices are only valid during the call.
func (s *Store) eachBatch(ctx context.Context, x *Index, keys iter.Seq[Key], f func([]Key, []float32) error) error {
	width := x.space.Width
	batch := make([]Key, 0, perBlock(width))
	buf := make([]float32, cap(batch)*width)
	flush := func() error {
		if err := context.Cause(ctx); err != nil {
			return fmt.Errorf("cache: %s: %w", s.path, err)
		}
		features := buf[:len(batch)*width]
		if err := s.Read(x.id, batch, features); err != nil {
			return err
		}
		err := f(batch, features)
		batch = batch[:0]
		return err
	}
	for k := range keys {
		if batch = append(batch, k); len(batch) == cap(batch) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
