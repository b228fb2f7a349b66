package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"featurecache/cache"
)

// MergeResult tells what a merge did and what is still missing.
type MergeResult struct {
	cache.MergeReport
	Images int         // of the merged scan
	Shards cache.Parts // that it has
	Apart  []string    // roots of the sources' scans that are of another data set, and so are not in it
	Lacks  []string    // features that the scan wants and no store had: path and view, the first hundred
	Gaps   int         // how many they are
}

// MergeStores adds all that the stores of a job's shards have to the store into,
// which is made when absent, and joins their scans where these are of one data set,
// see [cache.SameSet]; of others the newest stays. Doing it again changes nothing.
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
		s, err := cache.Open(path, cache.Options{ReadOnly: true, Timeout: cache.LockTimeout})
		if err != nil {
			return nil, err
		}
		stores = append(stores, s)
	}
	scans, err := byAge(stores)
	if err != nil {
		return nil, err
	}
	dst, err := cache.Open(into, cache.Options{Timeout: cache.LockTimeout})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
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

// byAge sorts stores by their last scans from the oldest, so that the newest counts
// in the end, and returns those scans. Stores without one come first.
func byAge(stores []*cache.Store) ([]*cache.Scan, error) {
	var scans []*cache.Scan
	times := map[*cache.Store]time.Time{}
	for _, s := range stores {
		scan, err := s.LastScan()
		if errors.Is(err, cache.ErrNoScan) {
			continue
		}
		if err != nil {
			return nil, err
		}
		scans = append(scans, scan)
		times[s] = scan.Time
	}
	slices.SortStableFunc(stores, func(a, b *cache.Store) int { return times[a].Compare(times[b]) })
	return scans, nil
}

// finish tells what the merged scan has, and what is missing.
func (r *MergeResult) finish(dst *cache.Store, sources []*cache.Scan) error {
	scan, err := dst.LastScan()
	if errors.Is(err, cache.ErrNoScan) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, s := range sources {
		same, err := cache.SameSet(s, scan)
		if err != nil {
			return err
		}
		if !same || s.Space != scan.Space {
			r.Apart = append(r.Apart, s.Root)
		}
	}
	if r.Shards, err = cache.PartsOf(scan); err != nil {
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
