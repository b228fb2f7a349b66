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
	Backbone string  // the ONNX model, when features are to be made again
	Share    float64 // of the last scan's features to make again, 0–1
	Workers  int     // 0: one per core
	Repair   bool    // of a damaged store, keep what is whole, see [cache.Salvage]
	Progress func(done, total int)
}

// VerifyResult tells what was verified.
type VerifyResult struct {
	cache.VerifyReport
	Remade  int      // features made again
	Differ  []string // of them, those that differ from the stored: path and view
	Missing []string // images of the sample that are gone or have changed, and why

	// Repaired is what came of the repair, when there was something to repair.
	Repaired *cache.SalvageReport
}

// Verify checks a store's structure and checksums, then makes a sample of the last
// scan's features again and compares them bit for bit. The sample is the same every
// time: the features whose key has a small enough hash. The error wraps
// [cache.ErrDamaged] when the store is damaged; the result is returned with it, and
// when features differ. With Repair a damaged store is repaired, which is no error.
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
		return v.result, fmt.Errorf("verify: stored features are not what the backbone makes of the images: %d of %d, the first %s; the store, or what is installed here, is wrong: make the store anew, and compare again",
			n, v.result.Remade, v.result.Differ[0])
	}
	return v.result, nil
}

// verification is a [Verify] under way.
type verification struct {
	*VerifyOptions
	store  *cache.Store
	result *VerifyResult
}

// compare makes the sample again and compares it with what is stored.
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
		return fmt.Errorf("the features of space %v (model %s, %s) can't be compared with those of %s: %w",
			id, space.Model, space.Numerics, v.Backbone, err)
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

// sample picks a share of the features of the scan, and names their images.
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
