package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"featurecache/cache"
	"featurecache/extract"
)

// MergeResult tells what a merge did and what is still missing.
type MergeResult struct {
	cache.MergeReport
	Images int            // of the merged scan
	Shards extract.Shards // that it has; the zero value when it has all images
	Lacks  []string       // features that the scan wants and no store had: path and view, the first hundred
	Gaps   int            // how many they are
}

// MergeStores adds all that the stores of a job's shards have to the store into,
// which is made when absent, and joins their scans. Doing it again changes nothing.
// The error is [cache.ErrConflict] when they are not of the same job.
func MergeStores(ctx context.Context, sources []string, into string, progress func(done, total int)) (result *MergeResult, err error) {
	if err := distinct(sources, into); err != nil {
		return nil, err
	}
	var stores []*cache.Store
	defer func() {
		for _, s := range stores {
			_ = s.Close() // only read
		}
	}()
	for _, path := range sources {
		s, err := cache.Open(path, cache.Options{ReadOnly: true, Timeout: lockTimeout})
		if err != nil {
			return nil, err
		}
		stores = append(stores, s)
	}
	dst, err := cache.Open(into, cache.Options{Timeout: lockTimeout})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	scans, err := lastScans(append(slices.Clone(stores), dst))
	if err != nil {
		return nil, err
	}
	result = &MergeResult{}
	if result.MergeReport, err = cache.Merge(ctx, dst, stores, progress); err != nil {
		return nil, err
	}
	return result, result.finish(dst, scans)
}

// distinct refuses to merge a store into itself.
func distinct(sources []string, into string) error {
	dst, err := os.Stat(into)
	if err != nil {
		return nil // not there yet, or opening it will tell
	}
	for _, path := range sources {
		if src, err := os.Stat(path); err == nil && os.SameFile(src, dst) {
			return fmt.Errorf("merge %s into itself: choose another file for --into", path)
		}
	}
	return nil
}

// lastScans reads the last scan of each store that has one.
func lastScans(stores []*cache.Store) ([]*cache.Scan, error) {
	var scans []*cache.Scan
	for _, s := range stores {
		scan, err := s.LastScan()
		if errors.Is(err, cache.ErrNoScan) {
			continue
		}
		if err != nil {
			return nil, err
		}
		scans = append(scans, scan)
	}
	return scans, nil
}

// finish notes in the merged scan which shards it has, and finds what is missing.
func (r *MergeResult) finish(dst *cache.Store, scans []*cache.Scan) error {
	scan, err := dst.LastScan()
	if errors.Is(err, cache.ErrNoScan) {
		return nil
	}
	if err != nil {
		return err
	}
	first := true
	for _, s := range scans {
		if s.Root != scan.Root || s.Space != scan.Space {
			continue // its list of images has not come in
		}
		shards, err := extract.ShardsOf(s)
		if err != nil {
			return err
		}
		if first {
			r.Shards, first = shards, false
		} else if r.Shards, err = r.Shards.Join(shards); err != nil {
			return fmt.Errorf("merge: %w: %w", cache.ErrConflict, err)
		}
	}
	if len(r.Shards.Missing()) == 0 {
		r.Shards = extract.Shards{}
	}
	extract.SetShards(scan, r.Shards)
	if err := dst.PutScan(scan.Space, scan); err != nil {
		return err
	}
	r.Images = len(scan.Images) + len(scan.Bad)
	index, err := dst.Index(scan.Space)
	if err != nil {
		return err
	}
	r.gaps(scan, index.Missing(scan))
	return nil
}

// gaps names missing features by their images' paths.
func (r *MergeResult) gaps(scan *cache.Scan, keys []cache.Key) {
	const most = 100
	if r.Gaps = len(keys); r.Gaps == 0 {
		return
	}
	paths := map[cache.Content]string{}
	for _, img := range scan.Images {
		paths[img.Content] = img.Path
	}
	for _, k := range keys[:min(len(keys), most)] {
		r.Lacks = append(r.Lacks, fmt.Sprintf("%s view %d", paths[k.Content], k.View))
	}
}
