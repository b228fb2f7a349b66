package extract

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"featurecache/cache"
	"featurecache/cache/folder"
)

// VerifyOptions say what to verify, and how far.
type VerifyOptions struct {
	Cache    string
	Backbone string  // the ONNX model; not needed if Share is 0
	Share    float64 // share of the last scan's features to compute again, 0–1
	Workers  int     // 0: one per core
	Repair   bool    // repair a damaged store, see [cache.Salvage]
	Progress func(done, total int)
}

// VerifyResult says what was verified.
type VerifyResult struct {
	cache.VerifyReport
	Remade  int      // features computed again
	Differ  []string // those of them that differ from the stored ones: path and view
	Missing []string // images of the sample that are gone or have changed, and why

	// Repaired is the outcome of the repair; nil if none was needed.
	Repaired *cache.SalvageReport
}

// Verify checks a store's structure and checksums, then computes a sample of the last
// scan's features again and compares them bit for bit. The sample is always the same: the
// features whose keys have a small enough hash. The error wraps [cache.ErrDamaged] if the
// store is damaged. The result is returned with that error too, and if features differ.
// With Repair, Verify repairs a damaged store and returns no error.
func Verify(ctx context.Context, opt VerifyOptions) (*VerifyResult, error) {
	result, err := verify(ctx, &opt)
	if !errors.Is(err, cache.ErrDamaged) || !opt.Repair {
		return result, err
	}
	salvaged, err := cache.Salvage(ctx, opt.Cache)
	if err != nil {
		return result, err
	}
	if result == nil {
		result = &VerifyResult{}
	}
	result.Repaired = &salvaged
	return result, nil
}

func verify(ctx context.Context, opt *VerifyOptions) (*VerifyResult, error) {
	store, err := cache.Open(opt.Cache, cache.Options{ReadOnly: true, Timeout: cache.LockTimeout})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	v := &verification{VerifyOptions: opt, store: store, result: &VerifyResult{}}
	if v.result.VerifyReport, err = store.Verify(ctx, opt.Progress); err != nil || opt.Share == 0 {
		return v.result, err
	}
	if err := v.compare(ctx); err != nil {
		return v.result, fmt.Errorf("verify: %w", err)
	}
	if n := len(v.result.Differ); n > 0 {
		return v.result, fmt.Errorf("verify: %d of %d stored features differ from what the backbone computes, the first is %s; the store or this installation is wrong: delete the store, run extract, and verify again",
			n, v.result.Remade, v.result.Differ[0])
	}
	return v.result, nil
}

// verification is a run of [Verify].
type verification struct {
	*VerifyOptions
	store  *cache.Store
	result *VerifyResult
}

// compare computes the sample again and compares it with the stored features.
func (v *verification) compare(ctx context.Context) error {
	id, scan, err := v.store.LastScan()
	if err != nil {
		return err
	}
	index, err := v.store.Index(id)
	if err != nil {
		return err
	}
	space := index.Space()
	network, err := Provenance{Space: space, ViewSeed: scan.Seed}.Network(v.Backbone)
	if err != nil {
		return err
	}
	keys, paths := sample(scan, index, v.Share)
	done := 0
	stored := make([]float32, space.Width)
	return remake(ctx, network, scan, keys, v.Workers, func(key cache.Key, feature []float32, err error) error {
		if done++; v.Progress != nil {
			v.Progress(done, len(keys))
		}
		if err != nil {
			v.result.Missing = append(v.result.Missing, err.Error())
			return nil
		}
		if err := v.store.Read(id, []cache.Key{key}, stored); err != nil {
			return err
		}
		v.result.Remade++
		if !sameBits(feature, stored) {
			v.result.Differ = append(v.result.Differ, fmt.Sprintf("%s view %d", paths[key.Content], key.View))
		}
		return nil
	})
}

func sameBits(a, b []float32) bool {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}

// sample picks a share of the scan's stored features, and returns their images' paths.
func sample(scan *folder.Scan, index *cache.Index, share float64) (keys []cache.Key, paths map[folder.Content]string) {
	paths = map[folder.Content]string{}
	limit := share * (1 << 32)
	for _, img := range scan.Images {
		if _, seen := paths[img.Content]; seen {
			continue
		}
		paths[img.Content] = img.Path
		for view := 0; view <= scan.Views; view++ {
			key := cache.Key{Content: img.Content, View: uint32(view)}
			hash := sha256.Sum256(binary.LittleEndian.AppendUint32(img.Content[:], key.View))
			if float64(binary.BigEndian.Uint32(hash[:4])) < limit && index.Has(key) {
				keys = append(keys, key)
			}
		}
	}
	return keys, paths
}
