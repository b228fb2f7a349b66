package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"

	"featurecache/cache"
	"featurecache/cache/folder"
	"featurecache/extract"
	"featurecache/head"
)

// ErrOtherBits is returned when a feature that was made again has other bits than
// the store has.
var ErrOtherBits = errors.New("stored features are not what the backbone makes of the images")

// ErrOtherSpace is returned when features are to be made again with another backbone
// or another version of this program than made them.
var ErrOtherSpace = errors.New("features can't be compared")

// VerifyOptions say what to verify, and how far.
type VerifyOptions struct {
	Cache    string
	Backbone string  // the ONNX model, when features are to be made again
	Share    float64 // of the last scan's features to make again, 0–1
	Workers  int     // 0: one a core
	Repair   bool    // of a damaged store, keep what is whole, see [cache.Salvage]
	Progress func(done, total int)
}

// VerifyResult tells what was verified.
type VerifyResult struct {
	cache.VerifyReport
	Remade  int      // features made again
	Differ  []string // of them, those with other bits: path and view
	Missing []string // images of the sample that can't be had any more, and why

	// Repaired is what came of the repair, when there was something to repair.
	Repaired *cache.SalvageReport
}

// Verify checks a store's structure and checksums, then makes a sample of the last
// scan's features again and compares them bit for bit. The sample is the same every
// time: those whose key's hash is small enough. Errors wrap [cache.ErrDamaged],
// [ErrOtherBits] or [ErrOtherSpace]; the result comes with the first two. A damaged
// store that has been repaired is no error.
func Verify(ctx context.Context, opt VerifyOptions) (*VerifyResult, error) {
	result, err := verify(ctx, &opt)
	if !errors.Is(err, cache.ErrDamaged) || !opt.Repair {
		return result, err
	}
	salvaged, err := cache.Salvage(ctx, opt.Cache, cache.LockTimeout)
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
	result := &VerifyResult{}
	if result.VerifyReport, err = store.Verify(ctx, opt.Progress); err != nil || opt.Share == 0 {
		return result, err
	}
	set := &dataset{store: store}
	if err := set.load(); err != nil {
		return result, err
	}
	if err := set.remake(ctx, opt, result); err != nil {
		return result, fmt.Errorf("verify: %w", err)
	}
	if n := len(result.Differ); n > 0 {
		return result, fmt.Errorf("verify: %w: %d of %d, the first %s; the store, or what is installed here, is wrong: make the store anew, and compare again",
			ErrOtherBits, n, result.Remade, result.Differ[0])
	}
	return result, nil
}

func (d *dataset) remake(ctx context.Context, opt *VerifyOptions, result *VerifyResult) error {
	network, err := d.network(opt.Backbone)
	if err != nil {
		return err
	}
	keys, paths := d.sample(opt.Share)
	done := 0
	stored := make([]float32, d.space.Width)
	return extract.Remake(ctx, network, d.scan, keys, opt.Workers, func(key cache.Key, feature []float32, err error) error {
		if done++; opt.Progress != nil {
			opt.Progress(done, len(keys))
		}
		name := fmt.Sprintf("%s view %d", paths[key.Content], key.View)
		if err != nil {
			result.Missing = append(result.Missing, err.Error())
			return nil
		}
		if err := d.store.Read(d.space.ID(), []cache.Key{key}, stored); err != nil {
			return err
		}
		result.Remade++
		for i, v := range feature {
			if math.Float32bits(v) != math.Float32bits(stored[i]) {
				result.Differ = append(result.Differ, name)
				break
			}
		}
		return nil
	})
}

// network loads the network that the features of the scan came from.
func (d *dataset) network(path string) (*extract.Network, error) {
	h := headOnDisk{Head: &head.Head{In: d.space.Width, Meta: d.spaceMeta()}}
	network, err := h.network(path)
	if errors.Is(err, ErrMismatch) {
		err = fmt.Errorf("%w: %s and this version of the program make other features than space %v; extract again, or use what made it: model %s, %s",
			ErrOtherSpace, path, d.space.ID(), d.space.Model, d.space.Numerics)
	}
	return network, err
}

// spaceMeta is what a head's metadata would say of the space.
func (d *dataset) spaceMeta() map[string]string {
	return map[string]string{
		metaBackbone: hex.EncodeToString(d.space.Backbone[:]), metaModel: d.space.Model, metaFeature: d.space.Feature,
		metaTransform: d.space.Transform, metaSeed: strconv.FormatUint(d.scan.Seed, 10), metaNumerics: d.space.Numerics,
	}
}

// sample picks a share of the features of the scan, and names their images.
func (d *dataset) sample(share float64) (keys []cache.Key, paths map[folder.Content]string) {
	paths = map[folder.Content]string{}
	limit := share * (1 << 32)
	for _, img := range d.scan.Images {
		if _, seen := paths[img.Content]; seen {
			continue
		}
		paths[img.Content] = img.Path
		for v := 0; v <= d.scan.Views; v++ {
			key := cache.Key{Content: img.Content, View: uint32(v)}
			hash := sha256.Sum256(binary.LittleEndian.AppendUint32(img.Content[:], key.View))
			if float64(binary.BigEndian.Uint32(hash[:4])) < limit && d.index.Has(key) {
				keys = append(keys, key)
			}
		}
	}
	return keys, paths
}
